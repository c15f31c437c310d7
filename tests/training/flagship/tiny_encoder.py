"""An encoder of a few thousand weights with the files that a pretrained one has, and the same in plain NumPy."""

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

Arrays = dict[str, npt.NDArray[np.float32]]
SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]")
WORDS = (
    *("lovely", "great", "awful", "broken", "day", "night", "phone", "battery", "http", "@", "user", "#", "!"),
    *("##s", "##y", "river", "garden", "coffee", "winter", "window", "paper", "music", "bread", "train", "letter"),
)
HIDDEN, HEADS, LAYERS, WIDE, POSITIONS = 8, 2, 2, 12, 64
CONFIG: dict[str, Any] = {
    "architectures": ["BertModel"],
    "vocab_size": len(SPECIAL) + len(WORDS),
    "hidden_size": HIDDEN,
    "num_hidden_layers": LAYERS,
    "num_attention_heads": HEADS,
    "intermediate_size": WIDE,
    "max_position_embeddings": POSITIONS,
    "type_vocab_size": 2,
    "layer_norm_eps": 1e-12,
    "hidden_act": "gelu",
    "pad_token_id": 0,
}


def write_encoder(directory: Path, *, seed: int = 67, dtype: Any = np.float32, **changes: Any) -> Path:  # noqa: ANN401
    """Write the three files; changes are to the configuration."""
    from safetensors.numpy import save_file  # noqa: PLC0415 - beside its use

    directory.mkdir(parents=True, exist_ok=True)
    save_file({name: array.astype(dtype) for name, array in weights(seed).items()}, directory / "model.safetensors")
    (directory / "config.json").write_text(json.dumps(CONFIG | changes), encoding="utf-8")
    tokenizer = Tokenizer(
        models.WordPiece(vocab={word: at for at, word in enumerate((*SPECIAL, *WORDS))}, unk_token=SPECIAL[1])
    )
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", SPECIAL.index("[CLS]")), ("[SEP]", SPECIAL.index("[SEP]"))]
    )
    tokenizer.save(str(directory / "tokenizer.json"))
    return directory


def weights(seed: int) -> Arrays:
    """Random weights under the names that PyTorch's BERT gives them; a dense layer's are [out, in]."""
    random = np.random.default_rng(seed)
    shapes: dict[str, tuple[int, ...]] = {
        "embeddings.word_embeddings.weight": (CONFIG["vocab_size"], HIDDEN),
        "embeddings.position_embeddings.weight": (POSITIONS, HIDDEN),
        "embeddings.token_type_embeddings.weight": (2, HIDDEN),
        "pooler.dense.weight": (HIDDEN, HIDDEN),
    }
    norms = ["embeddings.LayerNorm"]
    for number in range(LAYERS):
        layer = f"encoder.layer.{number}"
        dense = {f"attention.self.{part}": (HIDDEN, HIDDEN) for part in ("query", "key", "value")}
        dense |= {"attention.output.dense": (HIDDEN, HIDDEN), "intermediate.dense": (WIDE, HIDDEN)}
        dense |= {"output.dense": (HIDDEN, WIDE)}
        for name, shape in dense.items():
            shapes |= {f"{layer}.{name}.weight": shape, f"{layer}.{name}.bias": shape[:1]}
        norms += [f"{layer}.attention.output.LayerNorm", f"{layer}.output.LayerNorm"]
    found = {name: random.normal(0, 0.5, size=shape).astype(np.float32) for name, shape in shapes.items()}
    for name in norms:
        found[f"{name}.weight"] = random.uniform(0.5, 1.5, size=HIDDEN).astype(np.float32)
        found[f"{name}.bias"] = random.normal(0, 0.2, size=HIDDEN).astype(np.float32)
    return found


def encoded(arrays: Arrays, ids: list[int]) -> npt.NDArray[np.float64]:
    """Return the mean over one text's tokens, written down from the papers, one loop a head: [hidden]."""
    hidden = (
        arrays["embeddings.word_embeddings.weight"][ids].astype(np.float64)
        + arrays["embeddings.position_embeddings.weight"][: len(ids)]
        + arrays["embeddings.token_type_embeddings.weight"][0]
    )
    hidden = _norm(arrays, "embeddings.LayerNorm", hidden)
    size = HIDDEN // HEADS
    for number in range(LAYERS):
        layer = f"encoder.layer.{number}"
        query, key, value = (
            _dense(arrays, f"{layer}.attention.self.{part}", hidden) for part in ("query", "key", "value")
        )
        heads = []
        for head in range(HEADS):
            part = slice(head * size, (head + 1) * size)
            scores = np.exp(query[:, part] @ key[:, part].T / math.sqrt(size))
            heads.append(scores / scores.sum(axis=1, keepdims=True) @ value[:, part])
        attended = _dense(arrays, f"{layer}.attention.output.dense", np.hstack(heads))
        hidden = _norm(arrays, f"{layer}.attention.output.LayerNorm", hidden + attended)
        wide = _dense(arrays, f"{layer}.intermediate.dense", hidden)
        wide = wide * 0.5 * (1 + np.vectorize(math.erf)(wide / math.sqrt(2)))
        hidden = _norm(arrays, f"{layer}.output.LayerNorm", hidden + _dense(arrays, f"{layer}.output.dense", wide))
    return np.asarray(hidden.mean(axis=0))


def _dense(arrays: Arrays, name: str, values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return np.asarray(values @ arrays[f"{name}.weight"].T + arrays[f"{name}.bias"])


def _norm(arrays: Arrays, name: str, values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    centred = values - values.mean(axis=1, keepdims=True)
    scaled = centred / np.sqrt((centred**2).mean(axis=1, keepdims=True) + CONFIG["layer_norm_eps"])
    return np.asarray(scaled * arrays[f"{name}.weight"] + arrays[f"{name}.bias"])

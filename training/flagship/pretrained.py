"""Pretrained weights from a directory, into the network of :mod:`training.flagship.bert`."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from pydantic import ValidationError

from model.errors import UsageError
from training.flagship.bert import EMBEDDINGS, NORM, BertShape, KerasModel, layer_name

CONFIG: Final = "config.json"
WEIGHTS: Final = "model.safetensors"
TOKENIZER: Final = "tokenizer.json"
_FETCH: Final = "fetch the encoder with 'make minilm', or name its directory with --encoder"
_WORDS, _POSITIONS, _KINDS = EMBEDDINGS


@dataclass(frozen=True)
class Pretrained:
    """An encoder's files, found and looked through."""

    directory: Path
    shape: BertShape

    @property
    def tokenizer(self) -> Path:
        """The file that says how texts become ids."""
        return self.directory / TOKENIZER

    @cached_property
    def digest(self) -> str:
        """Digest of what the files say; a copy of the weights in 16 bits has the same. Raises UsageError as below."""
        digest = hashlib.sha256(self.shape.model_dump_json().encode() + self.tokenizer.read_bytes())
        for name, array in sorted(self._weights.items()):
            digest.update(name.encode() + array.astype("<f2").tobytes())
        return digest.hexdigest()

    @cached_property
    def _weights(self) -> dict[str, npt.NDArray[np.float32]]:
        return _stored(self.directory / WEIGHTS)

    def load_into(self, model: KerasModel) -> None:
        """Copy the weights into a model that ``build_encoder`` or ``build_classifier`` built; a head stays as it is.

        Raises UsageError if the file is not of this shape.
        """
        for name, variable in _variables(model, self.shape):
            array = self._weights.get(name)
            if array is None:
                raise UsageError(f"{self.directory / WEIGHTS} has no weights {name!r}: {_FETCH}")
            # PyTorch keeps a dense layer's weights as [out, in], Keras as [in, out], cut into heads for attention.
            turned = array.T if name.endswith(".dense.weight") or ".self." in name else array
            if turned.size != np.prod(variable.shape):
                raise UsageError(
                    f"{self.directory / WEIGHTS}: {name!r} is {array.shape}, {CONFIG} asks for "
                    f"{tuple(variable.shape)}: {_FETCH}"
                )
            variable.assign(turned.reshape(variable.shape))


def find_pretrained(directory: Path) -> Pretrained:
    """Find an encoder's files (``config.json``, ``model.safetensors``, ``tokenizer.json``) in or below a directory.

    Raises UsageError where they are not, or are for another kind of network.
    """
    found = sorted(path.parent for path in directory.rglob(WEIGHTS)) if directory.is_dir() else []
    if not found:
        raise UsageError(f"there is no {WEIGHTS} in {directory}: {_FETCH}")
    home = found[0]
    for name in (CONFIG, TOKENIZER):
        if not (home / name).is_file():
            raise UsageError(f"there is no {name} beside {home / WEIGHTS}: {_FETCH}")
    try:
        shape = BertShape.model_validate_json((home / CONFIG).read_bytes())
    except ValidationError as error:
        problem = error.errors(include_url=False, include_context=False)[0]
        where = ".".join(map(str, problem["loc"])) or "JSON"
        raise UsageError(f"{home / CONFIG} is of no BERT that we build ({where}: {problem['msg']}): {_FETCH}") from None
    return Pretrained(home, shape)


def _stored(path: Path) -> dict[str, npt.NDArray[np.float32]]:
    from safetensors import SafetensorError  # noqa: PLC0415 - in the extra `flagship` only
    from safetensors.numpy import load_file  # noqa: PLC0415

    try:
        arrays: dict[str, npt.NDArray[Any]] = load_file(path)
    except (SafetensorError, OSError, json.JSONDecodeError) as error:
        raise UsageError(f"{path} cannot be read ({error}): {_FETCH}") from None
    # Some exports name everything below "bert.", some store 16 bits.
    return {name.removeprefix("bert."): array.astype(np.float32) for name, array in arrays.items()}


def _variables(model: KerasModel, shape: BertShape) -> Iterator[tuple[str, Any]]:
    """Yield every pretrained variable with the name that the file has for it."""
    embeddings = {_WORDS: "word", _POSITIONS: "position", _KINDS: "token_type"}
    for name, theirs in embeddings.items():
        yield f"embeddings.{theirs}_embeddings.weight", model.get_layer(name).embeddings
    yield from _norm(model, NORM, "embeddings.LayerNorm")
    for number in range(shape.num_hidden_layers):
        theirs = f"encoder.layer.{number}"
        attention = model.get_layer(layer_name(number, "attention"))
        for part in ("query", "key", "value"):
            yield from _dense(getattr(attention, f"{part}_dense"), f"{theirs}.attention.self.{part}")
        yield from _dense(attention.output_dense, f"{theirs}.attention.output.dense")
        yield from _norm(model, layer_name(number, "attention_norm"), f"{theirs}.attention.output.LayerNorm")
        yield from _dense(model.get_layer(layer_name(number, "wide")), f"{theirs}.intermediate.dense")
        yield from _dense(model.get_layer(layer_name(number, "narrow")), f"{theirs}.output.dense")
        yield from _norm(model, layer_name(number, "norm"), f"{theirs}.output.LayerNorm")


def _dense(layer: Any, theirs: str) -> Iterator[tuple[str, Any]]:  # noqa: ANN401 - Keras ships no types
    yield f"{theirs}.weight", layer.kernel
    yield f"{theirs}.bias", layer.bias


def _norm(model: KerasModel, ours: str, theirs: str) -> Iterator[tuple[str, Any]]:
    yield f"{theirs}.weight", model.get_layer(ours).gamma
    yield f"{theirs}.bias", model.get_layer(ours).beta

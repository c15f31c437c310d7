import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from model.errors import UsageError
from tests.training.flagship.tiny_encoder import CONFIG, HIDDEN, encoded, weights, write_encoder
from training.flagship.bert import BertShape, build_classifier, build_encoder
from training.flagship.pretrained import Pretrained, find_pretrained
from training.flagship.wordpieces import WordPieces, padded
from training.keras_networks import as_array

ROWS = [np.array(ids, np.int32) for ids in ([2, 5, 9, 3], [2, 6, 7, 8, 8, 10, 11, 3], [2, 3], [2, 4, 3])]
EVERY = np.arange(len(ROWS))

# Made by another implementation of the same network: ONNX Runtime with the ONNX export of all-MiniLM-L6-v2.
SENTENCES = (
    "The battery of my new phone lasts for two days.",
    "My phone's battery holds two whole days!",
    "We planted tomatoes behind the shed.",
    "queueing at the pop-up store, so worth it #ipad2",
)
FIRST_COMPONENTS = {
    0: (-0.02645, 0.03485, 0.04125, 0.02202, 0.01282, -0.05976),
    3: (-0.091, -0.0516, 0.01244, -0.07146, 0.04674, -0.06499),
}


@pytest.fixture
def tiny(tmp_path: Path) -> Pretrained:
    return find_pretrained(write_encoder(tmp_path / "encoder"))


def test_the_network_computes_what_the_papers_say(tiny: Pretrained) -> None:
    model = build_encoder(tiny.shape)
    tiny.load_into(model)
    expected = [encoded(weights(67), row.tolist()) for row in ROWS]
    assert as_array(model(padded(ROWS, EVERY, 8))) == pytest.approx(np.array(expected), abs=1e-5)


def test_padding_and_neighbours_change_nothing(tiny: Pretrained) -> None:
    model = build_encoder(tiny.shape)
    tiny.load_into(model)
    together = as_array(model(padded(ROWS, EVERY, 32)))
    alone = np.concatenate([as_array(model(padded(ROWS, EVERY[place : place + 1], 1))) for place in EVERY])
    assert together == pytest.approx(alone, abs=1e-6)


def test_the_classifier_reads_the_encoder_and_has_a_head_of_its_own(tiny: Pretrained) -> None:
    model = build_classifier(tiny.shape, 3, dropout=0.1)
    tiny.load_into(model)
    kernel, bias = (as_array(one) for one in model.get_layer("head").weights)
    assert kernel.shape == (HIDDEN, 3)
    pooled = np.array([encoded(weights(67), row.tolist()) for row in ROWS])
    assert as_array(model(padded(ROWS, EVERY, 8))) == pytest.approx(pooled @ kernel + bias, abs=1e-5)


def test_weights_in_16_bits_are_the_same_encoder(tmp_path: Path, tiny: Pretrained) -> None:
    half = find_pretrained(write_encoder(tmp_path / "half", dtype=np.float16))
    assert half.digest == tiny.digest
    assert find_pretrained(write_encoder(tmp_path / "other", seed=1)).digest != tiny.digest
    model = build_encoder(half.shape)
    half.load_into(model)
    assert as_array(model(padded(ROWS, EVERY, 8))) == pytest.approx(
        np.array([encoded(weights(67), row.tolist()) for row in ROWS]), abs=0.02
    )


def test_the_files_are_found_below_the_directory_too(tmp_path: Path) -> None:
    home = write_encoder(tmp_path / "some_package" / "model")
    assert find_pretrained(tmp_path).directory == home


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"hidden_act": "relu"}, "hidden_act"),
        ({"hidden_size": "wide"}, "hidden_size"),
        ({"pad_token_id": 5}, "pad_token_id"),
    ],
)
def test_a_network_that_is_not_built_here_is_refused(tmp_path: Path, changes: dict[str, Any], says: str) -> None:
    write_encoder(tmp_path, **changes)
    with pytest.raises(UsageError, match=f"of no BERT that we build .*{says}"):
        find_pretrained(tmp_path)


@pytest.mark.parametrize("missing", ["model.safetensors", "config.json", "tokenizer.json"])
def test_a_missing_file_is_named_and_how_to_fetch_it(tmp_path: Path, missing: str) -> None:
    (write_encoder(tmp_path) / missing).unlink()
    with pytest.raises(UsageError, match=rf"there is no {missing} .*make minilm"):
        find_pretrained(tmp_path)


def test_weights_of_another_shape_or_name_are_refused(tmp_path: Path) -> None:
    wide = find_pretrained(write_encoder(tmp_path / "wide", intermediate_size=16))
    with pytest.raises(UsageError, match=r"'encoder.layer.0.intermediate.dense.weight' is \(12, 8\)"):
        wide.load_into(build_encoder(wide.shape))
    deep = find_pretrained(write_encoder(tmp_path / "deep", num_hidden_layers=3))
    with pytest.raises(UsageError, match=r"has no weights 'encoder.layer.2.attention.self.query.weight'"):
        deep.load_into(build_encoder(deep.shape))


def test_a_file_that_holds_no_weights_is_refused(tmp_path: Path) -> None:
    found = find_pretrained(write_encoder(tmp_path))
    (tmp_path / "model.safetensors").write_bytes(b"no weights")
    with pytest.raises(UsageError, match=r"model.safetensors cannot be read"):
        found.load_into(build_encoder(BertShape.model_validate(CONFIG)))


def test_minilm_answers_as_another_implementation_of_it_does() -> None:
    directory = Path(os.environ.get("MINILM") or Path(__file__).parents[3] / "runs" / "minilm")
    if not directory.is_dir():
        pytest.skip(f"NOT TESTED with MiniLM: there is no {directory}; 'make minilm' fetches it, MINILM names another")
    found = find_pretrained(directory)
    model = build_encoder(found.shape)
    found.load_into(model)
    rows = WordPieces(found.tokenizer, 128).rows(SENTENCES)
    pooled = as_array(model(padded(rows, np.arange(len(rows)), 8)))
    vectors = pooled / np.linalg.norm(pooled, axis=1, keepdims=True)
    for place, expected in FIRST_COMPONENTS.items():
        assert vectors[place, :6] == pytest.approx(expected, abs=2e-5)
    alike = vectors @ vectors.T
    assert alike[0, 1] > 0.7
    assert alike[0, 2] < 0.1

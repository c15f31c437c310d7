"""What every engine promises, held against each."""

from collections.abc import Callable, Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.architecture.config import LSTM, Architecture, Dense, EmbeddingConfig
from model.engines.base import Engine, Outputs
from model.engines.onnx import OnnxEngine
from model.engines.tensorflow import TensorFlowEngine
from model.rows import padded_rows
from tests.factories import random_weights

ARCHITECTURE = Architecture(
    embedding=EmbeddingConfig(rows=51, dimension=8),
    layers=(
        LSTM(units=8, bidirectional=True, return_sequences=True),
        LSTM(units=6),
        Dense(units=5, activation="swish"),
        Dense(units=4, activation="softmax"),
    ),
)
WEIGHTS = random_weights(ARCHITECTURE)

ENGINES: dict[str, Callable[[], Engine]] = {
    "onnx": lambda: OnnxEngine(ARCHITECTURE, WEIGHTS, threads=2),
    "tensorflow": lambda: TensorFlowEngine(ARCHITECTURE, WEIGHTS, device="cpu", threads=2),
    "tensorflow with padded rows": lambda: TensorFlowEngine(
        ARCHITECTURE, WEIGHTS, device="cpu", threads=2, pads_rows=True
    ),
}

ragged = st.lists(st.lists(st.integers(1, 50), min_size=1, max_size=30), min_size=1, max_size=30)


@pytest.fixture(scope="module", params=ENGINES)
def engine(request: pytest.FixtureRequest) -> Engine:
    return ENGINES[request.param]()


@pytest.fixture(scope="module")
def reference() -> Engine:
    return ENGINES["onnx"]()


def predict(engine: Engine, rows: Sequence[Sequence[int]]) -> Outputs:
    return engine.predict(*padded_rows(rows))


@given(rows=ragged)
@settings(max_examples=25)
def test_a_rows_outputs_do_not_depend_on_its_neighbours_or_its_place(engine: Engine, rows: list[list[int]]) -> None:
    together = predict(engine, rows)
    alone = np.concatenate([predict(engine, [row]) for row in rows])
    reversed_order = predict(engine, rows[::-1])[::-1]
    np.testing.assert_allclose(together, alone, rtol=0, atol=1e-5)
    np.testing.assert_allclose(together, reversed_order, rtol=0, atol=1e-5)


@given(rows=ragged, columns=st.integers(1, 40))
@settings(max_examples=25)
def test_a_rows_outputs_do_not_depend_on_the_padding(engine: Engine, rows: list[list[int]], columns: int) -> None:
    ids, lengths = padded_rows(rows)
    wider = np.pad(ids, ((0, 0), (0, columns)))
    np.testing.assert_allclose(engine.predict(wider, lengths), engine.predict(ids, lengths), rtol=0, atol=1e-5)


@given(rows=ragged)
@settings(max_examples=25)
def test_engines_equal_each_other(engine: Engine, reference: Engine, rows: list[list[int]]) -> None:
    np.testing.assert_allclose(predict(engine, rows), predict(reference, rows), rtol=0, atol=1e-5)


def test_outputs_are_float32_one_row_a_tweet(engine: Engine) -> None:
    outputs = predict(engine, [[1], [2, 3], [4, 5, 6]])
    assert outputs.shape == (3, 4)
    assert outputs.dtype == np.float32
    np.testing.assert_allclose(outputs.sum(axis=1), 1, atol=1e-6)


def test_answers_differ_from_row_to_row(engine: Engine) -> None:
    assert np.ptp(predict(engine, [[1], [2], [3], [4]]), axis=0).max() > 0.05


def test_warming_up_changes_no_answer(engine: Engine) -> None:
    before = predict(engine, [[1, 2, 3]])
    engine.warm(30, 600)
    np.testing.assert_array_equal(predict(engine, [[1, 2, 3]]), before)


def test_an_engine_says_what_it_is(engine: Engine) -> None:
    assert engine.name in ("onnx", "tensorflow")
    assert engine.device == "cpu"

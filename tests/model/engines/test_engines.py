"""What every engine promises, held against each."""

from collections.abc import Callable, Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.architecture.config import LSTM, Architecture, BatchNormalization, Dense, Dropout, EmbeddingConfig, Pooling
from model.architecture.weights import Weights
from model.engines.base import Engine, Outputs
from model.engines.onnx import OnnxEngine
from model.engines.tensorflow import TensorFlowEngine
from model.rows import padded_rows
from tests.factories import random_weights

WORDS = 50
LONGEST = 30


def brands() -> Architecture:
    """The brand study's network in small."""
    return Architecture(
        embedding=EmbeddingConfig(rows=WORDS + 1, dimension=8),
        layers=(
            LSTM(units=8, bidirectional=True, return_sequences=True),
            LSTM(units=6),
            Dense(units=5, activation="swish"),
            Dense(units=4, activation="softmax"),
        ),
    )


def plain(columns: int | None) -> Architecture:
    """The hate study's first network in small: two bidirectional layers."""
    return Architecture(
        embedding=EmbeddingConfig(rows=WORDS + 1, dimension=8, trainable=True, columns=columns),
        layers=(
            LSTM(units=7, bidirectional=True, return_sequences=True, dropout=0.3),
            LSTM(units=6, bidirectional=True, dropout=0.3),
            Dense(units=5, activation="relu"),
            Dense(units=4, activation="softmax"),
        ),
    )


def normalised(columns: int | None) -> Architecture:
    """The hate study's last network in small: three layers, batch normalisation everywhere."""
    return Architecture(
        embedding=EmbeddingConfig(rows=WORDS + 1, dimension=8, trainable=True, columns=columns),
        layers=(
            BatchNormalization(),
            LSTM(units=7, bidirectional=True, return_sequences=True, dropout=0.3),
            BatchNormalization(),
            LSTM(units=6, bidirectional=True, return_sequences=True, dropout=0.3),
            BatchNormalization(),
            LSTM(units=5, bidirectional=True, dropout=0.3),
            BatchNormalization(),
            Dense(units=8, activation="sigmoid", l2=0.02),
            BatchNormalization(),
            Dropout(rate=0.5),
            Dense(units=5, activation="tanh", l2=0.01),
            BatchNormalization(),
            Dense(units=4, activation="softmax"),
        ),
    )


def attentive(columns: int | None) -> Architecture:
    """The flagship's network in small."""
    return Architecture(
        embedding=EmbeddingConfig(rows=WORDS + 1, dimension=8, trainable=True, columns=columns),
        layers=(
            LSTM(units=7, bidirectional=True, return_sequences=True),
            Pooling(kinds=("max", "attention", "mean"), units=6),
            Dropout(rate=0.5),
            Dense(units=4, activation="softmax"),
        ),
    )


NETWORKS: dict[str, Architecture] = {
    "brands": brands(),
    "plain, no mask": plain(LONGEST),
    "normalised": normalised(None),
    "normalised, no mask": normalised(LONGEST),
    "attentive": attentive(None),
    "attentive, no mask": attentive(LONGEST),
}

ENGINES: dict[str, Callable[[Architecture, Weights], Engine]] = {
    "onnx": lambda network, weights: OnnxEngine(network, weights, threads=2),
    "tensorflow": lambda network, weights: TensorFlowEngine(network, weights, device="cpu", threads=2),
    "tensorflow with padded rows": lambda network, weights: TensorFlowEngine(
        network, weights, device="cpu", threads=2, pads_rows=True
    ),
}

ragged = st.lists(st.lists(st.integers(1, WORDS), min_size=1, max_size=LONGEST), min_size=1, max_size=30)


@pytest.fixture(scope="module", params=NETWORKS)
def network(request: pytest.FixtureRequest) -> Architecture:
    return NETWORKS[request.param]


@pytest.fixture(scope="module", params=ENGINES)
def engine(request: pytest.FixtureRequest, network: Architecture) -> Engine:
    return ENGINES[request.param](network, random_weights(network))


@pytest.fixture(scope="module")
def reference(network: Architecture) -> Engine:
    return ENGINES["onnx"](network, random_weights(network))


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
    engine.warm(LONGEST, 600)
    np.testing.assert_array_equal(predict(engine, [[1, 2, 3]]), before)


def test_an_engine_says_what_it_is(engine: Engine) -> None:
    assert engine.name in ("onnx", "tensorflow")
    assert engine.device == "cpu"


@pytest.mark.parametrize("engine", ENGINES)
def test_a_network_without_a_mask_reads_its_padding_as_it_did_in_training(engine: str) -> None:
    weights = random_weights(normalised(LONGEST))
    unmasked = ENGINES[engine](normalised(LONGEST), weights)
    masked = ENGINES[engine](normalised(None), weights)
    short, full = [1, 2, 3], [1, 2, 3] * (LONGEST // 3)
    assert np.abs(predict(unmasked, [short]) - predict(masked, [short])).max() > 1e-3
    np.testing.assert_allclose(predict(unmasked, [full]), predict(masked, [full]), rtol=0, atol=1e-5)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_row_longer_than_a_network_without_a_mask_reads_is_an_error(engine: str) -> None:
    unmasked = ENGINES[engine](plain(LONGEST), random_weights(plain(LONGEST)))
    with pytest.raises(ValueError, match="the network reads 30 columns"):
        predict(unmasked, [[1] * (LONGEST + 1)])


@pytest.mark.parametrize("columns", [None, LONGEST])
def test_a_batch_too_large_for_the_cache_is_answered_as_its_rows_are(columns: int | None) -> None:
    network = attentive(columns)
    onnx = OnnxEngine(network, random_weights(network), threads=1)
    random = np.random.default_rng(67)
    rows = [random.integers(1, WORDS, length).tolist() for length in random.integers(1, LONGEST, 300)]
    assert sum(map(len, rows)) > 4 * 1_024
    together = predict(onnx, rows)
    assert together.shape == (300, 4)
    np.testing.assert_allclose(together, np.concatenate([predict(onnx, [row]) for row in rows]), rtol=0, atol=1e-5)


def test_cells_are_those_of_the_array_that_the_network_is_run_on() -> None:
    masked, plain_network = brands(), plain(LONGEST)
    onnx = OnnxEngine(masked, random_weights(masked), threads=1)
    assert onnx.cells(5, 5) == 25
    assert OnnxEngine(plain_network, random_weights(plain_network), threads=1).cells(5, 5) == 5 * LONGEST
    cells = {
        pads_rows: TensorFlowEngine(masked, random_weights(masked), device="cpu", threads=1, pads_rows=pads_rows).cells(
            5, 5
        )
        for pads_rows in (False, True)
    }
    assert cells == {False: 5 * 6, True: 6 * 6}

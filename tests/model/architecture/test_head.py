import numpy as np
import pytest

from model.architecture.config import LSTM, Activation, Architecture, Dense, EmbeddingConfig, Ngrams
from model.architecture.head import two_label_softmax
from model.engines.onnx import OnnxEngine
from model.rows import padded_rows
from tests.factories import random_weights, tiny_architecture

ROWS = [[1] * 6, [2, 3] * 3, [4, 5, 6] * 2, [7, 8, 9, 10], [9] * 6]


def binary(units: int = 1, activation: Activation = "sigmoid") -> Architecture:
    return Architecture(
        embedding=EmbeddingConfig(rows=11, dimension=4, columns=6),
        layers=(LSTM(units=5), Dense(units=3, activation="relu"), Dense(units=units, activation=activation, l2=0.1)),
    )


@pytest.mark.parametrize(("scale", "seed"), [(0.5, 72), (1.0, 72), (8.0, 71)])
def test_the_two_labels_have_the_sigmoids_probability_and_what_is_left_of_1(scale: float, seed: int) -> None:
    weights = random_weights(binary(), seed, scale)
    ids, lengths = padded_rows(ROWS)
    trained = OnnxEngine(binary(), weights, threads=1).predict(ids, lengths)[:, 0]
    assert np.ptp(trained) > 0.05
    answers = OnnxEngine(*two_label_softmax(binary(), weights), threads=1).predict(ids, lengths)
    np.testing.assert_allclose(answers, np.stack([trained, 1 - trained], axis=1), rtol=0, atol=1e-6)


def test_n_grams_say_of_the_first_label_what_they_said() -> None:
    plain = binary()
    embedding = plain.embedding.model_copy(update={"columns": None})
    architecture = plain.model_copy(update={"embedding": embedding, "ngrams": Ngrams(longest=2, buckets=50)})
    weights = random_weights(architecture, 72)
    trained = OnnxEngine(architecture, weights, threads=1).predict(*padded_rows(ROWS))[:, 0]
    answers = OnnxEngine(*two_label_softmax(architecture, weights), threads=1).predict(*padded_rows(ROWS))
    np.testing.assert_allclose(answers, np.stack([trained, 1 - trained], axis=1), rtol=0, atol=1e-6)


def test_nothing_else_is_changed() -> None:
    weights = random_weights(binary())
    before = {name: array.copy() for name, array in weights.items()}
    architecture, changed = two_label_softmax(binary(), weights)
    assert architecture == Architecture.model_validate(architecture.model_dump())
    assert architecture.embedding == binary().embedding
    assert architecture.layers == (*binary().layers[:-1], Dense(units=2, activation="softmax", l2=0.1))
    assert list(changed) == list(before)
    for name, array in before.items():
        np.testing.assert_array_equal(weights[name], array)
        if not name.startswith("dense_2."):
            np.testing.assert_array_equal(changed[name], array)


@pytest.mark.parametrize("architecture", [binary(2, "softmax"), binary(2), binary(1, "linear")])
def test_another_last_layer_is_refused(architecture: Architecture) -> None:
    with pytest.raises(ValueError, match="should be a dense sigmoid of one unit, received Dense"):
        two_label_softmax(architecture, random_weights(architecture))


def test_weights_of_another_network_are_refused() -> None:
    with pytest.raises(ValueError, match="is missing"):
        two_label_softmax(binary(), random_weights(tiny_architecture()))

"""The two ways to build a network agree: Keras' own layers, and our ONNX graph."""

import numpy as np
import numpy.typing as npt
import onnx
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from model.architecture.config import LSTM, Activation, Architecture, Dense, Dropout, EmbeddingConfig, Layer
from model.architecture.keras_builder import build_keras, get_weights, set_weights
from model.architecture.onnx_builder import build_onnx
from model.engines.onnx import OnnxEngine
from model.rows import padded_rows
from tests.factories import random_weights, tiny_architecture

VOCABULARY = 20


@st.composite
def architectures(draw: st.DrawFn) -> Architecture:
    recurrent = draw(st.lists(st.tuples(st.integers(1, 5), st.booleans()), min_size=1, max_size=3))
    activations: tuple[Activation, ...] = ("swish", "softmax", "sigmoid", "relu", "linear")
    dense = draw(st.lists(st.tuples(st.integers(1, 5), st.sampled_from(activations)), min_size=1, max_size=3))
    layers: list[Layer] = []
    for number, (units, bidirectional) in enumerate(recurrent):
        sequences = number < len(recurrent) - 1
        layers.append(LSTM(units=units, bidirectional=bidirectional, return_sequences=sequences))
    if draw(st.booleans()):
        layers.append(Dropout(rate=0.5))
    layers += [Dense(units=units, activation=activation) for units, activation in dense]
    return Architecture(
        embedding=EmbeddingConfig(rows=VOCABULARY + 1, dimension=draw(st.integers(1, 6))), layers=tuple(layers)
    )


ragged = st.lists(st.lists(st.integers(1, VOCABULARY), min_size=1, max_size=12), min_size=1, max_size=6)


@given(architecture=architectures(), rows=ragged, seed=st.integers(0, 2**32 - 1))
# Shrinking a counterexample would build hundreds of Keras models.
@settings(max_examples=25, phases=[Phase.explicit, Phase.generate])
def test_the_onnx_graph_answers_as_keras_does(architecture: Architecture, rows: list[list[int]], seed: int) -> None:
    weights = random_weights(architecture, seed, scale=0.7)
    model = build_keras(architecture)
    set_weights(model, architecture, weights)
    ids, lengths = padded_rows(rows)
    expected: npt.NDArray[np.float32] = model(ids, training=False).numpy()
    received = OnnxEngine(architecture, weights, threads=1).predict(ids, lengths)
    np.testing.assert_allclose(received, expected, rtol=1e-5, atol=1e-5)


def test_weights_survive_the_way_through_keras() -> None:
    architecture = tiny_architecture()
    weights = random_weights(architecture)
    model = build_keras(architecture)
    set_weights(model, architecture, weights)
    received = get_weights(model, architecture)
    assert list(received) == list(weights)
    for name, array in weights.items():
        np.testing.assert_array_equal(received[name], array)


def test_keras_counts_the_notebooks_trainable_parameters_as_we_do() -> None:
    architecture = Architecture(
        embedding=EmbeddingConfig(rows=50, dimension=25),
        layers=(
            LSTM(units=25, bidirectional=True, return_sequences=True),
            LSTM(units=16),
            Dense(units=16, activation="swish"),
            Dropout(rate=0.5),
            Dense(units=4, activation="softmax"),
        ),
    )
    model = build_keras(architecture)
    assert sum(int(np.prod(weight.shape)) for weight in model.trainable_weights) == 14_828


def test_a_trainable_embedding_is_trained() -> None:
    architecture = tiny_architecture().model_copy(
        update={"embedding": EmbeddingConfig(rows=13, dimension=4, trainable=True)}
    )
    names = {weight.path for weight in build_keras(architecture).trainable_weights}
    assert "embedding/embeddings" in names


def test_keras_refuses_weights_of_another_network() -> None:
    weights = random_weights(tiny_architecture(outputs=2))
    with pytest.raises(ValueError, match=r"dense_4"):
        set_weights(build_keras(tiny_architecture()), tiny_architecture(), weights)


def test_the_graph_is_valid_onnx_of_the_declared_versions() -> None:
    model = onnx.load_from_string(build_onnx(tiny_architecture(), random_weights(tiny_architecture())))
    onnx.checker.check_model(model, full_check=True)
    assert (model.ir_version, model.opset_import[0].version) == (8, 17)


def test_the_same_weights_give_the_same_graph() -> None:
    first, second = (build_onnx(tiny_architecture(), random_weights(tiny_architecture())) for _ in range(2))
    assert first == second

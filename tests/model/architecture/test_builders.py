"""The two ways to build a network agree: Keras' own layers, and our ONNX graph."""

from collections.abc import Iterator
from typing import get_args

import numpy as np
import numpy.typing as npt
import onnx
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from model.architecture.config import (
    LSTM,
    Activation,
    Architecture,
    BatchNormalization,
    Dense,
    Dropout,
    EmbeddingConfig,
    Layer,
    Ngrams,
    Pooling,
    PoolingKind,
    SpatialDropout,
    TokenDropout,
)
from model.architecture.keras_builder import build_keras, get_weights, keras_layer, set_weights
from model.architecture.onnx_builder import build_onnx
from model.engines.base import Ids
from model.engines.onnx import OnnxEngine
from model.rows import padded_rows
from tests.factories import random_weights, tiny_architecture

VOCABULARY = 20
LONGEST = 12


@st.composite
def architectures(draw: st.DrawFn) -> Architecture:
    recurrent = draw(st.lists(st.tuples(st.integers(1, 5), st.booleans()), min_size=1, max_size=3))
    activations: tuple[Activation, ...] = get_args(Activation)
    sizes = st.tuples(st.integers(1, 5), st.sampled_from(activations))
    # Keras warns of a softmax over one number.
    dense = draw(st.lists(sizes.filter(lambda one: one != (1, "softmax")), min_size=1, max_size=3))
    some: tuple[Layer, ...] = (Dropout(rate=0.5), BatchNormalization())
    between = st.lists(st.sampled_from(some), max_size=2)
    among_tokens = st.lists(st.sampled_from((*some, SpatialDropout(rate=0.5), TokenDropout(rate=0.5))), max_size=2)
    kinds: tuple[PoolingKind, ...] = get_args(PoolingKind)
    pooled = draw(st.lists(st.sampled_from(kinds), unique=True, max_size=3))
    layers: list[Layer] = [*draw(among_tokens)]
    for number, (units, bidirectional) in enumerate(recurrent):
        sequences = bool(pooled) or number < len(recurrent) - 1
        layers.append(LSTM(units=units, bidirectional=bidirectional, return_sequences=sequences, dropout=0.3))
        layers += draw(among_tokens if sequences else between)
    if pooled:
        layers += [Pooling(kinds=tuple(pooled), units=draw(st.integers(1, 4))), *draw(between)]
    for units, activation in dense[:-1]:
        layers += [Dense(units=units, activation=activation, l2=0.01), *draw(between)]
    layers.append(Dense(units=dense[-1][0], activation=dense[-1][1]))
    embedding = EmbeddingConfig(
        rows=VOCABULARY + 1,
        dimension=draw(st.integers(1, 6)),
        columns=draw(st.none() | st.integers(LONGEST, LONGEST + 5)),
    )
    ngrams = st.builds(Ngrams, longest=st.integers(1, 4), buckets=st.integers(2, 40))
    beside = draw(st.none() | ngrams) if embedding.columns is None else None
    return Architecture(embedding=embedding, layers=tuple(layers), ngrams=beside)


ragged = st.lists(st.lists(st.integers(1, VOCABULARY), min_size=1, max_size=LONGEST), min_size=1, max_size=6)


def widened(ids: Ids, columns: int | None) -> Ids:
    return ids if columns is None else np.pad(ids, ((0, 0), (0, columns - ids.shape[1])))


def trainable(columns: int | None = None) -> Architecture:
    """A network in which everything is on that only training does."""
    return Architecture(
        embedding=EmbeddingConfig(rows=VOCABULARY + 1, dimension=3, trainable=True, columns=columns),
        layers=(
            BatchNormalization(),
            LSTM(units=3, bidirectional=True, return_sequences=True, dropout=0.5),
            LSTM(units=2, dropout=0.5),
            Dropout(rate=0.5),
            Dense(units=3, activation="relu", l2=0.5),
            Dense(units=1, activation="sigmoid"),
        ),
    )


def attentive(columns: int | None = None) -> Architecture:
    """The flagship's network in small."""
    return Architecture(
        embedding=EmbeddingConfig(rows=VOCABULARY + 1, dimension=4, trainable=True, columns=columns),
        layers=(
            TokenDropout(rate=0.5),
            SpatialDropout(rate=0.5),
            LSTM(units=3, bidirectional=True, return_sequences=True),
            Pooling(kinds=("max", "attention", "mean"), units=5),
            Dropout(rate=0.5),
            Dense(units=4, activation="softmax"),
        ),
        ngrams=Ngrams(longest=2, buckets=50) if columns is None else None,
    )


def test_a_bag_of_n_grams_is_the_sum_of_their_weights_beside_the_network() -> None:
    plain = tiny_architecture(outputs=2)
    architecture = plain.model_copy(update={"ngrams": Ngrams(longest=3, buckets=1_000)})
    weights = random_weights(architecture, 67)
    rows = [[3], [2, 3], [1, 2, 3, 1]]

    def place(*ids: int) -> int:
        found = 0
        for one in ids:
            found = (found * 8111 + one) % 1_000
        return found

    ngrams: list[list[tuple[int, ...]]] = [
        [(3,)],
        [(2,), (3,), (2, 3)],
        [(1,), (2,), (3,), (1,), (1, 2), (2, 3), (3, 1), (1, 2, 3), (2, 3, 1)],
    ]
    beside = np.array(
        [
            np.sum([weights["ngrams"][place(*one)] for one in found], axis=0) / np.sqrt(len(row))
            for row, found in zip(rows, ngrams, strict=True)
        ]
    )
    without = {name: array for name, array in weights.items() if name != "ngrams"}
    alone = OnnxEngine(plain, without, threads=1).predict(*padded_rows(rows))
    expected = alone * np.exp(beside)
    found = OnnxEngine(architecture, weights, threads=1).predict(*padded_rows(rows))
    np.testing.assert_allclose(found, expected / expected.sum(axis=1, keepdims=True), atol=1e-6)


@given(architecture=architectures(), rows=ragged, seed=st.integers(0, 2**32 - 1))
# Shrinking a counterexample would build hundreds of Keras models.
@settings(max_examples=40, phases=[Phase.explicit, Phase.generate])
def test_the_onnx_graph_answers_as_keras_does(architecture: Architecture, rows: list[list[int]], seed: int) -> None:
    weights = random_weights(architecture, seed, scale=0.7)
    model = build_keras(architecture)
    set_weights(model, architecture, weights)
    ids, lengths = padded_rows(rows)
    expected: npt.NDArray[np.float32] = model(widened(ids, architecture.columns), training=False).numpy()
    received = OnnxEngine(architecture, weights, threads=1).predict(ids, lengths)
    np.testing.assert_allclose(received, expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("architecture", [trainable(), attentive()])
def test_weights_survive_the_way_through_keras(architecture: Architecture) -> None:
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


@pytest.mark.parametrize("architecture", [trainable(), attentive()])
def test_keras_trains_as_many_parameters_as_we_count(architecture: Architecture) -> None:
    model = build_keras(architecture)
    assert sum(int(np.prod(weight.shape)) for weight in model.trainable_weights) == architecture.trainable_parameters


def test_pooling_is_what_it_says_over_the_tokens_that_are_there() -> None:
    import keras  # noqa: PLC0415 - comes with TensorFlow, seconds to import

    layer = Pooling(kinds=("max", "attention", "mean"), units=2)
    pooling = keras_layer(keras, layer, "pooling")
    random = np.random.default_rng(67)
    tokens = random.normal(size=(2, 3, 4)).astype(np.float32)
    mask = np.array([[True, True, False], [True, True, True]])
    received = pooling(tokens, mask=mask).numpy()
    kernel, bias, context = (getattr(pooling, part).numpy() for part in ("kernel", "bias", "context"))
    for row, there in enumerate((tokens[0, :2], tokens[1])):
        scores = np.exp(np.tanh(there @ kernel + bias) @ context)
        parts = there.max(axis=0), (there * scores / scores.sum()).sum(axis=0), there.mean(axis=0)
        np.testing.assert_allclose(received[row], np.concatenate(parts), rtol=0, atol=1e-6)


def test_pooled_negative_features_stay_negative_beside_padding() -> None:
    architecture = Architecture(
        embedding=EmbeddingConfig(rows=3, dimension=1),
        layers=(LSTM(units=1, return_sequences=True), Pooling(kinds=("max",)), Dense(units=1)),
    )
    weights = {name: np.ones(shape, np.float32) for name, shape in architecture.weight_shapes().items()}
    weights["embedding"] *= -1  # so that the cell's candidate is negative
    weights["dense_2.bias"] *= 0
    engine = OnnxEngine(architecture, weights, threads=1)
    alone = engine.predict(np.array([[1]], np.int32), np.array([1], np.int32))
    beside = engine.predict(np.array([[1, 0, 0], [1, 2, 1]], np.int32), np.array([1, 3], np.int32))[:1]
    model = build_keras(architecture)
    set_weights(model, architecture, weights)
    weights["lstm_0.forward.bias"] *= -1
    assert (
        OnnxEngine(architecture, weights, threads=1).predict(np.array([[1, 0]], np.int32), np.array([1], np.int32)) < 0
    )
    np.testing.assert_allclose(beside, alone, rtol=0, atol=1e-6)


@pytest.mark.parametrize(("layer", "axis"), [(SpatialDropout(rate=0.5), 1), (TokenDropout(rate=0.5), 2)])
def test_what_is_dropped_is_dropped_of_every_token_or_every_feature(layer: Layer, axis: int) -> None:
    import keras  # noqa: PLC0415 - comes with TensorFlow, seconds to import

    dropped = keras_layer(keras, layer, "dropped")(np.ones((8, 9, 10), np.float32), training=True).numpy() == 0
    assert (dropped.all(axis=axis) == dropped.any(axis=axis)).all()
    assert 0 < dropped.mean() < 1


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


def test_l2_adds_the_squares_of_its_own_layers_kernel_to_the_loss() -> None:
    weights = random_weights(trainable())
    model = build_keras(trainable())
    set_weights(model, trainable(), weights)
    (loss,) = model.losses
    assert float(loss) == pytest.approx(0.5 * float(np.square(weights["dense_4.kernel"]).sum()), rel=1e-5)


def test_an_lstms_own_dropout_acts_while_training_only() -> None:
    architecture = Architecture(
        embedding=EmbeddingConfig(rows=5, dimension=8), layers=(LSTM(units=4, dropout=0.5), Dense(units=2))
    )
    model = build_keras(architecture)
    ids = np.array([[1, 2, 3]], np.int32)
    assert len({model(ids, training=True).numpy().tobytes() for _ in range(5)}) > 1
    assert len({model(ids, training=False).numpy().tobytes() for _ in range(5)}) == 1


def test_the_seed_states_among_the_variables_are_all_that_is_random_in_training() -> None:
    model = build_keras(trainable())
    ids = np.array([[1, 2, 3], [4, 0, 0]], np.int32)

    def answer(*, restart: bool) -> bytes:
        states = [variable for variable in model.variables if variable.path.endswith("seed_generator_state")]
        assert len(states) == 4  # one a direction of an LSTM, and that of the dropout
        for number, state in enumerate(states):
            if restart:
                state.assign(np.array([7, number], state.dtype))
        content: bytes = model(ids, training=True).numpy().tobytes()
        return content

    first = answer(restart=True)
    assert len({answer(restart=False) for _ in range(5)} - {first}) > 1
    assert answer(restart=True) == first


def test_masked_tokens_do_not_count_in_what_batch_normalisation_learns() -> None:
    def moving_mean(padding: int) -> npt.NDArray[np.float32]:
        model = build_keras(trainable())
        set_weights(model, trainable(), random_weights(trainable()))
        model(np.array([[1, 2, 3] + [0] * padding, [4] + [0] * (2 + padding)], np.int32), training=True)
        return get_weights(model, trainable())["batch_normalization_0.moving_mean"]

    np.testing.assert_allclose(moving_mean(5), moving_mean(0), rtol=0, atol=1e-6)


@pytest.fixture(params=["mixed_float16", "mixed_bfloat16"])
def _mixed_precision(request: pytest.FixtureRequest) -> Iterator[None]:
    import keras  # noqa: PLC0415 - comes with TensorFlow, seconds to import

    keras.mixed_precision.set_global_policy(request.param)
    yield
    keras.mixed_precision.set_global_policy("float32")


@pytest.mark.usefixtures("_mixed_precision")
@pytest.mark.parametrize("architecture", [trainable(), trainable(3), attentive(), attentive(3)])
def test_mixed_precision_leaves_answers_and_weights_in_32_bits(architecture: Architecture) -> None:
    weights = random_weights(architecture)
    model = build_keras(architecture)
    set_weights(model, architecture, weights)
    assert model.get_layer("lstm_2").compute_dtype.endswith("float16")
    answers = model(np.array([[1, 2, 3], [4, 0, 0]], np.int32), training=True).numpy()
    assert answers.dtype == np.float32
    assert ((answers > 0) & (answers < 1)).all()
    np.testing.assert_array_equal(
        get_weights(model, architecture)["lstm_2.forward.kernel"], weights["lstm_2.forward.kernel"]
    )


@pytest.mark.parametrize("architecture", [trainable(), trainable(3), attentive(), attentive(3)])
def test_the_graph_is_valid_onnx_of_the_declared_versions(architecture: Architecture) -> None:
    model = onnx.load_from_string(build_onnx(architecture, random_weights(architecture)))
    onnx.checker.check_model(model, full_check=True)
    assert (model.ir_version, model.opset_import[0].version) == (8, 17)


def test_the_same_weights_give_the_same_graph() -> None:
    first, second = (build_onnx(tiny_architecture(), random_weights(tiny_architecture())) for _ in range(2))
    assert first == second

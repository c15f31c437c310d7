from typing import Any

import pytest
from pydantic import ValidationError

from model.architecture.config import (
    LSTM,
    Architecture,
    BatchNormalization,
    Dense,
    Dropout,
    EmbeddingConfig,
    Layer,
    Ngrams,
    Pooling,
    SpatialDropout,
    TokenDropout,
)
from tests.factories import tiny_architecture


def network(*layers: Layer, trainable: bool = False) -> Architecture:
    return Architecture(embedding=EmbeddingConfig(rows=10, dimension=3, trainable=trainable), layers=tuple(layers))


def test_the_notebooks_network_has_14828_trainable_parameters() -> None:
    notebook = Architecture(
        embedding=EmbeddingConfig(rows=10_000, dimension=25),
        layers=(
            LSTM(units=25, bidirectional=True, return_sequences=True),
            LSTM(units=16),
            Dense(units=16, activation="swish"),
            Dropout(rate=0.5),
            Dense(units=4, activation="softmax"),
        ),
    )
    assert notebook.trainable_parameters == 14_828


def test_a_trainable_embedding_counts_among_the_parameters() -> None:
    layers = (LSTM(units=2), Dense(units=2))
    assert (
        network(*layers, trainable=True).trainable_parameters
        == network(*layers, trainable=False).trainable_parameters + 10 * 3
    )


def test_weights_are_named_and_shaped_by_the_config_alone() -> None:
    assert network(LSTM(units=5, bidirectional=True), Dropout(rate=0.1), Dense(units=2)).weight_shapes() == {
        "embedding": (10, 3),
        "lstm_0.forward.kernel": (3, 20),
        "lstm_0.forward.recurrent_kernel": (5, 20),
        "lstm_0.forward.bias": (20,),
        "lstm_0.backward.kernel": (3, 20),
        "lstm_0.backward.recurrent_kernel": (5, 20),
        "lstm_0.backward.bias": (20,),
        "dense_2.kernel": (10, 2),
        "dense_2.bias": (2,),
    }


def test_pooling_has_an_attention_s_weights_and_is_as_wide_as_its_kinds_together() -> None:
    shapes = network(
        SpatialDropout(rate=0.1),
        LSTM(units=5, bidirectional=True, return_sequences=True),
        Pooling(kinds=("max", "attention"), units=7),
        Dense(units=2),
    ).weight_shapes()
    assert {name: shape for name, shape in shapes.items() if "lstm" not in name} == {
        "embedding": (10, 3),
        "pooling_2.kernel": (10, 7),
        "pooling_2.bias": (7,),
        "pooling_2.context": (7, 1),
        "dense_3.kernel": (20, 2),
        "dense_3.bias": (2,),
    }
    plain = network(
        LSTM(units=5, return_sequences=True), Pooling(kinds=("mean", "max")), Dense(units=2)
    ).weight_shapes()
    assert not [name for name in plain if name.startswith("pooling")]
    assert plain["dense_2.kernel"] == (10, 2)


def test_batch_normalisation_has_four_arrays_as_wide_as_what_is_before_it() -> None:
    shapes = network(
        BatchNormalization(),
        LSTM(units=5, bidirectional=True),
        Dropout(rate=0.1),
        BatchNormalization(),
        Dense(units=4),
        BatchNormalization(),
        Dense(units=2),
    ).weight_shapes()
    assert {name: shape for name, shape in shapes.items() if "normalization" in name} == {
        f"batch_normalization_{index}.{part}": (width,)
        for index, width in ((0, 3), (3, 10), (5, 4))
        for part in ("gamma", "beta", "moving_mean", "moving_variance")
    }


def test_moving_means_and_variances_are_not_trained() -> None:
    layers = (LSTM(units=2), Dense(units=2))
    normalised = (LSTM(units=2), BatchNormalization(), Dense(units=2))
    assert network(*normalised).trainable_parameters == network(*layers).trainable_parameters + 2 * 2


def test_what_only_training_does_is_off_unless_told() -> None:
    assert (LSTM(units=2).dropout, Dense(units=2).l2) == (0, 0)
    assert network(LSTM(units=2), Dense(units=2)).columns is None


def test_an_embedding_without_a_mask_says_how_wide_its_rows_are() -> None:
    embedding = EmbeddingConfig(rows=10, dimension=3, columns=37)
    assert Architecture(embedding=embedding, layers=(LSTM(units=2), Dense(units=2))).columns == 37


def test_n_grams_need_masked_padding() -> None:
    embedding = EmbeddingConfig(rows=10, dimension=3, columns=37)
    layers = (LSTM(units=2), Dense(units=2))
    with pytest.raises(ValidationError, match="n-grams need masked padding"):
        Architecture(embedding=embedding, layers=layers, ngrams=Ngrams(longest=2, buckets=50))
    masked = EmbeddingConfig(rows=10, dimension=3)
    architecture = Architecture(embedding=masked, layers=layers, ngrams=Ngrams(longest=2, buckets=50))
    assert architecture.weight_shapes()["ngrams"] == (50, 2)


@pytest.mark.parametrize("given", [{"longest": 0}, {"longest": 6}, {"buckets": 1}, {"buckets": 262_145}])
def test_n_grams_stay_within_bounds(given: dict[str, int]) -> None:
    with pytest.raises(ValidationError, match=next(iter(given))):
        Ngrams(**({"longest": 2, "buckets": 50} | given))


@pytest.mark.parametrize("columns", [0, -1, "37", 37.5, True])
def test_a_width_that_no_row_can_have_is_refused(columns: object) -> None:
    with pytest.raises(ValidationError, match="columns"):
        EmbeddingConfig.model_validate({"rows": 10, "dimension": 3, "columns": columns})


@pytest.mark.parametrize(
    ("layers", "complaint"),
    [
        ([Dense(units=2), LSTM(units=2)], "one or more lstm, at most one pooling, then one or more dense"),
        ([Dense(units=2), Dense(units=2)], "one or more lstm, at most one pooling, then one or more dense"),
        ([LSTM(units=2), LSTM(units=2)], "one or more lstm, at most one pooling, then one or more dense"),
        ([LSTM(units=2), Dense(units=2), Dropout(rate=0.5)], "the last layer must be dense"),
        ([LSTM(units=2), Dense(units=2), BatchNormalization()], "must be dense; received batch_normalization"),
        (
            [BatchNormalization(), Dropout(rate=0.5), Dense(units=2)],
            "one or more lstm, at most one pooling, then one or more dense",
        ),
        (
            [LSTM(units=2), LSTM(units=2), Dense(units=2)],
            "every lstm before another one or before a pooling must return sequences",
        ),
        ([LSTM(units=2, return_sequences=True), Dense(units=2)], "must return sequences, and no other may"),
        ([LSTM(units=2), Pooling(kinds=("max",)), Dense(units=2)], "before a pooling must return sequences"),
        ([LSTM(units=2, return_sequences=True), *[Pooling(kinds=("max",))] * 2, Dense(units=2)], "at most one pooling"),
        ([Pooling(kinds=("max",)), Dense(units=2)], "one or more lstm, at most one pooling"),
        ([Pooling(kinds=("max",)), LSTM(units=2), Dense(units=2)], "one or more lstm, at most one pooling"),
        ([LSTM(units=2, return_sequences=True), Dense(units=2), Pooling(kinds=("max",))], "at most one pooling"),
        ([LSTM(units=2, return_sequences=True), Pooling(kinds=("max",))], "one or more lstm, at most one pooling"),
        ([LSTM(units=2), SpatialDropout(rate=0.5), Dense(units=2)], "spatial_dropout must stand where there is one"),
        (
            [LSTM(units=2, return_sequences=True), Pooling(kinds=("max",)), TokenDropout(rate=0.5), Dense(units=2)],
            "token_dropout must stand where there is one vector a token",
        ),
        (
            [LSTM(units=300, return_sequences=True), Pooling(kinds=("attention",), units=1_000_000), Dense(units=2)],
            "parameters are served",
        ),
        ([LSTM(units=1_000_000), Dense(units=2)], "parameters are served"),
    ],
)
def test_layers_that_do_not_fit_together_are_refused(layers: list[Layer], complaint: str) -> None:
    with pytest.raises(ValidationError, match=complaint):
        network(*layers)


@pytest.mark.parametrize(
    "wrong",
    [
        {"type": "lstm", "units": 0},
        {"type": "lstm", "units": "3"},
        {"type": "lstm", "units": 3, "recurrent_dropout": 0.5},
        {"type": "lstm", "units": 3, "dropout": 1.0},
        {"type": "lstm", "units": 3, "dropout": -0.1},
        {"type": "dense", "units": 3, "l2": -0.1},
        {"type": "dense", "units": 3, "l2": "0.1"},
        {"type": "batch_normalization", "momentum": 0.9},
        {"type": "gru", "units": 3},
        {"type": "pooling"},
        {"type": "pooling", "kinds": []},
        {"type": "pooling", "kinds": ["min"]},
        {"type": "pooling", "kinds": "max"},
        {"type": "pooling", "kinds": ["max", "max"]},
        {"type": "pooling", "kinds": ["attention"], "units": 0},
        {"type": "spatial_dropout", "rate": 1.0},
        {"type": "token_dropout", "rate": -0.1},
        {"type": "dropout", "rate": 1.0},
        {"type": "dense", "units": 3, "activation": "__import__"},
    ],
)
def test_a_layer_that_is_not_declared_as_it_should_be_is_refused(wrong: dict[str, Any]) -> None:
    config = tiny_architecture().model_dump(mode="json")
    config["layers"] = [wrong, *config["layers"]]
    with pytest.raises(ValidationError):
        Architecture.model_validate(config)


def test_a_config_survives_json() -> None:
    assert Architecture.model_validate_json(tiny_architecture().model_dump_json()) == tiny_architecture()

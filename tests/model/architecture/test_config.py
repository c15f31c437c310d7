from typing import Any

import pytest
from pydantic import ValidationError

from model.architecture.config import LSTM, Architecture, Dense, Dropout, EmbeddingConfig, Layer
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


@pytest.mark.parametrize(
    ("layers", "complaint"),
    [
        ([Dense(units=2), LSTM(units=2)], "one or more lstm, then one or more dense"),
        ([Dense(units=2), Dense(units=2)], "one or more lstm, then one or more dense"),
        ([LSTM(units=2), LSTM(units=2)], "one or more lstm, then one or more dense"),
        ([LSTM(units=2), Dense(units=2), Dropout(rate=0.5)], "the last layer must be dense"),
        ([LSTM(units=2), LSTM(units=2), Dense(units=2)], "every lstm but the last must return sequences"),
        ([LSTM(units=2, return_sequences=True), Dense(units=2)], "and the last must not"),
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
        {"type": "gru", "units": 3},
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

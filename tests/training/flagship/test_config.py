from typing import Any

import pytest
from pydantic import ValidationError

from model.preprocessing.vocabulary import Vocabulary
from tests.training.flagship.small import config
from training.flagship.config import StudentConfig

VOCABULARY = Vocabulary.of_words(["<unk>", "<url>", "<user>"], ["s", "x"])


def test_the_network_is_what_the_sizes_say() -> None:
    architecture = config(recurrent_layers=2, hidden_units=7, pooling=("max",)).architecture(VOCABULARY, 3)
    assert [layer.type for layer in architecture.layers] == [
        "token_dropout",
        "spatial_dropout",
        "lstm",
        "lstm",
        "pooling",
        "dropout",
        "dense",
        "dense",
    ]
    shapes = architecture.weight_shapes()
    assert shapes["embedding"] == (6, 8)
    assert shapes["dense_6.kernel"] == (12, 7)
    assert shapes["dense_7.kernel"] == (7, 3)


def test_by_default_there_is_one_recurrent_layer_and_no_hidden_one() -> None:
    architecture = StudentConfig().architecture(VOCABULARY, 2)
    assert [layer.type for layer in architecture.layers].count("lstm") == 1
    assert [layer.type for layer in architecture.layers].count("dense") == 1
    assert architecture.weight_shapes()["dense_5.kernel"] == (4 * 64, 2)


def test_it_survives_json() -> None:
    assert StudentConfig.model_validate_json(config().model_dump_json()) == config()


@pytest.mark.parametrize(
    "wrong",
    [
        {"units": 0},
        {"units": 1, "dimension": 12, "served_dimension": 10},
        {"dropout": 1.0},
        {"averaging": 1.0},
        {"learning_rate": 0.0},
        {"pooling": ()},
        {"recurrent_layers": 5},
        {"warmup": 1.5},
        {"more": 1},
    ],
)
def test_a_value_that_makes_no_student_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        config(**wrong)

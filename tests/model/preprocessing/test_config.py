from typing import Any

import pytest
from pydantic import ValidationError

from model.preprocessing.config import Cleanup, Preprocessing


def test_the_defaults_are_those_of_the_brand_study() -> None:
    preprocessing = Preprocessing(cleanup="brands-notebook")

    assert preprocessing.max_length == 100
    assert preprocessing.truncate == "pre"


@pytest.mark.parametrize(
    "wrong",
    [
        {"cleanup": "none"},
        {"max_length": 0},
        {"max_length": "100"},
        {"max_length": True},
        {"truncate": "middle"},
        {"lower": True},
    ],
)
def test_a_value_that_it_does_not_know_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Preprocessing(**({"cleanup": "brands-notebook"} | wrong))


@pytest.mark.parametrize("cleanup", ["brands-notebook", "keras-tokenizer", "tweet"])
def test_it_survives_json(cleanup: Cleanup) -> None:
    preprocessing = Preprocessing(cleanup=cleanup, max_length=7, truncate="post")

    assert Preprocessing.model_validate_json(preprocessing.model_dump_json()) == preprocessing

import json
from typing import Any

import pytest

from model.preprocessing.vocabulary import SKIP, Vocabulary

VOCABULARY = Vocabulary(
    words=("ipad", "as", "mouse"),
    forms={"ipad": 1, "ipads": 1, "ases": 2, "ass": 2, "mice": 3, "mouse": 3, "as": SKIP, "the": SKIP},
)
JSON = {
    "words": ["ipad", "as", "mouse"],
    "indirect": [2],
    "forms": {"ipads": 1, "ases": 2, "ass": 2, "mice": 3},
    "skip": ["as", "the"],
}


def test_it_writes_a_word_that_is_its_own_form_once() -> None:
    assert VOCABULARY.to_json() == JSON


def test_it_survives_json() -> None:
    assert Vocabulary.from_json(json.loads(json.dumps(VOCABULARY.to_json()))) == VOCABULARY


def test_equal_vocabularies_are_written_alike_whatever_the_order_of_their_tables() -> None:
    shuffled = Vocabulary(VOCABULARY.words, dict(sorted(VOCABULARY.forms.items(), reverse=True)))

    assert json.dumps(shuffled.to_json()) == json.dumps(VOCABULARY.to_json())


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"words": "ipad"}, "'words' must be an array, not a str"),
        ({"words": ["ipad", 2, "mouse"]}, "'words' must hold strings only"),
        ({"words": ["ipad", "as", "ipad"]}, "'words' holds an entry twice"),
        ({"words": ["ipad", "", "mouse"]}, "no words, or an empty one"),
        ({"words": [], "indirect": [], "forms": {}}, "no words, or an empty one"),
        ({"words": ["ipad", "as", "Maus"]}, "'Maus', which no token can be"),
        ({"words": ["ipad", "as", "a b"]}, "'a b', which no token can be"),
        ({"words": ["ipad", "as", "mouse\n"]}, "which no token can be"),
        ({"indirect": {}}, "'indirect' must be an array, not an object with no keys"),
        ({"indirect": [0]}, "'indirect' must hold ids from 1 to 3, not 0"),
        ({"indirect": [4]}, "'indirect' must hold ids from 1 to 3, not 4"),
        ({"indirect": [2, 2]}, "'indirect' ids must ascend"),
        ({"indirect": [3, 2]}, "'indirect' ids must ascend"),
        ({"indirect": []}, "a token two meanings"),
        ({"forms": [["ipads", 1]]}, "'forms' must be an object, not a list"),
        ({"forms": {"ipads": 0}}, "'forms' must hold ids from 1 to 3, not 0"),
        ({"forms": {"ipads": -1}}, "'forms' must hold ids from 1 to 3, not -1"),
        ({"forms": {"ipads": 4}}, "'forms' must hold ids from 1 to 3, not 4"),
        ({"forms": {"ipads": True}}, "'forms' must hold ids from 1 to 3, not True"),
        ({"forms": {"ipads": 1.0}}, "'forms' must hold ids from 1 to 3, not 1.0"),
        ({"forms": {"ipads": "1"}}, "'forms' must hold ids from 1 to 3, not '1'"),
        ({"forms": {"ipads": None}}, "'forms' must hold ids from 1 to 3, not None"),
        ({"forms": {"don't": 1}}, "which no token can be"),
        ({"forms": {"": 1}}, "which no token can be"),
        ({"forms": {"mouse": 1}}, "a token two meanings"),
        ({"forms": {"the": 1}}, "a token two meanings"),
        ({"skip": ["the", "the"]}, "'skip' holds an entry twice"),
        ({"skip": ["ipad"]}, "a token two meanings"),
        ({"skip": [1]}, "'skip' must hold strings only"),
        ({"skip": None}, "'skip' must be an array, not a NoneType"),
        ({"more": 1}, "not an object with 'words', 'indirect', 'forms', 'skip', 'more'"),
    ],
)
def test_malformed_json_is_refused_with_what_is_wrong(changes: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint.replace("(", r"\(")):
        Vocabulary.from_json(JSON | changes)


@pytest.mark.parametrize("missing", sorted(JSON))
def test_each_key_is_required(missing: str) -> None:
    with pytest.raises(ValueError, match="must be an object with the keys"):
        Vocabulary.from_json({key: value for key, value in JSON.items() if key != missing})


@pytest.mark.parametrize("value", [None, [], "words", 3])
def test_anything_but_an_object_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="must be an object with the keys"):
        Vocabulary.from_json(value)

import json
from typing import Any

import pytest

from model.preprocessing.config import Cleanup
from model.preprocessing.tweet import SPECIAL
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
    assert Vocabulary.from_json(json.loads(json.dumps(VOCABULARY.to_json())), "brands-notebook") == VOCABULARY


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
        Vocabulary.from_json(JSON | changes, "brands-notebook")


@pytest.mark.parametrize("missing", sorted(JSON))
def test_each_key_is_required(missing: str) -> None:
    with pytest.raises(ValueError, match="must be an object with the keys"):
        Vocabulary.from_json({key: value for key, value in JSON.items() if key != missing}, "brands-notebook")


@pytest.mark.parametrize("value", [None, [], "words", 3])
def test_anything_but_an_object_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="must be an object with the keys"):
        Vocabulary.from_json(value, "brands-notebook")


@pytest.mark.parametrize("word", ["don-t", "Ipad", "a b", "tab\t", "\u0130"])
@pytest.mark.parametrize("cleanup", ["brands-notebook", "keras-tokenizer"])
def test_a_form_that_neither_clean_up_leaves_whole_is_refused(cleanup: Cleanup, word: str) -> None:
    with pytest.raises(ValueError, match="which no token can be"):
        Vocabulary.from_json(Vocabulary.of_words(["ipad", word]).to_json(), cleanup)


@pytest.mark.parametrize("word", ["é", "ð\x9f\x98\x8a", "don't", "a\rb", "\xa0", "日", "😀"])
def test_a_form_of_more_than_letters_and_digits_is_one_for_the_keras_tokenizer_alone(word: str) -> None:
    vocabulary = Vocabulary.of_words(["ipad", word])

    assert Vocabulary.from_json(json.loads(json.dumps(vocabulary.to_json())), "keras-tokenizer") == vocabulary
    with pytest.raises(ValueError, match=r"which no token can be \(\[a-z0-9\]\+\)"):
        Vocabulary.from_json(vocabulary.to_json(), "brands-notebook")


def test_words_alone_make_a_vocabulary_in_which_each_means_itself() -> None:
    assert Vocabulary.of_words(["b", "a"]) == Vocabulary(words=("b", "a"), forms={"b": 1, "a": 2})


@pytest.mark.parametrize("words", [["a", "b", "a"], ["a", ""]])
def test_words_that_are_equal_or_empty_make_none(words: list[str]) -> None:
    with pytest.raises(ValueError, match="different words, none of them empty"):
        Vocabulary.of_words(words)


PIECES = Vocabulary.of_words(
    ["<unk>", "<url>", "<user>", "ipad", "#ipad", ":)", "\U0001f602", "don't"], ["s", "ing", "'s"]
)
PIECES_JSON = {
    "words": ["<unk>", "<url>", "<user>", "ipad", "#ipad", ":)", "\U0001f602", "don't"],
    "pieces": ["s", "ing", "'s"],
}


def test_pieces_have_the_ids_behind_the_words() -> None:
    assert PIECES.size == 11
    assert (VOCABULARY.pieces, VOCABULARY.size) == ((), 3)


def test_a_vocabulary_with_pieces_survives_json() -> None:
    assert PIECES.to_json() == PIECES_JSON
    assert Vocabulary.from_json(json.loads(json.dumps(PIECES.to_json())), "tweet") == PIECES


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"words": []}, "no words, or an empty one"),
        ({"words": ["<unk>", "a", "a"]}, "'words' holds an entry twice"),
        ({"words": ["ipad"]}, "needs the word '<unk>'"),
        ({"words": ["<unk>", "<user>", "ipad"]}, "needs the word '<url>'"),
        ({"words": [*SPECIAL, "iPad"]}, "'iPad', which no token can be"),
        ({"words": [*SPECIAL, "a b"]}, "'a b', which no token can be"),
        ({"words": [*SPECIAL, "sooo"]}, "'sooo', which no token can be"),
        ({"words": [*SPECIAL, "<html>"]}, "'<html>', which no token can be"),
        ({"words": [*SPECIAL, "\ud83d\ufe0f"]}, "which no token can be"),
        ({"words": ["<unk>", 1]}, "'words' must hold strings only"),
        ({"pieces": "s"}, "'pieces' must be an array, not a str"),
        ({"pieces": [1]}, "'pieces' must hold strings only"),
        ({"pieces": ["s", "s"]}, "'pieces' holds an entry twice"),
        ({"pieces": []}, "no pieces, or one that is empty or holds white space"),
        ({"pieces": ["s", ""]}, "no pieces, or one that is empty or holds white space"),
        ({"pieces": ["s", "a\xa0b"]}, "no pieces, or one that is empty or holds white space"),
        ({"forms": {}}, "not an object with 'words', 'pieces', 'forms'"),
    ],
)
def test_a_malformed_vocabulary_with_pieces_is_refused(changes: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        Vocabulary.from_json(PIECES_JSON | changes, "tweet")


def test_each_clean_up_refuses_the_other_kind_of_vocabulary() -> None:
    with pytest.raises(ValueError, match="must be an object with the keys 'pieces', 'words'"):
        Vocabulary.from_json(JSON, "tweet")
    with pytest.raises(ValueError, match="must be an object with the keys 'forms', 'indirect', 'skip', 'words'"):
        Vocabulary.from_json(PIECES_JSON, "keras-tokenizer")


@pytest.mark.parametrize("pieces", [["a", "a"], [""]])
def test_pieces_that_are_equal_or_empty_make_none(pieces: list[str]) -> None:
    with pytest.raises(ValueError, match="different pieces, none of them empty"):
        Vocabulary.of_words(["a"], pieces)

import subprocess
import sys
from typing import Literal, get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.preprocessing.config import Cleanup, Preprocessing
from model.preprocessing.encoder import Encoded, Encoder
from model.preprocessing.vocabulary import SKIP, Vocabulary
from tests import texts
from tests.rows import as_lists

CLEANUPS: tuple[Cleanup, ...] = get_args(Cleanup)
VOCABULARY = Vocabulary(
    words=("ipad", "great", "rt"),
    forms={"ipad": 1, "ipads": 1, "great": 2, "rt": 3, "the": SKIP, "is": SKIP},
)
WITH_PIECES = Vocabulary.of_words(["ipad", "great", "rt", "<unk>", "<url>", "<user>"], ["s"])


def vocabulary(cleanup: Cleanup) -> Vocabulary:
    return WITH_PIECES if cleanup == "tweet" else VOCABULARY


def encoder(
    max_length: int = 100, truncate: Literal["pre", "post"] = "pre", cleanup: Cleanup = "brands-notebook"
) -> Encoder:
    return Encoder(Preprocessing(cleanup=cleanup, max_length=max_length, truncate=truncate), vocabulary(cleanup))


def test_words_become_ids_in_their_order() -> None:
    assert encoder().encode("Great iPads! GREAT.") == Encoded(ids=[2, 1, 2], unknown=0, truncated=0)


def test_unknown_tokens_are_dropped_and_counted_but_stop_words_only_dropped() -> None:
    assert encoder().encode("the new iPad is a great new toy") == Encoded(ids=[1, 2], unknown=4, truncated=0)


@pytest.mark.parametrize("text", ["", " ", "!!!", "#launch day's #over", "12 34", "the is", "😀😀", "\0\ud800"])
def test_a_tweet_of_which_nothing_is_left_has_no_ids(text: str) -> None:
    assert encoder().encode(text).ids == []


@pytest.mark.parametrize("joint", ["é", "_", "-", "日", "\0", "\ud800", "😀", "\x1f", "\x7f", "\xa0"])
def test_anything_but_ascii_letters_and_digits_parts_words(joint: str) -> None:
    assert encoder().encode(f"ipad{joint}great") == Encoded(ids=[1, 2], unknown=0, truncated=0)


def test_casefolding_makes_ascii_of_what_only_looks_foreign() -> None:
    assert encoder().encode("i\uff30ad ipad\u017f").ids == [1]


def test_the_keras_tokenizer_deletes_nothing_but_punctuation() -> None:
    text = "RT @ipad: #great,  12 the café\r\n"

    assert encoder(cleanup="keras-tokenizer").encode(text) == Encoded(ids=[3, 1, 2], unknown=2, truncated=0)
    assert encoder().encode(text) == Encoded(ids=[3, 1], unknown=1, truncated=0)


@pytest.mark.parametrize("cleanup", CLEANUPS)
def test_a_long_tweet_keeps_its_last_ids_unless_told_otherwise(cleanup: Cleanup) -> None:
    text = "rt ipad ipad great"

    assert encoder(2, cleanup=cleanup).encode(text) == Encoded(ids=[1, 2], unknown=0, truncated=2)
    assert encoder(2, "post", cleanup=cleanup).encode(text) == Encoded(ids=[3, 1], unknown=0, truncated=2)
    assert encoder(4, cleanup=cleanup).encode(text) == Encoded(ids=[3, 1, 1, 2], unknown=0, truncated=0)


def test_the_raw_tweet_s_unknown_tokens_are_counted_and_read_in_pieces() -> None:
    assert encoder(cleanup="tweet").encode("RT ipads, great!") == Encoded(
        ids=[3, 1, 7, 4, 2, 4], unknown=3, truncated=0
    )
    assert encoder(cleanup="tweet").encode(" \t\n ") == Encoded(ids=[], unknown=0, truncated=0)


def test_the_raw_tweet_needs_the_words_that_no_text_can_spell() -> None:
    with pytest.raises(ValueError, match="needs the word '<unk>'"):
        Encoder(Preprocessing(cleanup="tweet"), VOCABULARY)


@pytest.mark.parametrize("cleanup", CLEANUPS)
@given(text=texts.texts())
def test_no_text_is_too_strange(cleanup: Cleanup, text: str) -> None:
    encoded = encoder(max_length=3, cleanup=cleanup).encode(text)

    assert len(encoded.ids) <= 3
    assert all(1 <= i <= vocabulary(cleanup).size for i in encoded.ids)
    assert encoded.unknown >= 0
    assert (encoded.truncated > 0) <= (len(encoded.ids) == 3)


@pytest.mark.parametrize("cleanup", CLEANUPS)
@pytest.mark.parametrize("truncate", ["pre", "post"])
@given(several=st.lists(texts.texts(), max_size=8))
def test_texts_that_are_encoded_together_are_encoded_as_each_alone(
    cleanup: Cleanup, truncate: Literal["pre", "post"], several: list[str]
) -> None:
    some = encoder(max_length=2, truncate=truncate, cleanup=cleanup)
    together = some.encode_all(several)
    alone = [some.encode(text) for text in several]
    assert as_lists(together.rows) == [one.ids for one in alone]
    assert together.unknown.tolist() == [one.unknown for one in alone]
    assert together.truncated.tolist() == [one.truncated for one in alone]
    assert {array.dtype for array in (*together[1:], together.rows.ids, together.rows.lengths)} == {np.dtype(np.int32)}


def test_encoding_needs_neither_nltk_nor_pandas_nor_an_engine() -> None:
    program = (
        "import sys, model.preprocessing.encoder, model.preprocessing.config, model.preprocessing.vocabulary\n"
        "print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    )
    loaded = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout.split()

    assert "pydantic" in loaded
    assert not {"nltk", "pandas", "onnxruntime", "tensorflow", "training", "stream"} & set(loaded)

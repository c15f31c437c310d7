"""Our encoder against the class that the hate study used: ``tf.keras.preprocessing.text.Tokenizer``."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from model.architecture.tensorflow_runtime import import_tensorflow
from model.preprocessing.config import Preprocessing
from model.preprocessing.encoder import Encoder
from model.preprocessing.keras_tokens import tokens
from model.preprocessing.vocabulary import Vocabulary
from tests import shared_tweets, texts
from training.preprocessing.tokenizer import fit_words

COLUMNS = 37


@cache
def keras() -> Any:  # noqa: ANN401 - TensorFlow ships no types
    return import_tensorflow().keras.preprocessing


def keras_rows(
    fitted: Sequence[str], encoded: Sequence[str], num_words: int, truncate: Literal["pre", "post"]
) -> npt.NDArray[np.int32]:
    """What the study's code makes of texts: [texts, COLUMNS]."""
    tokenizer = keras().text.Tokenizer(num_words=num_words)
    tokenizer.fit_on_texts(fitted)
    sequences = tokenizer.texts_to_sequences(encoded)
    rows: npt.NDArray[np.int32] = keras().sequence.pad_sequences(
        sequences, maxlen=COLUMNS, padding="post", truncating=truncate
    )
    return rows


def our_rows(
    fitted: Sequence[str], encoded: Sequence[str], num_words: int, truncate: Literal["pre", "post"]
) -> npt.NDArray[np.int32]:
    """What training and serving make of the same texts."""
    vocabulary = Vocabulary.of_words(fit_words(map(tokens, fitted), num_words))
    preprocessing = Preprocessing(cleanup="keras-tokenizer", max_length=COLUMNS, truncate=truncate)
    encode = Encoder(preprocessing, vocabulary).encode
    rows = np.zeros((len(encoded), COLUMNS), np.int32)
    for row, text in zip(rows, encoded, strict=True):
        ids = encode(text).ids
        row[: len(ids)] = ids
    return rows


PUNCTUATION = '!"#$%&()*+,-./:;<=>?@[\\]^_`{|}~\t\n'
tweets = st.lists(texts.texts(), min_size=1, max_size=8)


@given(text=texts.texts() | st.text(st.sampled_from("aB'\u03a3\u0130\r\x0b\x0c\xa0\u2028\ud83d\ude00" + PUNCTUATION)))
@settings(max_examples=2_000)
@example(text=PUNCTUATION.join("aBcΣ'\r"))
@example(text="\u03a3\u03a3 \u0391\u03a3! \u0130\u0130")
@example(text="\ud83d\ude00 \udc00\ud800 a\ud800b")
def test_tokens_are_those_of_the_keras_tokenizer(text: str) -> None:
    assert tokens(text) == keras().text.text_to_word_sequence(text)


@given(text=texts.texts())
@settings(max_examples=1_000)
def test_a_token_is_its_own_only_token(text: str) -> None:
    assert all(tokens(token) == [token] for token in tokens(text))


@given(fitted=tweets, others=tweets, num_words=st.integers(2, 30), truncate=st.sampled_from(("pre", "post")))
@settings(max_examples=300)
def test_ids_are_those_of_the_keras_tokenizer(
    fitted: list[str], others: list[str], num_words: int, truncate: Literal["pre", "post"]
) -> None:
    encoded = [*fitted, *others, " ".join(fitted * COLUMNS)]
    if not any(tokens(text) for text in fitted):
        fitted = [*fitted, "a"]
    np.testing.assert_array_equal(
        our_rows(fitted, encoded, num_words, truncate), keras_rows(fitted, encoded, num_words, truncate)
    )


@pytest.mark.data
def test_ids_are_those_of_the_keras_tokenizer_on_every_hate_tweet(tweets_data: Path) -> None:
    labelled = shared_tweets.hate_train(tweets_data)
    assert len(labelled) == 31_962
    everything = labelled + shared_tweets.hate_test(tweets_data)
    rows = our_rows(labelled, everything, 5_000, "pre")
    np.testing.assert_array_equal(rows, keras_rows(labelled, everything, 5_000, "pre"))
    assert rows.max() == 4_999


@pytest.mark.timeout(20)
@pytest.mark.parametrize("fragment", [" ", "#", "a", "a ", "é", "\ud800", "\u03a3"], ids=ascii)
def test_a_repeated_fragment_of_a_million_characters_costs_linear_time(fragment: str) -> None:
    tokens(fragment * 1_000_000)

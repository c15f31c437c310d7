"""A tweet's text as a row of ids, without NLTK and without a corpus."""

from collections.abc import Callable
from typing import Final, NamedTuple

from model.preprocessing import keras_tokens
from model.preprocessing.cleaning import clean
from model.preprocessing.config import Preprocessing
from model.preprocessing.vocabulary import Vocabulary

_ALPHANUMERIC: Final = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_SPACED: Final = bytes(byte if byte in _ALPHANUMERIC else ord(" ") for byte in range(256))
"""Translates every byte that cannot be part of a token into a space."""


class Encoded(NamedTuple):
    """A row of ids and what was left out of it."""

    ids: list[int]
    """Ids of the words, at most ``max_length``; empty if nothing is left of the tweet."""

    unknown: int
    """Tokens that are neither in the vocabulary nor stop words."""

    truncated: int
    """Ids cut off because the row was longer than ``max_length``."""


class Encoder:
    """Turns text into ids as the pipeline that a network was trained with does; safe to share by threads.

    ``brands-notebook``: the reference pipeline on NLTK and Keras' tokenizer. ``keras-tokenizer``: Keras' alone.
    """

    def __init__(self, preprocessing: Preprocessing, vocabulary: Vocabulary) -> None:
        self._max_length = preprocessing.max_length
        self._keeps_last = preprocessing.truncate == "pre"
        self._byte_tokens: Callable[[str], list[bytes]]
        if preprocessing.cleanup == "brands-notebook":
            self._byte_tokens = _brands_tokens
        else:
            self._byte_tokens = keras_tokens.byte_tokens
        self._id_of = {keras_tokens.to_bytes(token): i for token, i in vocabulary.forms.items()}.get

    def encode(self, text: str) -> Encoded:
        """Clean a text, cut it into tokens and look each up.

        Stop words are passed over; unknown tokens are dropped and counted, as a Keras ``Tokenizer`` without an
        out-of-vocabulary token drops them. Takes any ``str``, lone surrogates included, and raises nothing.
        """
        tokens = self._byte_tokens(text)
        found = list(map(self._id_of, tokens))
        unknown = found.count(None)
        if unknown:
            unknown -= tokens.count(b"")
        ids = list(filter(None, found))
        truncated = len(ids) - self._max_length
        if truncated <= 0:
            return Encoded(ids, unknown, 0)
        kept = ids[truncated:] if self._keeps_last else ids[: self._max_length]
        return Encoded(kept, unknown, truncated)


def _brands_tokens(text: str) -> list[bytes]:
    # Bytes, because `bytes.translate` and `bytes.split` take a third of the time of a search for [a-z0-9]+.
    # Non-ASCII characters, surrogates too, become `?` and so part words as they do there.
    return clean(text).encode("ascii", "replace").translate(_SPACED).split()

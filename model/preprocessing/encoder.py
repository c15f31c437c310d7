"""Tweets' texts as rows of ids, without NLTK and without a corpus."""

from collections.abc import Callable, Sequence
from itertools import repeat
from typing import Final, NamedTuple, Self

import numpy as np
import numpy.typing as npt

from model.preprocessing import keras_tokens
from model.preprocessing.cleaning import clean
from model.preprocessing.config import Preprocessing
from model.preprocessing.pieces import PieceReader, Read
from model.preprocessing.vocabulary import SKIP, Vocabulary
from model.rows import Rows

_ALPHANUMERIC: Final = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_END: Final = b"\xff"
"""Stands between two texts as a token of its own: no text has this byte, be it in ASCII or in UTF-8."""
_BETWEEN: Final = b" " + _END + b" "
_SPACED: Final = bytes(byte if byte in _ALPHANUMERIC + _END else ord(" ") for byte in range(256))
"""Translates every byte that cannot be part of a token into a space."""
_UNKNOWN: Final = -1
_ENDS: Final = -2

Counts = npt.NDArray[np.int32]


class Encoded(NamedTuple):
    """A row of ids and what was left out of it."""

    ids: list[int]
    """Ids of the words, at most ``max_length``; empty if nothing is left of the tweet."""

    unknown: int
    """Tokens that are neither whole in the vocabulary nor stop words."""

    truncated: int
    """Ids cut off because the row was longer than ``max_length``."""


class EncodedTexts(NamedTuple):
    """What :class:`Encoded` is for one text, for several."""

    rows: Rows
    unknown: Counts
    """[rows]"""
    truncated: Counts
    """[rows]"""

    @classmethod
    def joined(cls, parts: Sequence[Self]) -> Self:
        """Put parts one below the other."""
        counts = [np.concatenate([np.zeros(0, np.int32), *(part[column] for part in parts)]) for column in (1, 2)]
        return cls(Rows.joined([part.rows for part in parts]), *counts)

    def at(self, places: Sequence[int]) -> "EncodedTexts":
        """Return the texts at ``places``, in that order."""
        return EncodedTexts(self.rows.at(places), self.unknown[places], self.truncated[places])


class Encoder:
    """Turns texts into ids as the pipeline that a network was trained with does; safe to share by threads.

    ``brands-notebook``: the reference pipeline on NLTK and Keras' tokenizer. ``keras-tokenizer``: Keras' alone.
    ``tweet``: that of ``tweet.py`` and ``pieces.py``.
    Raises ValueError for a vocabulary that the clean-up cannot do with: ``tweet`` needs some words.
    """

    def __init__(self, preprocessing: Preprocessing, vocabulary: Vocabulary) -> None:
        self._max_length = preprocessing.max_length
        self._keeps_last = preprocessing.truncate == "pre"
        self._read: Callable[[Sequence[str]], Read]
        match preprocessing.cleanup:
            case "tweet":
                self._read = PieceReader(vocabulary).read
            case "brands-notebook":
                self._read = _TokenReader(vocabulary, _brands_tokens).read
            case "keras-tokenizer":
                self._read = _TokenReader(vocabulary, _keras_tokens).read

    def encode(self, text: str) -> Encoded:
        """Clean a text, cut it into tokens and look each up.

        Stop words are passed over; unknown tokens are counted and read in pieces, or without pieces dropped, as a
        Keras ``Tokenizer`` without an out-of-vocabulary token drops them. Takes any ``str``, lone surrogates included,
        and raises nothing.
        """
        rows, unknown, truncated = self.encode_all([text])
        return Encoded(rows.ids.tolist(), int(unknown[0]), int(truncated[0]))

    def encode_all(self, texts: Sequence[str]) -> EncodedTexts:
        """Do to each text what :meth:`encode` does to one.

        All texts are cut and looked up in one go: that costs half of what one call a text does.
        """
        if not texts:
            return EncodedTexts.joined([])
        rows, unknown = self._read(texts)
        truncated = np.maximum(rows.lengths - self._max_length, 0)
        return EncodedTexts(self._truncated(rows) if truncated.any() else rows, unknown, truncated)

    def _truncated(self, rows: Rows) -> Rows:
        # Few rows are too long: only their ids are looked at.
        long = np.flatnonzero(rows.lengths > self._max_length)
        cut = rows.lengths[long] - self._max_length
        starts = rows.starts()[long] + (0 if self._keeps_last else self._max_length)
        kept = np.ones(len(rows.ids), bool)
        for start, number in zip(starts.tolist(), cut.tolist(), strict=True):
            kept[start : start + number] = False
        return Rows(rows.ids[kept], np.minimum(rows.lengths, self._max_length))


class _TokenReader:
    """Reads texts whose tokens have one id or none."""

    def __init__(self, vocabulary: Vocabulary, tokens: Callable[[Sequence[str]], list[bytes]]) -> None:
        self._tokens = tokens
        ids = {keras_tokens.to_bytes(token): i for token, i in vocabulary.forms.items()}
        self._id_of = {**ids, b"": SKIP, _END: _ENDS}.get

    def read(self, texts: Sequence[str]) -> Read:
        """Turn each text into a row of ids, all texts in one go."""
        tokens = self._tokens(texts)
        found = np.fromiter(map(self._id_of, tokens, repeat(_UNKNOWN)), np.int32, len(tokens))
        ends = np.append(np.flatnonzero(found == _ENDS), len(found))
        is_word = found > SKIP
        return Read(Rows(found[is_word], _counts(is_word, ends)), _counts(found == _UNKNOWN, ends))


def _counts(marked: npt.NDArray[np.bool_], ends: npt.NDArray[np.intp]) -> Counts:
    """Return how many tokens are marked in each of the stretches that end at ``ends``."""
    so_far = np.zeros(len(marked) + 1, np.int32)
    np.cumsum(marked, out=so_far[1:])
    return np.diff(so_far[ends], prepend=np.int32(0))


# Bytes, because `bytes.translate` and `bytes.split` take a third of the time of a search for tokens.
def _brands_tokens(texts: Sequence[str]) -> list[bytes]:
    # Non-ASCII characters, surrogates too, become `?` and so part words as they do there.
    cleaned = [clean(text).encode("ascii", "replace") for text in texts]
    return _BETWEEN.join(cleaned).translate(_SPACED).split()


def _keras_tokens(texts: Sequence[str]) -> list[bytes]:
    spaced = [keras_tokens.spaced(text) for text in texts]
    return _BETWEEN.join(spaced).split(b" ")

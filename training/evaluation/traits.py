"""What is known about a tweet before anything is predicted, to tell where predictions fail."""

import re
from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

_WORD: Final = re.compile(r"[^\W_]+")
_RETWEET: Final = re.compile(r"(?<!\w)rt[\s:]*@\w", re.IGNORECASE)


def word_counts(texts: Sequence[str]) -> npt.NDArray[np.intp]:
    """Count what stands between white space: [texts]."""
    return np.array([len(text.split()) for text in texts], dtype=np.intp)


def retweets(texts: Sequence[str]) -> npt.NDArray[np.bool_]:
    """Tell which texts pass somebody's tweet on, by ``RT @name`` anywhere in them: [texts]."""
    return np.array([_RETWEET.search(text) is not None for text in texts], dtype=np.bool_)


def unknown_shares(training: Sequence[str], texts: Sequence[str]) -> npt.NDArray[np.float64]:
    """Share of each text's words (runs of letters and digits, lower case) in no training text: [texts].

    0 for a text without words.
    """
    known = {word for text in training for word in _words(text)}
    return np.array([_share(_words(text), known) for text in texts], dtype=np.float64)


def _words(text: str) -> list[str]:
    return _WORD.findall(text.lower())


def _share(words: list[str], known: set[str]) -> float:
    return sum(word not in known for word in words) / max(1, len(words))

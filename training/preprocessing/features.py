"""Figures about a tweet that the study explored and its network does not read."""

from typing import NamedTuple

from training.preprocessing import reference


class Features(NamedTuple):
    """Length and diversity of one tweet, after clean-up; diversities are length / different ones, to two places."""

    words: int
    """Tokens left, stop words excluded."""

    character_diversity: float
    """What the study calls lexical diversity: over the characters of the cleaned text, white space included."""

    word_diversity: float
    """The same over tokens, which is what the name usually means."""


def features(text: str) -> Features:
    """Measure one tweet; if nothing is left of it, the diversities are 0.

    Raises UsageError if NLTK's corpora are not to be found.
    """
    tokens = reference.tokens(text)
    return Features(
        words=len(tokens),
        character_diversity=_diversity(reference.clean(text)),
        word_diversity=_diversity(tokens),
    )


def _diversity(sequence: str | list[str]) -> float:
    return round(len(sequence) / len(set(sequence)), 2) if sequence else 0.0

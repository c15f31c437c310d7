"""Tweets without end, good and bad, from a seed."""

import random
from collections.abc import Iterator
from pathlib import Path

import orjson

from tests.system.faults.checker import EXPECT
from tests.system.kafka import Record

MOST_BYTES = 4_096
"""What the workers take (``WARBLE_INPUT__MAX_BYTES``)."""
_KEYS = 997
_TEXTS = 5_000
_OPENINGS = ("I love my", "so tired of this", "finally got the", "where is my", "long line for the", "RT @friend: the")
_THINGS = ("ipad", "phone", "new app", "battery", "store", "keynote", "charger", "map")
_ENDINGS = ("and it is great", "again :(", "!!!", "#sxsw", "http://t.co/abc", "meh", "at the launch", "", "\U0001f600")
_REAL = "tweets_sentiment140_100k.txt"


class Tweets:
    """Records for the input topic: a counter makes each id unique, and its key the partition.

    data: directory of the data sets; without it the texts are made up.
    """

    def __init__(self, name: str, data: Path | None = None) -> None:
        self._chance = random.Random(name)  # noqa: S311 - no secret
        self._name = name
        self._texts = [orjson.dumps(text) for text in (self._real(data) if data else self._made_up())]
        self.made = 0

    def good(self, count: int) -> Iterator[Record]:
        """Yield tweets, each of which must become a result."""
        for _ in range(count):
            text = self._texts[self._chance.randrange(len(self._texts))]
            yield Record(self._key(), b'{"id":"%b","text":%b}' % (self._id(), text))

    def poison(self, count: int) -> Iterator[Record]:
        """Yield records that must become dead letters, each with its reason."""
        rows = (
            ("not-utf8", b'{"text": "\xff"}'),
            ("not-json", b"{text: love}"),
            ("not-object", b'["love"]'),
            ("no-text", b'{"id": 1}'),
            ("text-not-string", b'{"text": 5}'),
            ("tombstone", None),
        )
        for _ in range(count):
            self.made += 1
            reason, value = self._chance.choice(rows)
            yield Record(self._key(), value, [(EXPECT, reason)])

    def oversized(self, count: int) -> Iterator[Record]:
        """Yield tweets beyond :data:`MOST_BYTES`."""
        for _ in range(count):
            value = b'{"id":"%b","text":"%b"}' % (self._id(), b"x" * MOST_BYTES)
            yield Record(self._key(), value, [(EXPECT, "too-large")])

    def _id(self) -> bytes:
        self.made += 1
        return f"{self._name}-{self.made}".encode()

    def _key(self) -> bytes:
        return b"user%d" % self._chance.randrange(_KEYS)

    def _made_up(self) -> list[str]:
        parts = (_OPENINGS, _THINGS, _ENDINGS)
        return [" ".join(self._chance.choice(part) for part in parts) for _ in range(_TEXTS)]

    def _real(self, data: Path) -> list[str]:
        return self._chance.sample((data / _REAL).read_text(errors="replace").splitlines(), _TEXTS)

"""Proof of delivery: what came out of three topics against what was put in, in a few bytes a record."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt
import orjson
from confluent_kafka import Message

from tests.system.kafka import Broker

EXPECT = "expect"
"""Header of an input record that must become a dead letter; its value is the reason."""
Mode = Literal["exactly-once", "at-least-once"]

_Number = TypeVar("_Number", np.uint64, np.uint8)

_EXAMPLES = 10
_HASH_BITS = (1 << 64) - 1
_MOST_COPIES = 255


class Row(NamedTuple):
    """A record as the checker sees it."""

    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: dict[str, str | bytes | None]

    @classmethod
    def of(cls, message: Message) -> "Row":
        """Return what matters of a message."""
        return cls(
            message.partition() or 0,
            message.offset() or 0,
            message.key(),
            message.value(),
            dict(message.headers() or ()),
        )


@dataclass(frozen=True)
class Report:
    """What the checker found. All but ``inputs`` to ``dead`` are numbers of faults."""

    inputs: int = 0
    results: int = 0
    dead: int = 0
    lost: int = 0
    """Input records without an outcome."""
    duplicated: int = 0
    """Outcomes beyond the first of their input record."""
    disordered: int = 0
    """Outcomes whose input record lies before the one of the previous outcome in the same partitions."""
    foreign: int = 0
    """Outcomes that name no committed input record."""
    wrong: int = 0
    """Outcomes with another id, key, value, kind or reason than their input record demands."""
    examples: list[str] = field(default_factory=list)

    def is_clean(self, mode: Mode) -> bool:
        """Whether the mode's promise was kept: at least once may duplicate, and nothing else."""
        broken = self.lost + self.disordered + self.foreign + self.wrong
        return broken == 0 and (mode == "at-least-once" or self.duplicated == 0)


class _Partition:
    """Per offset of one input partition: what its outcome must be, and how many outcomes it has."""

    def __init__(self) -> None:
        self._expected = np.zeros(1 << 10, np.uint64)  # 0: no committed record has this offset
        self._outcomes = np.zeros(1 << 10, np.uint8)

    def expect(self, offset: int, fingerprint: int) -> None:
        """Note a committed input record."""
        while offset >= len(self._expected):
            self._expected = _doubled(self._expected)
            self._outcomes = _doubled(self._outcomes)
        self._expected[offset] = fingerprint

    def expected(self, offset: int) -> int:
        """Return the fingerprint demanded, 0 where there is no input record."""
        return int(self._expected[offset]) if 0 <= offset < len(self._expected) else 0

    def count(self, offset: int) -> int:
        """Count an outcome; return how many there were before."""
        before = int(self._outcomes[offset])
        self._outcomes[offset] = min(before + 1, _MOST_COPIES)
        return before

    def lost(self) -> npt.NDArray[np.int64]:
        """Return the offsets without an outcome."""
        return np.flatnonzero((self._expected != 0) & (self._outcomes == 0))


class Checker:
    """Takes every committed input record first, then every outcome, each topic's partitions in order.

    topic: the input's name. Holds nine bytes an offset.
    """

    def __init__(self, topic: str) -> None:
        self._topic = topic
        self._partitions: dict[int, _Partition] = {}
        self._last: dict[tuple[str, int, int], int] = {}
        self._found: Counter[str] = Counter()
        self._examples: list[str] = []

    def put_in(self, row: Row) -> None:
        """Note a committed input record."""
        self._found["inputs"] += 1
        reason = _text(row.headers.get(EXPECT))
        if reason:
            fingerprint = _of_dead(row.key, row.value, reason)
        else:
            fingerprint = _of_result(row.key, orjson.loads(row.value or b"")["id"])
        self._partitions.setdefault(row.partition, _Partition()).expect(row.offset, fingerprint)

    def came_out(self, row: Row) -> None:
        """Check a committed result."""
        self._found["results"] += 1
        try:
            result: Any = orjson.loads(row.value or b"")
            source = result["source"]
            place = source["topic"], source["partition"], source["offset"]
            fingerprint = _of_result(row.key, result["id"])
        except (ValueError, KeyError, TypeError):
            self._blame("foreign", f"result {row.partition}/{row.offset} is none: {row.value!r}")
            return
        self._check("result", row, place, fingerprint)

    def died(self, row: Row) -> None:
        """Check a committed dead letter."""
        self._found["dead"] += 1
        topic, _, rest = _text(row.headers.get("warble-source")).partition("/")
        partition, _, offset = rest.partition("/")
        if not (partition.isdecimal() and offset.isdecimal()):
            self._blame("foreign", f"dead letter {row.partition}/{row.offset} does not say where it is from")
            return
        fingerprint = _of_dead(row.key, row.value, _text(row.headers.get("warble-reason")))
        self._check("dead letter", row, (topic, int(partition), int(offset)), fingerprint)

    def report(self) -> Report:
        """Say what was found, the lost included."""
        for number, partition in sorted(self._partitions.items()):
            for offset in partition.lost():
                self._blame("lost", f"{number}/{offset} has no outcome")
        return Report(**self._found, examples=self._examples)

    def _check(self, kind: str, row: Row, place: tuple[str, int, int], fingerprint: int) -> None:
        topic, number, offset = place
        what = f"{kind} {row.partition}/{row.offset} of {number}/{offset}"
        partition = self._partitions.get(number)
        expected = partition.expected(offset) if partition is not None and topic == self._topic else 0
        if partition is None or not expected:
            self._blame("foreign", f"{what}: no such input")
            return
        if expected != fingerprint:
            self._blame("wrong", f"{what} is not what its input demands")
        if partition.count(offset):
            self._blame("duplicated", f"{what} is not its first outcome")
            return
        # Records of one key share their partitions, in and out, so this order implies the order by key.
        lane = (kind, row.partition, number)
        if offset < self._last.get(lane, -1):
            self._blame("disordered", f"{what} comes behind {self._last[lane]}")
        self._last[lane] = offset

    def _blame(self, fault: str, example: str) -> None:
        self._found[fault] += 1
        if self._found[fault] <= _EXAMPLES:
            self._examples.append(f"{fault}: {example}")


def check(broker: Broker, topics: tuple[str, str, str]) -> Report:
    """Read input, output and dead letters to their present ends as a committed reader, and check them."""
    source, output, dead = topics
    checker = Checker(source)
    readers: dict[str, Callable[[Row], None]] = {
        source: checker.put_in,
        output: checker.came_out,
        dead: checker.died,
    }
    for topic, take in readers.items():
        for message in broker.each(topic):
            take(Row.of(message))
    return checker.report()


def _of_result(key: bytes | None, tweet_id: str) -> int:
    return _fingerprint("result", key, tweet_id.encode())


def _of_dead(key: bytes | None, value: bytes | None, reason: str) -> int:
    return _fingerprint(reason, key, value)


def _fingerprint(kind: str, key: bytes | None, content: bytes | None) -> int:
    return (hash((kind, key, content)) & _HASH_BITS) or 1


def _doubled(array: npt.NDArray[_Number]) -> npt.NDArray[_Number]:
    return np.concatenate([array, np.zeros_like(array)])


def _text(value: str | bytes | None) -> str:
    return value.decode() if isinstance(value, bytes) else value or ""

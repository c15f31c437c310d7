"""What goes wrong when: a schedule of faults, drawn from a seed."""

import json
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from enum import StrEnum
from itertools import count
from pathlib import Path
from typing import NamedTuple

WORKERS = 2
"""Workers that faults aim at; the one with number 0 is left alone, so that its memory can be watched."""


class Kind(StrEnum):
    """What can go wrong."""

    WORKER_KILL = "worker killed"
    WORKER_TERM = "worker stopped"
    WORKER_ZOMBIE = "worker paused beyond its timeouts"
    WORKER_ZOMBIE_REPLACED = "worker paused, replaced and woken"
    WORKER_CLASH = "two workers of one name"
    WORKER_JOIN = "worker joins and leaves"
    LEADER_KILL = "leader killed"
    GROUP_COORDINATOR_KILL = "group's coordinator killed"
    TRANSACTION_COORDINATOR_STOP = "transactions' coordinator stopped"
    BROKER_PAUSE = "broker paused"
    TWO_DOWN = "two of three brokers killed"
    CUT = "network cut"
    BLACK_HOLE = "network silent"
    ANSWERS_HELD = "answers held"
    SLOW = "network slow"
    REASSIGN = "partitions reassigned"
    ELECT = "leaders elected"
    POISON = "rows that are no tweets"
    OVERSIZED = "rows too large"
    UPSTREAM_ABORT = "upstream aborts"


class Fault(NamedTuple):
    """One thing that goes wrong.

    at_s: seconds from the segment's start. lasts_s: until it is healed. pick: any whole number, of which the runner
    takes the remainder to choose a worker, a broker or a partition.
    """

    at_s: float
    kind: Kind
    lasts_s: float
    pick: int

    def __str__(self) -> str:
        return f"{self.at_s:7.1f} s  {self.kind} for {self.lasts_s:.1f} s (pick {self.pick})"


class Span(NamedTuple):
    """A range of seconds to draw from."""

    least: float
    most: float


TWO_DOWN_S = 30.0
_INSTANT = Span(0.1, 0.5)
_BEYOND_TIMEOUTS = Span(10.0, 14.0)
"""Longer than a worker's session (6 s) and than its transactions (8 s)."""

_WORKER = {
    Kind.WORKER_KILL: Span(0.1, 2.0),
    Kind.WORKER_TERM: Span(0.1, 2.0),
    Kind.WORKER_ZOMBIE: _BEYOND_TIMEOUTS,
    Kind.WORKER_ZOMBIE_REPLACED: _BEYOND_TIMEOUTS,
    Kind.WORKER_CLASH: _INSTANT,
}
_LANES: tuple[tuple[dict[Kind, Span], Span], ...] = (
    *[(_WORKER, Span(6.0, 20.0))] * WORKERS,
    ({Kind.WORKER_JOIN: Span(5.0, 20.0)}, Span(10.0, 40.0)),
    (
        {
            Kind.LEADER_KILL: Span(1.0, 8.0),
            Kind.GROUP_COORDINATOR_KILL: Span(1.0, 8.0),
            Kind.TRANSACTION_COORDINATOR_STOP: Span(3.0, 8.0),
            Kind.BROKER_PAUSE: Span(3.0, 12.0),
            Kind.TWO_DOWN: Span(TWO_DOWN_S, TWO_DOWN_S),
        },
        Span(8.0, 25.0),
    ),
    (
        {
            Kind.CUT: Span(1.0, 12.0),
            Kind.BLACK_HOLE: Span(1.0, 15.0),
            Kind.ANSWERS_HELD: Span(1.0, 15.0),
            Kind.SLOW: Span(3.0, 10.0),
        },
        Span(5.0, 20.0),
    ),
    ({Kind.REASSIGN: Span(8.0, 15.0), Kind.ELECT: _INSTANT}, Span(10.0, 40.0)),
    ({Kind.POISON: _INSTANT, Kind.OVERSIZED: _INSTANT, Kind.UPSTREAM_ABORT: _INSTANT}, Span(5.0, 15.0)),
)
"""Kinds that never overlap with their own lane, and the rest between two of them; lanes overlap freely."""
_START_S = 5.0


def draw(seed: str, seconds: float, two_down_s: float = TWO_DOWN_S) -> list[Fault]:
    """Draw the faults of a segment, by time; all are healed within ``seconds``. The same seed gives the same faults."""
    chance = random.Random(seed)  # noqa: S311 - no secret
    faults = []
    for lane, (kinds, rest) in enumerate(_LANES):
        at_s = _START_S + chance.uniform(0, rest.most)
        for kind in _fairly(list(kinds), chance):
            lasts_s = two_down_s if kind is Kind.TWO_DOWN else chance.uniform(*kinds[kind])
            pick = lane if lane < WORKERS else chance.randrange(1 << 16)
            if at_s + lasts_s > seconds:
                break
            faults.append(Fault(round(at_s, 1), kind, round(lasts_s, 1), pick))
            at_s += lasts_s + chance.uniform(*rest)
    return sorted(faults)


def _fairly(kinds: list[Kind], chance: random.Random) -> Iterator[Kind]:
    """Yield kinds for ever, in random order, each as often as the others."""
    for _ in count():
        yield from chance.sample(kinds, len(kinds))


def by_kind(faults: Sequence[Fault]) -> Counter[str]:
    """Count faults by kind, those without any included."""
    return Counter({str(kind): 0 for kind in Kind} | Counter(str(fault.kind) for fault in faults))


def save(faults: Sequence[Fault], path: Path) -> None:
    """Write a schedule as JSON, a fault a line."""
    path.write_text("[\n" + ",\n".join(json.dumps(fault._asdict()) for fault in faults) + "\n]\n")


def load(path: Path) -> list[Fault]:
    """Read what :func:`save` wrote."""
    return [Fault(**{**entry, "kind": Kind(entry["kind"])}) for entry in json.loads(path.read_text())]

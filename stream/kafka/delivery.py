"""What a delivery mode promises, and how outcomes are parted when their topic calls some too large."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Protocol

from confluent_kafka import Consumer

from stream.messages.outgoing import Outgoing
from stream.messages.place import position

Published = Callable[[Sequence[Outgoing]], None]
"""Told which outcomes are published for good, their offsets committed."""


class RewindError(Exception):
    """Nothing of what remains of the batch is published: read it again from the first unpublished record.

    outcome_unknown: only the group's committed offsets tell whether it was published after all.
    """

    def __init__(self, text: str, *, outcome_unknown: bool = False) -> None:
        super().__init__(text)
        self.outcome_unknown = outcome_unknown


class TooLargeError(Exception):
    """Some outcomes do not fit into their topic. ``rows`` are their indices."""

    def __init__(self, rows: set[int]) -> None:
        super().__init__(f"{len(rows)} records too large")
        self.rows = rows


class Delivery(Protocol):
    """Publishes outcomes and commits the offsets of their records."""

    meanwhile: Callable[[], None]
    """Called while the broker has all outcomes and has not answered yet; does nothing unless it is set."""

    def open(self) -> None:
        """Get ready to publish. Raises BrokerError when the broker refuses."""

    def publish(self, outcomes: Sequence[Outgoing]) -> None:
        """Publish all outcomes, in order. Raises RewindError when they must be read again, BrokerError at the end."""

    def forget(self) -> None:
        """Drop offsets that are not committed yet: they belong to a topic that is no more."""

    def rejoin(self, consumer: Consumer) -> None:
        """Go on as the group's new member ``consumer``; the old one's partitions may have been others' meanwhile."""

    def serve(self) -> None:
        """Let the client handle its callbacks; called every turn."""

    def close(self) -> None:
        """Let go of the broker."""


def next_offsets(outcomes: Iterable[Outgoing]) -> dict[int, int]:
    """Return, for each partition, the offset after its last record in ``outcomes``."""
    return {partition: offset + 1 for partition, offset in (position(outcome.record) for outcome in outcomes)}


def part(outcomes: Sequence[Outgoing], suspects: set[int]) -> Iterator[Sequence[Outgoing]]:
    """Yield ``outcomes`` in order, each suspect row alone and the rows between them together."""
    start = 0
    for row in sorted(suspects):
        if start < row:
            yield outcomes[start:row]
        yield outcomes[row : row + 1]
        start = row + 1
    if start < len(outcomes):
        yield outcomes[start:]

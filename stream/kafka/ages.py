"""How old the oldest unpublished record of each partition is."""

import math
from collections import deque
from typing import NamedTuple


class _Read(NamedTuple):
    """Records of one partition that were handed out together."""

    next_offset: int
    """The offset after the last of them."""
    timestamp: int
    """Of the first, in milliseconds since the epoch; 0 if it had none."""


class Ages:
    """Remembers the timestamp of the first record of each poll, until all of that poll is published.

    So an age is exact before anything of a poll is published, and too high by what lies within the poll, at most,
    while a part of it is. A record's timestamp is its producer's word: one from the future is of age 0.
    """

    def __init__(self) -> None:
        self._read: dict[int, deque[_Read]] = {}
        self._behind_since: dict[int, float] = {}

    def note(self, partition: int, next_offset: int, timestamp: int) -> None:
        """Note that records of ``partition`` were handed out, the first of which has this timestamp."""
        self._read.setdefault(partition, deque()).append(_Read(next_offset, timestamp))

    def rewind(self, partition: int, published: int) -> None:
        """Note that everything from the offset ``published`` on will be handed out again."""
        waiting = self._waiting(partition, published)
        if waiting:
            first = _Read(published + 1, waiting[0].timestamp)
            waiting.clear()
            waiting.append(first)

    def forget(self, partition: int) -> None:
        """Forget a partition altogether."""
        self._read.pop(partition, None)
        self._behind_since.pop(partition, None)

    def age_s(self, partition: int, published: int, lag: int, now: float) -> float:
        """Return the age of the first record that is not published yet, in seconds; NaN if it has no timestamp.

        published: the next offset to publish; lag: records from there on; now: seconds since the epoch.
        Of a record that is not fetched yet it is the least that it can be: the time since the lag was first seen.
        """
        if lag <= 0:
            self._behind_since.pop(partition, None)
            return 0.0
        waiting = self._waiting(partition, published)
        if not waiting:
            return max(0.0, now - self._behind_since.setdefault(partition, now))
        self._behind_since[partition] = now  # of what lies behind these records nothing is known
        timestamp = waiting[0].timestamp
        return max(0.0, now - timestamp / 1000) if timestamp > 0 else math.nan

    def _waiting(self, partition: int, published: int) -> deque[_Read]:
        waiting = self._read.get(partition, deque())
        while waiting and waiting[0].next_offset <= published:
            waiting.popleft()
        return waiting

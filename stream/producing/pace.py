"""Keeping a rate: when the next record is due."""

from collections.abc import Callable

LARGEST_DEBT_S = 1.0
"""How far a stalled producer may fall behind and still catch up, in seconds; older debt is forgiven."""


class Pace:
    """Spreads records evenly over time.

    Each record is due at a fixed place on the clock, so errors of single waits do not add up. After a stall the
    records of at most LARGEST_DEBT_S follow at once: a broker that comes back is not hit by all that it missed.
    """

    def __init__(self, rate: float, clock: Callable[[], float]) -> None:
        """rate: records a second, above 0. clock: seconds, monotonic."""
        self._interval = 1.0 / rate
        self._clock = clock
        self._next: float | None = None

    def wait(self) -> float:
        """Return how long the next record still has to wait, in seconds; 0 when it is due."""
        now = self._clock()
        if self._next is None:
            self._next = now
        self._next = max(self._next, now - LARGEST_DEBT_S)
        return max(0.0, self._next - now)

    def sent(self) -> None:
        """Note that the record that was due has been sent."""
        if self._next is not None:
            self._next += self._interval

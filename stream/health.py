"""Is the worker alive, and is it ready: what the probes ask."""

from collections.abc import Callable
from threading import Event

_STUCK_S = 60.0


class Health:
    """Written by the worker's thread, read by the probes'.

    clock: seconds that only grow. The worker is alive while its loop turns and no partition stands still without
    reason; a broker that is away leaves it alive.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._last_turn = clock()
        self._warm = Event()
        self._joined = Event()
        self._stalled = ""

    def beat(self) -> None:
        """Note that the loop turns."""
        self._last_turn = self._clock()

    def stalls(self, line: str) -> None:
        """Note which partitions stand still (:mod:`stream.watchdog`); an empty line: none."""
        self._stalled = line

    def model_is_warm(self) -> None:
        """Note that the model is verified and has answered once."""
        self._warm.set()

    def group_is_joined(self) -> None:
        """Note that the group has given us our partitions, be they none."""
        self._joined.set()

    def group_is_left(self) -> None:
        """Note that the group counts us out for now."""
        self._joined.clear()

    def live(self) -> tuple[bool, str]:
        """Return whether the worker gets on with its work, and a line that says so."""
        age = self._clock() - self._last_turn
        turn = f"last turn {age:.1f} s ago"
        if self._stalled:
            return False, f"{self._stalled}; {turn}"
        return age < _STUCK_S, turn

    def ready(self) -> tuple[bool, str]:
        """Return whether tweets are being labelled, and a line that says what is missing."""
        if not self._warm.is_set():
            return False, "the model is not loaded yet"
        if not self._joined.is_set():
            return False, "the consumer group is not joined yet"
        return True, "ready"

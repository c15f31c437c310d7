"""A stop: asked for at any time, from anywhere, and bounded."""

from collections.abc import Callable

from stream.errors import BrokerError


class Stop:
    """Whether to stop, and how long the last work may still take.

    clock: seconds that only grow.
    """

    def __init__(self, timeout_s: float, clock: Callable[[], float]) -> None:
        self._timeout_s = timeout_s
        self._clock = clock
        self._begun_at: float | None = None
        self._asked = False

    def ask(self) -> None:
        """Ask for a stop; safe in a signal handler and in any thread."""
        # A plain flag: a lock that the interrupted thread holds would block a signal handler for ever.
        self._asked = True

    @property
    def is_asked(self) -> bool:
        """Whether :meth:`ask` was called."""
        return self._asked

    def begin(self) -> None:
        """Start the time that the last work may take, unless it runs already."""
        if self._begun_at is None:
            self._begun_at = self._clock()

    def elapsed_s(self) -> float:
        """Return the seconds since the last work began; 0 before."""
        return 0.0 if self._begun_at is None else self._clock() - self._begun_at

    def check(self) -> None:
        """Raise BrokerError once a stop has taken too long; called again and again while something is waited for."""
        if self._asked:
            self.begin()
        if self.elapsed_s() > self._timeout_s:
            raise BrokerError(
                f"the last batch was not labelled and taken by the broker within {self._timeout_s:g} s of the stop: it "
                "is not committed and the next worker labels it; raise WARBLE_KAFKA__SHUTDOWN_TIMEOUT_S to wait longer"
            )

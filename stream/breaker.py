"""Stop before a whole topic is drained into dead letters: a wrong format, or a producer that broke."""

from collections import Counter, deque
from collections.abc import Sequence

from model.errors import UsageError
from stream.messages.outgoing import Outgoing
from stream.messages.place import Place
from stream.messages.reasons import Reason
from stream.metrics import Metrics
from stream.settings import BreakerSettings

_MOST_REASONS = 3


class Breaker:
    """Trips once the last ``window`` published outcomes hold a larger share of dead letters than allowed.

    It judges after each batch, since a batch is committed as a whole, and never before the window is full.
    """

    def __init__(self, settings: BreakerSettings, metrics: Metrics) -> None:
        self._most = settings.max_dead_share
        self._window = settings.window
        self._share = metrics.dead_share
        self._recent: deque[Reason | None] = deque(maxlen=settings.window)
        self._last: Place | None = None

    def count(self, outcomes: Sequence[Outgoing]) -> None:
        """Take note of outcomes that are published for good, in their order."""
        self._recent.extend(outcome.reason for outcome in outcomes)
        dead = (outcome.record for outcome in reversed(outcomes) if outcome.reason is not None)
        last = next(dead, None)
        if last is not None:
            self._last = Place.of(last)

    def check(self) -> None:
        """Raise UsageError if too many of the last outcomes are dead letters."""
        reasons = Counter(reason for reason in self._recent if reason is not None)
        dead = reasons.total()
        if self._recent:
            self._share.set(dead / len(self._recent))
        if len(self._recent) < self._window or dead / self._window <= self._most:
            return
        listed = ", ".join(f"{reason} {number}" for reason, number in reasons.most_common(_MOST_REASONS))
        raise UsageError(
            f"{dead} of the last {self._window} records became dead letters, a larger share than "
            f"WARBLE_BREAKER__MAX_DEAD_SHARE={self._most:g} allows: {listed}; the last one came from {self._last}: "
            "look at them with 'warble dead list', then correct WARBLE_INPUT__FORMAT or the producer, or raise the "
            "share; everything published so far is committed"
        )

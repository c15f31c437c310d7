"""What the demo has seen come out: counts, rates, latencies, the newest tweets."""

from collections import Counter, deque
from collections.abc import Callable
from statistics import quantiles
from typing import NamedTuple

WINDOW_S = 5.0
"""How much of the past the rate looks at, in seconds."""
_LATENCIES = 1_000
_KEPT = 200


class Labelled(NamedTuple):
    """A labelled tweet."""

    label: str
    score: float
    text: str


class Dead(NamedTuple):
    """A dead letter."""

    reason: str
    detail: str


class Tally:
    """Counts what is read back from the output and dead-letter topics.

    clock: seconds, monotonic.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._recent: deque[float] = deque()
        self._latencies_ms: deque[float] = deque(maxlen=_LATENCIES)
        self.started: float | None = None
        """When the first labelled tweet came."""
        self.labels: Counter[str] = Counter()
        self.reasons: Counter[str] = Counter()
        self.newest: deque[Labelled] = deque(maxlen=_KEPT)
        self.newest_dead: deque[Dead] = deque(maxlen=_KEPT)

    def add_labelled(self, tweet: Labelled, latency_ms: float) -> None:
        """Take a result. latency_ms: since the tweet's own timestamp."""
        now = self._clock()
        if self.started is None:
            self.started = now
        self._recent.append(now)
        self._latencies_ms.append(latency_ms)
        self.labels[tweet.label] += 1
        self.newest.append(tweet)

    def add_dead(self, letter: Dead) -> None:
        """Take a dead letter."""
        self.reasons[letter.reason] += 1
        self.newest_dead.append(letter)

    @property
    def labelled(self) -> int:
        """How many tweets were labelled."""
        return self.labels.total()

    @property
    def dead(self) -> int:
        """How many records were dead-lettered."""
        return self.reasons.total()

    def elapsed(self) -> float:
        """Return the seconds since the first labelled tweet; 0 before it."""
        return 0.0 if self.started is None else self._clock() - self.started

    def rate(self) -> float:
        """Return the labelled tweets a second over the last WINDOW_S seconds."""
        now = self._clock()
        while self._recent and self._recent[0] < now - WINDOW_S:
            self._recent.popleft()
        # In the first moments a short span would make a large rate of a handful of tweets.
        return len(self._recent) / min(WINDOW_S, max(1.0, self.elapsed()))

    def latency_ms(self) -> tuple[float, float] | None:
        """Return the median and the 95th percentile of the newest latencies; None before there are two."""
        if len(self._latencies_ms) <= 1:
            return None
        cuts = quantiles(self._latencies_ms, n=20, method="inclusive")
        return cuts[9], cuts[18]

    def shares(self, labels: tuple[str, ...]) -> dict[str, float]:
        """Return each label's share of what was labelled, in the order of ``labels``; zeros before the first."""
        total = max(1, self.labelled)
        return {label: self.labels[label] / total for label in labels}

"""Go back to the first unpublished record, where the broker gave a batch back."""

import time
from collections.abc import Callable, Sequence

from stream.batching import Batcher
from stream.kafka.delivery import RewindError
from stream.kafka.source import Source
from stream.logs import get_logger
from stream.messages.outgoing import Outgoing
from stream.messages.place import position
from stream.metrics import Metrics
from stream.predictor import Predictor
from stream.stopping import Stop

_SLICE_S = 0.002
_SHORTEST_BACKOFF_S = 0.05
_LONGEST_BACKOFF_S = 5.0
_MOST_DOUBLINGS = 10


class Rewinder:
    """Throws away everything that is read and unpublished, to be read again.

    pulse: called while the broker is waited for. clock: seconds that only grow; pause: lets some of them pass.
    """

    def __init__(
        self,
        source: Source,
        batcher: Batcher,
        predictor: Predictor,
        metrics: Metrics,
        *,
        stop: Stop,
        pulse: Callable[[], None],
        clock: Callable[[], float],
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._source = source
        self._batcher = batcher
        self._predictor = predictor
        self._discarded = metrics.discarded.labels("rewound")
        self._stop = stop
        self._pulse = pulse
        self._clock = clock
        self._pause = pause
        self._failures = 0

    def succeeded(self) -> None:
        """Be as impatient again as at first."""
        self._failures = 0

    def rewind(self, error: RewindError, outcomes: Sequence[Outgoing]) -> None:
        """Go back, and wait a while: ever longer while it keeps failing, and not once a stop is asked for.

        outcomes: the batch that came back, some of which may be published.
        """
        published = self._source.published()
        places = (position(outcome.record) for outcome in outcomes)
        unpublished = sum(offset >= published.get(partition, 0) for partition, offset in places)
        self._discarded.inc(unpublished + self._batcher.discard() + self._predictor.abandon())
        self._source.rewind(self._pulse, ask_broker=error.outcome_unknown)
        backoff_s = min(_LONGEST_BACKOFF_S, _SHORTEST_BACKOFF_S * 2**self._failures)
        self._failures = min(self._failures + 1, _MOST_DOUBLINGS)
        get_logger().warning("rewound", detail=str(error), backoff_s=backoff_s)
        until = self._clock() + backoff_s
        while self._clock() < until and not self._stop.is_asked:
            self._pause(_SLICE_S)

"""Publish predicted batches, and tell all who must know what became of them."""

from collections.abc import Callable, Sequence

from model.errors import UsageError
from stream.breaker import Breaker
from stream.kafka.connect import Complaints
from stream.kafka.delivery import Delivery, Published, RewindError, next_offsets
from stream.kafka.source import Source
from stream.lookout import Lookout
from stream.messages.outgoing import Outgoing
from stream.metrics import Metrics
from stream.outcomes import Outcomes
from stream.predictor import Predicted
from stream.rewinding import Rewinder
from stream.settings import Settings
from stream.stopping import Stop
from stream.tracing.trace import publishing


class Publisher:
    """Hands the outcomes of a batch to the delivery, which publishes and commits them, or gives them back.

    make: makes the delivery; what it is given is to be told of outcomes that are published for good.
    """

    def __init__(
        self,
        settings: Settings,
        make: Callable[[Published], Delivery],
        outcomes: Outcomes,
        *,
        source: Source,
        rewinder: Rewinder,
        lookout: Lookout,
        complaints: Complaints,
        metrics: Metrics,
        stop: Stop,
    ) -> None:
        self._outcomes = outcomes
        self._source = source
        self._rewinder = rewinder
        self._lookout = lookout
        self._complaints = complaints
        self._stop = stop
        self._breaker = Breaker(settings.breaker, metrics)
        self.delivery = make(self._published)

    def publish(self, predicted: Predicted) -> None:
        """Publish a batch, or go back to its first unpublished record.

        Raises BrokerError for what cannot heal, UsageError once too many records have become dead letters.
        """
        with publishing(predicted.batch.trace):
            self._publish(predicted)

    def _publish(self, predicted: Predicted) -> None:
        outcomes = self._outcomes.of(predicted)
        if not outcomes:
            return
        trace = predicted.batch.trace
        if trace is not None:
            for outcome in outcomes:
                outcome.traceparent = trace.traceparent
        try:
            self.delivery.publish(outcomes)
        except RewindError as error:
            if trace is not None:
                trace.taken_back(error)
            self._rewinder.rewind(error, outcomes)
            self._lookout.excuse()
        else:
            self._rewinder.succeeded()
            self._outcomes.distributions.observe(predicted)
            self._judge()

    def _judge(self) -> None:
        try:
            self._breaker.check()
        except UsageError:
            self._stop.begin()
            self.delivery.close()  # commits what was put off
            raise

    def _published(self, outcomes: Sequence[Outgoing]) -> None:
        self._complaints.forget()
        self._source.mark_published(next_offsets(outcomes))
        self._outcomes.count(outcomes)
        self._breaker.count(outcomes)

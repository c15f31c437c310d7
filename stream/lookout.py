"""Watch how the worker gets on: readiness, lag, partitions that stand still, a topic that is no longer the same."""

from collections.abc import Callable

from stream.health import Health
from stream.kafka.questions import Questions
from stream.kafka.source import Source
from stream.kafka.topics import Topics
from stream.metrics import Metrics
from stream.settings import Settings
from stream.watchdog import Watchdog

_LAG_EVERY_S = 1.0


class Lookout:
    """Asks the broker without waiting for it, and tells probes and metrics.

    clock: seconds that only grow.
    """

    def __init__(
        self, settings: Settings, source: Source, *, health: Health, metrics: Metrics, clock: Callable[[], float]
    ) -> None:
        self._source = source
        self._health = health
        self._clock = clock
        self._lag_due = clock()
        topic = settings.kafka.input_topic
        self._questions = questions = Questions(settings.kafka)
        self._topics = Topics(settings.kafka, questions.identities, clock)
        self._watchdog = Watchdog(
            topic, settings.http.stalled_after_s, questions.lags, health=health, metrics=metrics, clock=clock
        )

    def look(self) -> float | None:
        """Look around, every turn; return None, or once the topic was created anew the time at which it still was not.

        Raises BrokerError once a topic has been missing for a while.
        """
        if self._source.joined:
            self._health.group_is_joined()
        if self._clock() >= self._lag_due:
            self._lag_due = self._clock() + _LAG_EVERY_S
            self._source.update_lag()
        self._watchdog.check(self._source.reached)
        self._topics.check()
        return self._topics.replaced_after()

    def glance(self) -> None:
        """Look whether the topics are still there, while the broker is waited for. Raises BrokerError as above."""
        self._topics.check()

    def close(self) -> None:
        """Leave no question open."""
        self._questions.close()

    def excuse(self) -> None:
        """Blame no partition for the time so far."""
        self._watchdog.excuse()

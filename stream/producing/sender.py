"""Handing records to Kafka and counting what the broker acknowledged."""

from collections import Counter
from collections.abc import Callable
from functools import partial

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from stream.producing.records import Record

NAMED_FAILURES = 5
"""How many failures are kept by name; all are counted."""

# What the broker refuses once it refuses for every record that follows.
_REFUSALS = frozenset(
    {
        KafkaError.CLUSTER_AUTHORIZATION_FAILED,
        KafkaError.TOPIC_AUTHORIZATION_FAILED,
        KafkaError.UNKNOWN_TOPIC_OR_PART,
        KafkaError._FATAL,  # noqa: SLF001 -- librdkafka's local errors are named like this
        KafkaError._UNKNOWN_PARTITION,  # noqa: SLF001
        KafkaError._UNKNOWN_TOPIC,  # noqa: SLF001
    }
)


class Sender:
    """Sends records to one topic; what fails is counted by its error and the first failures are named."""

    def __init__(self, producer: Producer, topic: str) -> None:
        self._producer = producer
        self._topic = topic
        self.sent = 0
        self.acknowledged = 0
        self.failures: Counter[str] = Counter()
        self.named: list[str] = []
        self.refused = False

    @property
    def failed(self) -> int:
        """How many records the broker did not acknowledge for good."""
        return self.failures.total()

    @property
    def pending(self) -> int:
        """How many records still wait for the broker's word."""
        return self.sent - self.acknowledged - self.failed

    def offer(self, record: Record) -> bool:
        """Hand over one record; False when the queue is full: poll, then offer it again."""
        try:
            self._producer.produce(
                self._topic, record.value, record.key, on_delivery=partial(self._delivered, record.place)
            )
        except BufferError:
            return False
        except KafkaException as error:
            self.sent += 1
            self._fail(record.place, error.args[0])
            return True
        self.sent += 1
        return True

    def poll(self, timeout: float) -> None:
        """Take the broker's answers, waiting up to ``timeout`` seconds for the first."""
        self._producer.poll(timeout)

    def finish(self, *, deadline: float, clock: Callable[[], float], tick: Callable[[], None]) -> None:
        """Wait for every answer until ``deadline`` on ``clock``; what is still pending then is given up and named.

        tick: called about ten times a second while it waits.
        """
        while self.pending and clock() < deadline:
            self._producer.flush(0.1)
            tick()
        if self.pending:
            self._producer.purge()
            self._producer.flush(1.0)

    def _delivered(self, place: str, error: KafkaError | None, _message: Message) -> None:
        if error is None:
            self.acknowledged += 1
        else:
            self._fail(place, error)

    def _fail(self, place: str, error: KafkaError) -> None:
        self.failures[error.name()] += 1
        self.refused = self.refused or error.fatal() or error.code() in _REFUSALS
        if len(self.named) < NAMED_FAILURES:
            self.named.append(f"{place}: {error.str()}")

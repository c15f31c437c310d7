"""Hand outcomes to the Kafka client, and find out which of them their topic calls too large."""

import contextlib
import functools
from collections.abc import Callable, Mapping, Sequence

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from stream.errors import BrokerError
from stream.kafka.connect import Complaints, refused_properties
from stream.kafka.errors import final, kafka_error, refusal
from stream.kafka.late import LateRequests
from stream.kafka.limits import record_bytes
from stream.kafka.properties import Properties, producer_properties
from stream.logs import get_logger
from stream.messages.outgoing import Outgoing
from stream.messages.place import Place
from stream.settings import KafkaSettings

Pulse = Callable[[], None]
"""Called at least once a second while waiting for the broker; raises to end the wait."""

_SLICE_S = 1.0
_PLAIN_OVERHEAD = 128
"""More than a record without headers needs beside its key and value: a quick way past the exact size."""


def shrink(outcome: Outgoing, detail: str) -> None:
    """Turn an outcome that is too large into the next smaller one. Raises BrokerError when there is none."""
    source = Place.of(outcome.record)
    if not outcome.shrink(detail):
        raise BrokerError(
            f"the dead-letter topic refuses even an empty record for {source} ({detail}): raise its max.message.bytes"
        )
    get_logger().warning("too_large", source=str(source), detail=detail, left_out=outcome.cut or "the result")


class Sender:
    """Produces outcomes to their topics and remembers which of them the broker did not take."""

    def __init__(
        self,
        kafka: KafkaSettings,
        properties: Properties,
        complaints: Complaints,
        *,
        limits: Mapping[str, int],
        pulse: Pulse,
    ) -> None:
        self._topics = (kafka.output_topic, kafka.dead_letter_topic)
        # What a compressed record will weigh only the broker can tell.
        self._limits = {} if {"compression.type", "compression.codec"} & kafka.properties.keys() else limits
        self._pulse = pulse
        self._failed: list[tuple[int, KafkaError]] = []
        self._notes: list[Callable[[KafkaError | None, Message], None]] = []  # what is told of each row's delivery
        self.late = LateRequests()
        try:
            self.producer = Producer(
                {**properties, "delivery.report.only.error": True, "error_cb": complaints}, logger=self.late
            )
        except KafkaException as exception:
            raise refused_properties(exception) from None

    def serve(self, timeout_s: float = 0) -> None:
        """Let the client call back, waiting at most ``timeout_s`` seconds. Raises BrokerError if it was fenced."""
        try:
            self.producer.poll(timeout_s)
        except KafkaException as exception:
            raise refusal(kafka_error(exception), "while publishing") from None

    def close(self) -> None:
        """Let go of the broker; one that fenced the producer says so again, to nobody's use."""
        with contextlib.suppress(KafkaException):
            self.producer.close()

    def send(self, outcomes: Sequence[Outgoing]) -> None:
        """Hand all outcomes to the producer. What is too large for a known limit shrinks here and now."""
        self._failed.clear()
        self._notes += (functools.partial(_note, self._failed, row) for row in range(len(self._notes), len(outcomes)))
        for row, outcome in enumerate(outcomes):
            while not self._produce(row, outcome):
                self._pulse()

    def failures(self) -> list[tuple[int, KafkaError]]:
        """Return the rows of the last :meth:`send` that the broker refused so far, with its errors.

        Raises BrokerError for an error that cannot heal. Records purged by an abort are no failures.
        """
        self.serve()
        purged = (KafkaError._PURGE_QUEUE, KafkaError._PURGE_INFLIGHT)  # noqa: SLF001 -- the library's public names
        failures = [(row, error) for row, error in self._failed if error.code() not in purged]
        for _, error in failures:
            answer = final(error, "while publishing")
            if answer is not None:
                raise answer
        return failures

    def too_large(self) -> set[int]:
        """Return the rows of the last :meth:`send` that the broker called too large."""
        return {row for row, error in self.failures() if error.code() == KafkaError.MSG_SIZE_TOO_LARGE}

    def _produce(self, row: int, outcome: Outgoing) -> bool:
        """Hand over one outcome; False when it must be tried again, smaller or once there is room."""
        topic = self._topics[0] if outcome.result is not None else self._topics[1]
        key, value, headers, timestamp = outcome.fields()
        limit = self._limits.get(topic)
        if limit is not None and (headers or len(value or b"") + len(key or b"") > limit - _PLAIN_OVERHEAD):
            size = record_bytes(key, value, headers)
            if size > limit:
                shrink(outcome, f"{size} bytes, topic '{topic}' takes {limit}")
                return False
        try:
            # By position, which takes two thirds of the time: topic, value, key, partition, two names of the callback,
            # timestamp, headers.
            self.producer.produce(topic, value, key, -1, self._notes[row], None, timestamp, headers)
        except BufferError:
            self.serve(_SLICE_S / 10)
            return False
        except KafkaException as exception:
            error = kafka_error(exception)
            if error.code() != KafkaError.MSG_SIZE_TOO_LARGE:
                raise
            shrink(outcome, error.str())
            return False
        return True


# No method: a sender that its own callbacks hold would keep its producer, threads and all, long after it was replaced.
def _note(failed: list[tuple[int, KafkaError]], row: int, error: KafkaError | None, _: Message) -> None:
    if error is not None:
        failed.append((row, error))


class Senders:
    """Makes the senders of one worker, each with a producer of its own.

    limits: ``max.message.bytes`` of each topic, empty if unknown. transactional_id: for producers with transactions.
    """

    def __init__(
        self,
        kafka: KafkaSettings,
        complaints: Complaints,
        *,
        limits: Mapping[str, int],
        pulse: Pulse,
        transactional_id: str | None = None,
    ) -> None:
        self._kafka = kafka
        self._complaints = complaints
        self._limits = limits
        self._pulse = pulse
        self._transactional_id = transactional_id
        self.knows_limits = bool(limits)
        self.singly = False
        """Whether every record travels alone."""

    def make(self) -> Sender:
        """Return a new sender. Raises UsageError for properties that the client does not take."""
        properties = producer_properties(
            self._kafka,
            transactional_id=self._transactional_id,
            limits=self._limits.values(),
            singly=self.singly,
        )
        return Sender(self._kafka, properties, self._complaints, limits=self._limits, pulse=self._pulse)

    def make_singly(self) -> Sender:
        """Return a sender of one record at a time, as all will be from now on.

        For topics of unknown limits: what one of them refuses is then too large by itself.
        """
        get_logger().warning(
            "sending_singly",
            detail="a topic refused records and its max.message.bytes is unknown",
            hint="allow this user DescribeConfigs on the output and the dead-letter topic and start again",
        )
        self.singly = True
        return self.make()

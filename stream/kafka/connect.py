"""Find out at start whether the broker answers and the topics exist."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from confluent_kafka import Consumer, KafkaError, KafkaException
from confluent_kafka.admin import ClusterMetadata

from model.errors import UsageError
from stream.errors import BrokerError
from stream.kafka.errors import final, kafka_error
from stream.kafka.properties import Properties, is_embedded
from stream.logs import get_logger, kafka_logger
from stream.settings import KafkaSettings

_SLICE_S = 1.0


@dataclass
class Complaints:
    """Listens to what a Kafka client reports by itself: logged once per kind until the connection is back."""

    client: str
    last: KafkaError | None = None
    """The latest report, unless an earlier one said more of the cause."""
    _told: set[str] = field(default_factory=set)

    def __call__(self, error: KafkaError) -> None:
        """Take one report (librdkafka's ``error_cb``)."""
        if self.last is None or _weight(error) >= _weight(self.last):
            self.last = error
        if error.name() not in self._told:
            self._told.add(error.name())
            get_logger().warning("kafka_client", client=self.client, error=error.name(), detail=error.str())

    def forget(self) -> None:
        """Start anew after a success, so that the next outage is told again."""
        self.last = None
        self._told.clear()


def _weight(error: KafkaError) -> int:
    """How much a report says of the cause: a refused login comes with a lost connection and "all brokers are down"."""
    if final(error, "") is not None:
        return 2
    return 0 if error.code() == KafkaError._ALL_BROKERS_DOWN else 1  # noqa: SLF001 -- the library's public name


def make_consumer(properties: Properties, complaints: Complaints) -> Consumer:
    """Return a consumer whose logs and errors go to ours. Raises UsageError for properties it does not take."""
    try:
        return Consumer({**properties, "error_cb": complaints}, logger=kafka_logger())
    except KafkaException as exception:
        raise refused_properties(exception) from None


def refused_properties(exception: KafkaException) -> UsageError:
    """Return the error for a Kafka client that could not be made from the operator's properties."""
    return UsageError(
        f"the Kafka client refused its properties: {kafka_error(exception).str()}: correct WARBLE_KAFKA__PROPERTIES"
    )


def require_topics(
    consumer: Consumer,
    topics: Sequence[str],
    kafka: KafkaSettings,
    complaints: Complaints,
    pulse: Callable[[], None] = lambda: None,
    clock: Callable[[], float] = time.monotonic,
) -> str | None:
    """Wait for a broker's first answer, make sure that the topics are there and return the cluster's id.

    A consumer asks, because its metadata requests never create a topic. ``pulse`` is called about once a second.
    Raises BrokerError when no broker answers within ``connect_timeout_s``, when login or permission fails or when a
    topic is missing.
    """
    deadline = clock() + kafka.connect_timeout_s
    cluster_id = None
    for topic in topics:
        while (metadata := _ask(consumer, topic, complaints)) is None:
            pulse()
            if clock() >= deadline:
                heard = f" (last heard: {complaints.last.str()})" if complaints.last is not None else ""
                raise BrokerError(
                    f"no broker answered at {kafka.bootstrap_servers} within {kafka.connect_timeout_s:g} s{heard}: "
                    "check WARBLE_KAFKA__BOOTSTRAP_SERVERS and, where the broker wants TLS or a login, "
                    "security.protocol in WARBLE_KAFKA__PROPERTIES; 'make broker' starts one"
                )
        cluster_id = metadata.cluster_id
    complaints.forget()
    return cluster_id


def require_transactions(cluster_id: str | None, kafka: KafkaSettings) -> None:
    """Raise UsageError for a cluster that keeps no transactions: the embedded broker."""
    if is_embedded(cluster_id):
        raise UsageError(
            f"exactly-once needs a real Kafka, {kafka.bootstrap_servers} is the embedded broker, which keeps no "
            "transactions: set WARBLE_KAFKA__DELIVERY=at-least-once, or point at a real one ('make broker')"
        )


def _ask(consumer: Consumer, topic: str, complaints: Complaints) -> ClusterMetadata | None:
    try:
        metadata: ClusterMetadata = consumer.list_topics(topic, timeout=_SLICE_S)
    except KafkaException as exception:
        consumer.poll(0)  # serves the error callback, which knows why nobody answers
        _refuse(kafka_error(exception), topic)
        if complaints.last is not None:
            _refuse(complaints.last, topic)
        return None
    error = metadata.topics[topic].error if topic in metadata.topics else None
    if error is None:
        return metadata
    _refuse(error, topic)
    return None


def _refuse(error: KafkaError, topic: str) -> None:
    answer = final(error, f"while asking for topic '{topic}'")
    if answer is not None:
        raise answer

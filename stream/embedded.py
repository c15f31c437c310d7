"""The embedded broker: librdkafka's own mock cluster, for trying things out without Kafka."""

from collections.abc import Iterable
from types import TracebackType
from typing import Self

from confluent_kafka import Producer

from stream.logs import kafka_logger

PARTITIONS = 4
"""Partitions of each topic; the mock cluster gives no choice."""
_ANSWER_S = 10.0

CAVEAT = (
    "It speaks Kafka's protocol but keeps its topics in memory, at most 5 MiB a partition, and knows no transactions: "
    "at-least-once only, forgetful, never a proof. A real one: make broker"
)
"""What must be said wherever it starts."""


class EmbeddedBroker:
    """A broker inside this process, on a free port of 127.0.0.1; gone when the block ends.

    The port cannot be chosen: librdkafka's mock cluster always takes a free one.
    """

    bootstrap: str
    """HOST:PORT for ``bootstrap.servers``."""

    def __init__(self, topics: Iterable[str] = ()) -> None:
        self._topics = tuple(topics)
        self._owner: Producer | None = None

    def __enter__(self) -> Self:
        """Start it and create the topics."""
        # The mock cluster belongs to a client and lives as long as it; what that client is does not matter.
        self._owner = Producer({"test.mock.num.brokers": 1, "log_level": 3}, logger=kafka_logger())
        brokers = self._owner.list_topics(timeout=_ANSWER_S).brokers.values()
        self.bootstrap = ",".join(f"{broker.host}:{broker.port}" for broker in brokers)
        for topic in self._topics:
            # Asking a mock cluster for a topic creates it; it has no admin calls.
            self._owner.list_topics(topic, timeout=_ANSWER_S)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop it; everything in it is gone."""
        self._owner = None

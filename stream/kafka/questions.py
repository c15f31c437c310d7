"""Ask the broker, without waiting for it, how the topics stand."""

from collections.abc import Iterable, Mapping
from concurrent.futures import Future, wait
from functools import cached_property
from threading import Thread
from typing import Any, Protocol

from confluent_kafka import Consumer, IsolationLevel, KafkaError, KafkaException, TopicCollection, TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec

from stream.kafka.errors import kafka_error
from stream.kafka.properties import client_properties
from stream.logs import kafka_logger
from stream.settings import KafkaSettings

_ANSWER_S = 5.0
_MARGIN_S = 1.0

_NO_ID = "AAAAAAAAAAAAAAAAAAAAAA"
"""All zeros."""
MISSING = ""
"""The id of a topic that does not exist."""


class Lags(Protocol):
    """How far partitions are behind, as soon as the broker has said it."""

    def are_here(self) -> bool:
        """Whether the broker has answered, or the time for it is over."""

    def of(self, partition: int, reached: int | None) -> int | None:
        """Return how many offsets lie between ``reached`` and the partition's end; None if the broker did not answer.

        reached: None stands for what the group has committed.
        """


class Identities(Protocol):
    """Which topics go by the names in the settings, as soon as the broker has said it."""

    def are_here(self) -> bool:
        """Whether the broker has answered, or the time for it is over."""

    def id_of(self, topic: str) -> str | None:
        """Return a topic's id, ``MISSING``, or None if the broker did not answer or knows no ids (before 2.8)."""


class Questions:
    """Asks about the topics. With clients of its own: the consumer is only served while it is polled."""

    def __init__(self, kafka: KafkaSettings) -> None:
        self._kafka = kafka
        self._topic = kafka.input_topic
        self._open: list[Future[Any]] = []

    def close(self) -> None:
        """Wait for the answers that are still to come, or for their time to be over.

        The client's own thread brings them: one that comes while Python shuts down would bring the process down.
        """
        wait(self._open, _ANSWER_S + _MARGIN_S)

    def lags(self, partitions: Iterable[int]) -> Lags:
        """Ask the leader of each partition for its end, and the group's coordinator for its offsets.

        Both must answer for a worker to move on. The ends are those that a reader of committed records can reach, so
        that a transaction which a producer leaves open is no lag. The ends that the consumer knows would not do: they
        are only fresh while it fetches.
        """
        places = [TopicPartition(self._topic, partition) for partition in partitions]
        ends = self._client.list_offsets(
            {place: OffsetSpec.latest() for place in places},  # type: ignore[no-untyped-call]
            isolation_level=IsolationLevel.READ_COMMITTED,
            request_timeout=_ANSWER_S,
        )
        self._note(ends.values())
        return _Lags({place.partition: end for place, end in ends.items()}, self._committed(places))

    def _committed(self, places: list[TopicPartition]) -> "Future[list[TopicPartition]]":
        """Ask the coordinator through a consumer that never joins the group.

        librdkafka's ``list_consumer_group_offsets`` may abort the process when a coordinator goes away (its issues 3663
        and 5397).
        """
        answer: Future[list[TopicPartition]] = Future()
        self._note([answer])

        def ask() -> None:
            try:
                answer.set_result(self._onlooker.committed(places, timeout=_ANSWER_S))
            except KafkaException as exception:
                answer.set_exception(exception)

        Thread(target=ask, name="questions", daemon=True).start()
        return answer

    def identities(self) -> Identities:
        """Ask for the ids that the cluster gave the topics when they were created (KIP-516)."""
        topics = [self._topic, self._kafka.output_topic, self._kafka.dead_letter_topic]
        described = self._client.describe_topics(TopicCollection(topics), request_timeout=_ANSWER_S)
        self._note(described.values())
        return _Identities(described)

    def _note(self, asked: "Iterable[Future[Any]]") -> None:
        self._open = [question for question in self._open if not question.done()]
        self._open += asked

    @cached_property
    def _client(self) -> AdminClient:
        return AdminClient(client_properties(self._kafka), logger=kafka_logger())

    @cached_property
    def _onlooker(self) -> Consumer:
        # What is committed counts even while the worker has a transaction open that will change it.
        properties = {"group.id": self._kafka.group_id, "isolation.level": "read_uncommitted"}
        return Consumer(client_properties(self._kafka) | properties, logger=kafka_logger())


class _Lags:
    def __init__(self, ends: Mapping[int, "Future[Any]"], committed: "Future[list[TopicPartition]]") -> None:
        self._ends = ends
        self._committed = committed

    def are_here(self) -> bool:
        return self._committed.done() and all(end.done() for end in self._ends.values())

    def of(self, partition: int, reached: int | None) -> int | None:
        try:
            end: int = self._ends[partition].result(0).offset
            held = self._committed.result(0)
        except KafkaException:
            return None
        if reached is None:
            reached = max(0, next((place.offset for place in held if place.partition == partition), 0))
        return max(0, end - reached)


class _Identities:
    def __init__(self, described: Mapping[str, "Future[Any]"]) -> None:
        self._described = described

    def are_here(self) -> bool:
        return all(future.done() for future in self._described.values())

    def id_of(self, topic: str) -> str | None:
        try:
            described = str(self._described[topic].result(0).topic_id)
        except KafkaException as exception:
            return MISSING if kafka_error(exception).code() == KafkaError.UNKNOWN_TOPIC_OR_PART else None
        return None if described == _NO_ID else described

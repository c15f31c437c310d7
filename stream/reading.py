"""Reading a topic without joining a group: what ``tail`` and ``dead`` look through leaves no trace on the broker."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from stream.errors import BrokerError
from stream.kafka.connect import Complaints, make_consumer, require_topics
from stream.kafka.errors import final, kafka_error
from stream.kafka.properties import consumer_properties
from stream.messages.place import position
from stream.settings import KafkaSettings

_T = TypeVar("_T")

# What a broker says that has only just started, or that hands a group or a partition over.
_ON_ITS_WAY = frozenset(
    {
        KafkaError.COORDINATOR_LOAD_IN_PROGRESS,
        KafkaError.COORDINATOR_NOT_AVAILABLE,
        KafkaError.LEADER_NOT_AVAILABLE,
        KafkaError.NOT_COORDINATOR,
        KafkaError.NOT_LEADER_FOR_PARTITION,
        KafkaError.UNSTABLE_OFFSET_COMMIT,
    }
)

ANSWER_S = 10.0
"""How long one question to the broker may take, in seconds."""
_SLICE_S = 0.2
_AT_ONCE = 500


@contextmanager
def opened(kafka: KafkaSettings, group_id: str, topics: Sequence[str]) -> Iterator[Consumer]:
    """Give a consumer of committed records on a broker that answers and has ``topics``; it joins no group.

    Raises BrokerError (see :func:`stream.kafka.connect.require_topics`).
    """
    complaints = Complaints("reader")
    consumer = make_consumer(consumer_properties(kafka, group_id), complaints)
    try:
        require_topics(consumer, topics, kafka, complaints)
        yield consumer
    finally:
        consumer.close()


def ends(consumer: Consumer, topic: str) -> dict[int, tuple[int, int]]:
    """Return each partition's first and next offset, as the broker knows them now.

    Raises BrokerError when it does not answer.
    """
    partitions = _ask(lambda: sorted(consumer.list_topics(topic, timeout=ANSWER_S).topics[topic].partitions))
    return {partition: _watermarks(consumer, TopicPartition(topic, partition)) for partition in partitions}


def _watermarks(consumer: Consumer, partition: TopicPartition) -> tuple[int, int]:
    return _ask(lambda: consumer.get_watermark_offsets(partition, timeout=ANSWER_S))


def committed(consumer: Consumer, topic: str, partitions: Sequence[int]) -> dict[int, int]:
    """Return the offset that the consumer's group has committed for each partition, -1 where there is none.

    Raises BrokerError when the broker does not answer.
    """
    asked = [TopicPartition(topic, partition) for partition in partitions]
    answers = _ask(lambda: consumer.committed(asked, timeout=ANSWER_S))
    return {answer.partition: max(answer.offset, -1) for answer in answers}


def follow(consumer: Consumer) -> Iterator[list[Message]]:
    """Yield for ever what arrives on the assigned partitions, in batches that are empty while nothing comes.

    Raises BrokerError for what cannot heal by itself.
    """
    while True:
        yield [message for message in _consume(consumer) if message.error() is None]


def until_end(
    consumer: Consumer,
    topic: str,
    spans: dict[int, tuple[int, int]],
    *,
    patience_s: float,
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[list[Message]]:
    """Yield the records of ``topic`` in ``spans`` (partition -> first offset, offset to stop before), in batches.

    A partition ends there or where the broker says that it ends: behind the last record there
    may be control markers, which no reader gets to see.
    Raises BrokerError for what cannot heal by itself, and when nothing comes for ``patience_s`` seconds.
    """
    open_partitions = {partition for partition, (start, end) in spans.items() if start < end}
    consumer.assign([TopicPartition(topic, partition, spans[partition][0]) for partition in sorted(open_partitions)])
    heard = clock()
    while open_partitions:
        found: list[Message] = []
        messages = _consume(consumer)
        for message in messages:
            partition, offset = position(message)
            end = spans[partition][1]
            if message.error() is None and offset < end:
                found.append(message)
            if message.error() is not None or offset + 1 >= end:
                open_partitions.discard(partition)
        if messages:
            heard = clock()
        elif clock() - heard > patience_s:
            raise BrokerError(f"the broker stopped answering: nothing from topic '{topic}' for {patience_s:g} s")
        if found:
            yield found
    consumer.unassign()


def _consume(consumer: Consumer) -> list[Message]:
    """Return records and partition ends; other news is transient, or raised."""
    first = consumer.poll(_SLICE_S)
    if first is None:
        return []
    kept = []
    # consume() alone would wait for its number or its time, and hold back what is there.
    for message in [first, *consumer.consume(_AT_ONCE - 1, timeout=0)]:
        error = message.error()
        if error is None or error.code() == KafkaError._PARTITION_EOF:  # noqa: SLF001 -- the library's public name
            kept.append(message)
        elif error.code() == KafkaError._AUTO_OFFSET_RESET:  # noqa: SLF001
            raise BrokerError(
                f"topic '{message.topic()}' was cut while it was read ({error.str()}): run the command again"
            )
        elif (answer := final(error, "while reading")) is not None:
            raise answer
    return kept


def _ask(question: Callable[[], _T], clock: Callable[[], float] = time.monotonic) -> _T:
    deadline = clock() + ANSWER_S
    while True:
        try:
            return question()
        except KafkaException as exception:
            error = kafka_error(exception)
            answer = final(error, "while reading")
            if answer is None and error.code() in _ON_ITS_WAY and clock() < deadline:
                continue
            raise answer or BrokerError(f"the broker does not answer: {error.str()} ({error.name()})") from None

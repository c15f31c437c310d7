"""A real Apache Kafka for tests: started as a user starts it, and read to the last record."""

import subprocess
import sys
import time
import uuid
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal, NamedTuple

from confluent_kafka import (
    OFFSET_BEGINNING,
    Consumer,
    ConsumerGroupTopicPartitions,
    KafkaError,
    KafkaException,
    Message,
    Producer,
    TopicPartition,
)
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

SCRIPT = Path(__file__).parents[2] / "deploy" / "kafka" / "broker.py"
READ_TIMEOUT = 60.0
"""Seconds without a record until a topic that is not at its end fails the test."""

_COORDINATOR_ON_ITS_WAY = {
    KafkaError.COORDINATOR_LOAD_IN_PROGRESS,
    KafkaError.COORDINATOR_NOT_AVAILABLE,
    KafkaError.NOT_COORDINATOR,
    KafkaError._TIMED_OUT,  # noqa: SLF001 - its public name
}

Isolation = Literal["read_committed", "read_uncommitted"]


class Record(NamedTuple):
    """What a test sends."""

    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, str | bytes | None]] = []  # noqa: RUF012 - a default that nobody changes


@dataclass(frozen=True)
class Broker:
    """Where a running Kafka listens, and what tests do with it."""

    bootstrap: str
    """``HOST:PORT``"""
    copies: int = 1
    """Replicas of each topic that a test creates."""

    @cached_property
    def admin(self) -> AdminClient:
        """A client for the administrator's calls. What it promises dies with it, so it is kept."""
        return AdminClient({"bootstrap.servers": self.bootstrap, "log_level": 0})

    def create_topic(self, name: str, partitions: int = 4, **config: str) -> str:
        """Create a topic and return its name. ``config``: Kafka's names with ``_`` for each dot."""
        dotted = {key.replace("_", "."): value for key, value in config.items()}
        (created,) = self.admin.create_topics([NewTopic(name, partitions, self.copies, config=dotted)]).values()
        created.result()
        return name

    def fresh_topics(self, partitions: int = 4) -> tuple[str, str, str]:
        """Create an input, an output and a dead-letter topic that no other test uses; return their names."""
        unique = uuid.uuid4().hex[:12]
        names = (f"tweets-{unique}", f"labelled-{unique}", f"dead-{unique}")
        futures = self.admin.create_topics([NewTopic(name, partitions, self.copies) for name in names])
        for future in futures.values():
            future.result()
        return names

    def producer(self, **properties: str | float | bool) -> Producer:
        """Return a producer. ``properties``: librdkafka's names with ``_`` for each dot."""
        dotted = {key.replace("_", "."): value for key, value in properties.items()}
        return Producer({"bootstrap.servers": self.bootstrap, "linger.ms": 5, **dotted})

    def produce(
        self, topic: str, records: Iterable[tuple[bytes | None, bytes | None] | Record], *, partition: int = -1
    ) -> None:
        """Send records in order and return when the broker holds them all.

        partition: where they go; -1 leaves it to the key. Fails the test if one is refused.
        """
        refused: list[str] = []

        def note(error: KafkaError | None, _message: Message) -> None:
            if error is not None:
                refused.append(error.str())

        producer = self.producer()
        for record in records:
            key, value, headers = Record(*record)
            while True:
                try:
                    producer.produce(topic, value, key, partition=partition, headers=headers, on_delivery=note)
                    break
                except BufferError:
                    producer.poll(1)
        assert producer.flush(READ_TIMEOUT) == 0, f"{topic} did not take everything within {READ_TIMEOUT} s"
        assert not refused, f"{topic} refused {len(refused)} records: {refused[0]}"

    def read_committed(self, topic: str) -> list[Message]:
        """Return every committed record of a topic, by partition and then by offset."""
        return self.read(topic, "read_committed")

    def read(self, topic: str, isolation: Isolation) -> list[Message]:
        """Return every record of a topic up to its present end, by partition and then by offset.

        The end is where the broker says a partition ends (EOF), which passes control markers and aborted records.
        For a committed reader an open transaction is the end. Fails the test if the topic stalls before its end.
        """
        return sorted(self.each(topic, isolation), key=lambda message: (message.partition(), message.offset()))

    def each(self, topic: str, isolation: Isolation = "read_committed") -> Iterator[Message]:
        """Yield what :meth:`read` returns, a partition's records in order, without holding it all."""
        with self._reader(isolation) as consumer:
            yield from _to_the_end(consumer, topic)

    def count(self, topic: str, isolation: Isolation = "read_committed") -> int:
        """Count the records of a topic up to its present end."""
        return len(self.read(topic, isolation))

    def ends(self, topic: str) -> dict[int, int]:
        """Offset after the last record or marker of each partition."""
        with self._reader("read_uncommitted") as consumer:
            return {
                partition: consumer.get_watermark_offsets(TopicPartition(topic, partition), READ_TIMEOUT)[1]
                for partition in _partitions(consumer, topic)
            }

    def delete_before(self, topic: str, partition: int, offset: int) -> None:
        """Delete the records of a partition before ``offset``, as retention does."""
        (deleted,) = self.admin.delete_records([TopicPartition(topic, partition, offset)]).values()
        deleted.result()

    def committed(self, group: str, topic: str) -> dict[int, int]:
        """Offset that a group has committed in each partition; partitions without one are left out."""
        while True:
            asked = [ConsumerGroupTopicPartitions(group)]
            (future,) = self.admin.list_consumer_group_offsets(asked).values()
            try:
                held = future.result().topic_partitions
                break
            except KafkaException as exception:
                # A group's first use may still be loading its coordinator.
                if exception.args[0].code() not in _COORDINATOR_ON_ITS_WAY:
                    raise
        return {at.partition: at.offset for at in held if at.topic == topic and at.offset >= 0}

    @contextmanager
    def _reader(self, isolation: Isolation) -> Iterator[Consumer]:
        consumer = Consumer(
            {
                "bootstrap.servers": self.bootstrap,
                "group.id": "nobody",
                "enable.auto.commit": False,
                "enable.partition.eof": True,
                "isolation.level": isolation,
                "queued.max.messages.kbytes": 16_384,
            }
        )
        try:
            yield consumer
        finally:
            consumer.close()


def _partitions(consumer: Consumer, topic: str) -> list[int]:
    described = consumer.list_topics(topic, timeout=READ_TIMEOUT).topics[topic]
    assert described.error is None, f"{topic}: {described.error}"
    return list(described.partitions)


def _to_the_end(consumer: Consumer, topic: str) -> Iterator[Message]:
    open_partitions = set(_partitions(consumer, topic))
    consumer.assign([TopicPartition(topic, partition, OFFSET_BEGINNING) for partition in open_partitions])
    deadline = time.monotonic() + READ_TIMEOUT
    while open_partitions:
        assert time.monotonic() < deadline, f"{topic}: no end of {open_partitions} within {READ_TIMEOUT} s"
        if messages := consumer.consume(10_000, timeout=0.2):
            deadline = time.monotonic() + READ_TIMEOUT
        for message in messages:
            error = message.error()
            if error is None:
                yield message
            elif error.code() == KafkaError._PARTITION_EOF:  # noqa: SLF001 - its public name
                open_partitions.discard(message.partition() or 0)
            else:
                raise AssertionError(f"{topic}: {error.str()}")


@contextmanager
def script(*arguments: str, env: Mapping[str, str] | None = None) -> Iterator[subprocess.Popen[str]]:
    """Run the broker's script with pipes for all three streams; it ends with the block at the latest."""
    command = [sys.executable, str(SCRIPT), "--until-eof", *arguments]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True, env=env) as process:
        try:
            yield process
        finally:
            # Not communicate(): it would wait for the end of the streams before it closes the input.
            if process.stdin is not None:
                process.stdin.close()
            process.wait()


def ready(process: subprocess.Popen[str]) -> Broker:
    """Wait until the script says that Kafka answers. Fails the test with the script's own words if it ends instead."""
    assert process.stdout is not None
    assert process.stderr is not None
    line = process.stdout.readline()
    if not line:
        raise AssertionError(process.stderr.read())
    word, address = line.split()
    assert word == "ready"
    return Broker(address)


def assert_one_line(process: subprocess.Popen[str], code: int, *words: str) -> None:
    """Wait for the script to end and check how: its exit code, and one line of error with these words."""
    assert process.wait(60) == code
    assert process.stderr is not None
    (line,) = process.stderr.read().splitlines()
    assert line.startswith("broker: error: ")
    for word in words:
        assert word in line

"""The real broker of the run: started as a user starts it, filled, and read to the last committed record."""

import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, Message, Producer, TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from bench.arithmetic import Times
from bench.errors import BenchError

PARTITIONS: Final = 8
_SCRIPT: Final = Path(__file__).parents[1] / "deploy" / "kafka" / "broker.py"
_ANSWER_S: Final = 30.0
_AT_ONCE: Final = 10_000
_PATIENCE_S: Final = 0.2


@dataclass(frozen=True)
class Broker:
    """A running Kafka."""

    bootstrap: str
    """``HOST:PORT``"""
    pid: int
    """Of the script that runs it."""

    def create(self, *names: str, arrival_times: bool = True) -> None:
        """Create topics. Their records carry the time of their arrival, or else the one that their producer gave."""
        config = {"message.timestamp.type": "LogAppendTime" if arrival_times else "CreateTime"}
        admin = AdminClient({"bootstrap.servers": self.bootstrap, "log_level": 0})
        for future in admin.create_topics([NewTopic(name, PARTITIONS, 1, config=config) for name in names]).values():
            future.result()
        # The controller has them by now; that the broker leads them, too, shows when it tells their ends.
        deadline = time.monotonic() + _ANSWER_S
        for name in names:
            with self.length(name) as length:
                while not length.is_known():
                    if time.monotonic() > deadline:
                        raise BenchError(f"the broker did not take up topic '{name}' in {_ANSWER_S:g} s: see its log")

    def delete(self, *names: str) -> None:
        """Delete topics: the disk need not hold every round."""
        admin = AdminClient({"bootstrap.servers": self.bootstrap, "log_level": 0})
        for future in admin.delete_topics(list(names)).values():
            future.result()

    def fill(self, topic: str, records: Iterable[tuple[bytes, bytes]]) -> None:
        """Send records and return when the broker holds them all. Raises BenchError when it does not take them."""
        producer = Producer(
            {"bootstrap.servers": self.bootstrap, "linger.ms": 20, "queue.buffering.max.messages": 500_000}
        )
        for key, value in records:
            while True:
                try:
                    producer.produce(topic, value, key)
                    break
                except BufferError:
                    producer.poll(0.5)
        if producer.flush(_ANSWER_S) > 0:
            raise BenchError(f"the broker did not take all of topic '{topic}': see whether its disk is full")

    @contextmanager
    def _consumer(self) -> Iterator[Consumer]:
        consumer = Consumer(
            {
                "bootstrap.servers": self.bootstrap,
                "group.id": "observer",
                "enable.auto.commit": False,
                "enable.partition.eof": True,
                "isolation.level": "read_committed",
                "fetch.wait.max.ms": 10,
                "log_level": 0,
            }
        )
        try:
            yield consumer
        finally:
            consumer.close()

    @contextmanager
    def reader(self, topic: str) -> Iterator[Consumer]:
        """Give a consumer of committed records, from the beginning, in no group."""
        with self._consumer() as consumer:
            consumer.assign([TopicPartition(topic, partition, OFFSET_BEGINNING) for partition in range(PARTITIONS)])
            yield consumer

    @contextmanager
    def length(self, topic: str) -> "Iterator[Length]":
        """Give what asks how far a topic is committed; it reads nothing, so it costs the measured next to nothing."""
        with self._consumer() as consumer:
            yield Length(consumer, topic)

    def committed(self, topic: str) -> Iterator[list[Message]]:
        """Yield every committed record up to the topic's present end, in batches."""
        with self.reader(topic) as consumer:
            open_partitions = set(range(PARTITIONS))
            while open_partitions:
                found = []
                for message in consumer.consume(_AT_ONCE, _PATIENCE_S):
                    error = message.error()
                    if error is None:
                        found.append(message)
                    elif error.code() == KafkaError._PARTITION_EOF:  # noqa: SLF001 - its public name
                        open_partitions.discard(message.partition() or 0)
                    else:
                        raise BenchError(f"topic '{topic}' could not be read: {error.str()}: see the broker's log")
                yield found


class Length:
    """How far a topic is committed, by its offsets: cheap to ask again and again, as nothing is read."""

    def __init__(self, consumer: Consumer, topic: str) -> None:
        self._consumer = consumer
        self._at = [TopicPartition(topic, partition) for partition in range(PARTITIONS)]

    def is_known(self) -> bool:
        """Whether the broker answers for every partition, as it does a moment after their creation."""
        try:
            self.now()
        except KafkaException:
            return False
        return True

    def now(self) -> int:
        """Return the sum of the partitions' last stable offsets; a transaction's markers count, too."""
        return sum(self._consumer.get_watermark_offsets(at, _ANSWER_S)[1] for at in self._at)


def timestamps(messages: Iterable[Message]) -> Times:
    """Return the records' timestamps, in seconds since the epoch."""
    return np.array([message.timestamp()[1] for message in messages], np.float64) / 1000


@contextmanager
def running() -> Iterator[Broker]:
    """Run a Kafka of our own for the length of the block. Raises BenchError with its own words when it does not."""
    command = [sys.executable, str(_SCRIPT), "--until-eof", "--port", "0", "--topic", "bench-ready:1"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None  # noqa: S101 - it is a pipe
        assert process.stdin is not None  # noqa: S101
        try:
            line = process.stdout.readline()
            if not line:
                raise BenchError("Kafka did not start: run 'make broker' and read what it says")
            yield Broker(line.split()[1], process.pid)
        finally:
            process.stdin.close()

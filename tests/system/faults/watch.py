"""Watches committed results arrive, and tells how long the stream stood still after each fault."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

import orjson
from confluent_kafka import OFFSET_BEGINNING, Consumer, TopicPartition

from tests.system.faults.schedule import Kind
from tests.system.kafka import Broker

_MOST = 5_000


@dataclass
class Recovery:
    """From the end of a fault, in seconds; None where it did not come."""

    kind: Kind
    healed_at: float
    first_s: float | None = None
    """Until the next committed result."""
    all_s: float | None = None
    """Until every input partition had a new committed result."""


class Watch:
    """A committed reader of the output topic, past the proxies; use it as a context.

    clock: seconds, monotonic. partitions: how many the input has.
    """

    def __init__(self, broker: Broker, output: str, partitions: int, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._waiting: list[tuple[Recovery, set[int]]] = []
        self._partitions = partitions
        self._consumer = Consumer(
            {
                "bootstrap.servers": broker.bootstrap,
                "group.id": "nobody",
                "enable.auto.commit": False,
                "isolation.level": "read_committed",
                "reconnect.backoff.max.ms": 500,
                "topic.metadata.refresh.interval.ms": 2_000,
                "log_level": 0,
            }
        )
        self._consumer.assign([TopicPartition(output, at, OFFSET_BEGINNING) for at in range(partitions)])
        self.recoveries: list[Recovery] = []
        self.results = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._consumer.close()

    def healed(self, kind: Kind) -> None:
        """Note that a fault has just ended."""
        recovery = Recovery(kind, self._clock())
        self.recoveries.append(recovery)
        self._waiting.append((recovery, set(range(self._partitions))))

    def look(self, wait_s: float) -> None:
        """Take what has arrived, waiting at most ``wait_s`` for the first result."""
        first = self._consumer.poll(wait_s)
        messages = [] if first is None else [first, *self._consumer.consume(_MOST, timeout=0)]
        values = [value for message in messages if message.error() is None and (value := message.value())]
        if values:
            self.results += len(values)
            self.saw({orjson.loads(value)["source"]["partition"] for value in values})

    def saw(self, partitions: set[int]) -> None:
        """Note that results from these input partitions have arrived now."""
        now = self._clock()
        for recovery, still in self._waiting:
            if recovery.first_s is None:
                recovery.first_s = now - recovery.healed_at
            still.difference_update(partitions)
            if not still:
                recovery.all_s = now - recovery.healed_at
        self._waiting = [(recovery, still) for recovery, still in self._waiting if still]

"""A source on a fake consumer, and the events that happen to it."""

from dataclasses import dataclass, field
from typing import cast

from confluent_kafka import OFFSET_INVALID, Consumer, KafkaError, Message

from stream.kafka.lost import OnLost
from stream.kafka.source import Source
from stream.metrics import Metrics
from tests.stream.clocks import ManualClock
from tests.stream.kafka.fakes import Event, FakeConsumer
from tests.stream.records import SENT_AT_MS, event, record

EOF, RESET = KafkaError._PARTITION_EOF, KafkaError._AUTO_OFFSET_RESET  # noqa: SLF001 -- the library's public names


@dataclass
class Reader:
    """A source with its fake consumer, subscribed."""

    consumer: FakeConsumer = field(default_factory=FakeConsumer)
    metrics: Metrics = field(default_factory=Metrics)
    revoked: list[set[int]] = field(default_factory=list)
    stop_at_end: bool = False
    on_lost_records: OnLost = "resume"
    clock: ManualClock = field(default_factory=ManualClock)
    wall_clock: ManualClock = field(default_factory=lambda: ManualClock(SENT_AT_MS / 1000))

    def __post_init__(self) -> None:
        self.source = Source(
            cast("Consumer", self.consumer),
            "tweets",
            metrics=self.metrics,
            on_revoked=lambda partitions: self.revoked.append(set(partitions)),
            on_lost_records=self.on_lost_records,
            stop_at_end=self.stop_at_end,
            clock=self.clock,
            wall_clock=self.wall_clock,
        )
        self.source.subscribe()

    def poll(self, *events: Event, most: int = 100) -> list[tuple[int | None, int | None]]:
        """Let ``events`` happen, poll once, and return the places of the records that come out."""
        self.consumer.events.extend(events)
        return [(one.partition(), one.offset()) for one in self.source.poll(most, 0.1)]

    def lag(self, partition: int) -> float | None:
        self.source.update_lag()
        return self.metrics.registry.get_sample_value(
            "warble_lag_records", {"topic": "tweets", "partition": str(partition)}
        )

    def lag_s(self, partition: int) -> float | None:
        self.source.update_lag()
        return self.count("warble_lag_seconds", topic="tweets", partition=str(partition))

    def count(self, name: str, **labels: str) -> float | None:
        return self.metrics.registry.get_sample_value(name, labels)


def assigned(*partitions: int) -> Event:
    return lambda consumer: consumer.assign(*partitions)


def revoked(*partitions: int) -> Event:
    return lambda consumer: consumer.revoke(*partitions)


def lost(*partitions: int) -> Event:
    return lambda consumer: consumer.lose(*partitions)


def records(*offsets: int, partition: int = 0) -> list[Message]:
    return [record(partition=partition, offset=offset) for offset in offsets]


def end(offset: int, partition: int = 0) -> Message:
    return event(EOF, partition=partition, offset=offset)


def went_to(partition: int, offset: int) -> list[tuple[str, int, int]]:
    """Return the calls that let a consumer read on from ``offset``."""
    return [("unassign", partition, OFFSET_INVALID), ("assign", partition, offset)]


def never() -> None:
    """Stand in for a pulse where nothing should take long."""
    raise AssertionError

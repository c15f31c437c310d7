from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import pytest
from confluent_kafka import Consumer

from stream.kafka import sender as sender_module
from stream.kafka.at_least_once import AtLeastOnce
from stream.kafka.connect import Complaints
from stream.kafka.delivery import Delivery
from stream.kafka.exactly_once import ExactlyOnce
from stream.messages.outgoing import Outgoing
from stream.metrics import Metrics
from stream.settings import KafkaSettings
from tests.stream.kafka.fakes import FakeBroker, FakeGroupMember, FakeProducer

KINDS: dict[str, type[ExactlyOnce | AtLeastOnce]] = {"exactly-once": ExactlyOnce, "at-least-once": AtLeastOnce}


@dataclass
class Bench:
    """A delivery between a fake producer and what it tells the worker."""

    broker: FakeBroker
    producer: type[FakeProducer]
    metrics: Metrics = field(default_factory=Metrics)
    published: list[Sequence[Outgoing]] = field(default_factory=list)
    offsets_when_told: list[dict[int, int]] = field(default_factory=list)
    limits: dict[str, int] = field(default_factory=dict)
    """What the worker knows of its topics; by default nothing."""
    complaints: Complaints = field(default_factory=lambda: Complaints("test"))
    members: list[FakeGroupMember] = field(default_factory=list)
    pulses: int = 0
    patience: int = 100
    """The pulse that raises."""

    def make(self, kind: str, kafka: KafkaSettings | None = None, **changes: Any) -> Delivery:  # noqa: ANN401 -- an argument of one mode
        self.members.append(FakeGroupMember(self.broker))
        return KINDS[kind](
            kafka or KafkaSettings(),
            cast("Consumer", self.members[-1]),
            self.complaints,
            self.metrics,
            limits=self.limits,
            pulse=self.pulse,
            on_published=self._told,
            **changes,
        )

    def count(self, name: str) -> float | None:
        return self.metrics.registry.get_sample_value(name)

    def pulse(self) -> None:
        self.pulses += 1
        if self.pulses >= self.patience:
            raise OutOfPatienceError

    def _told(self, outcomes: Sequence[Outgoing]) -> None:
        self.published.append(list(outcomes))
        self.offsets_when_told.append(dict(self.broker.offsets))


class OutOfPatienceError(Exception):
    """What a worker's pulse raises to end a wait."""


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Bench:
    broker = FakeBroker()
    producer = type("Producer", (FakeProducer,), {"broker": broker, "made": []})
    monkeypatch.setattr(sender_module, "Producer", producer)
    return Bench(broker, producer)

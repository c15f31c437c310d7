"""A worker between fake Kafka clients, on a clock that ticks whenever somebody looks."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, cast

import pytest
from confluent_kafka import TopicPartition

from model.classifier import Classifier
from stream import lookout as lookout_module
from stream import worker as worker_module
from stream.health import Health
from stream.kafka import sender as sender_module
from stream.kafka.questions import MISSING
from stream.metrics import Metrics
from stream.settings import Settings
from stream.tracing.trace import Tracer
from stream.worker import Worker
from tests.stream.kafka.fakes import Event, FakeBroker, FakeConsumer, FakeProducer
from tests.stream.records import record


class TickingClock:
    """Stands in for ``time.monotonic``: a tenth of a second passes with each look."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        self.now += 0.1
        return self.now


class FakeMember(FakeConsumer):
    """A fake consumer that is also what a delivery needs of one. Once its events are used up, it does ``idle``."""

    def __init__(self) -> None:
        super().__init__()
        self.idle: Callable[[], None] = lambda: None
        self.closed = False

    def poll(self, timeout: float) -> Any:  # noqa: ANN401 -- as the base class
        if not self.events:
            self.idle()
        return super().poll(timeout)

    def consumer_group_metadata(self) -> str:
        return "fresh metadata"

    def assignment(self) -> list[TopicPartition]:
        return [TopicPartition("tweets", 0)]

    def close(self) -> None:
        self.closed = True


class FakeQuestions:
    """The broker's answers: at once, from what the test says."""

    def __init__(self, member: FakeMember) -> None:
        self._member = member
        self.id = "A"
        self.missing: set[str] = set()

    def close(self) -> None:
        """Nothing is open: all was answered at once."""

    def lags(self, _: Iterable[int]) -> "FakeQuestions":
        return self

    def identities(self) -> "FakeQuestions":
        return self

    def are_here(self) -> bool:
        return True

    def id_of(self, topic: str) -> str:
        return MISSING if topic in self.missing else self.id

    def of(self, partition: int, reached: int | None) -> int:
        return self._member.watermarks[partition][1] - (reached or 0)


@dataclass
class WorkerBench:
    """Makes workers of one classifier, and holds what they talk to."""

    monkeypatch: pytest.MonkeyPatch
    member: FakeMember = field(default_factory=FakeMember)
    broker: FakeBroker = field(default_factory=FakeBroker)
    metrics: Metrics = field(default_factory=Metrics)
    clock: TickingClock = field(default_factory=TickingClock)

    def __post_init__(self) -> None:
        self.questions = FakeQuestions(self.member)
        self.health = Health(self.clock)
        producer = type("Producer", (FakeProducer,), {"broker": self.broker, "made": []})
        self.monkeypatch.setattr(sender_module, "Producer", producer)
        self.monkeypatch.setattr(worker_module, "make_consumer", lambda *_: self.member)
        self.monkeypatch.setattr(worker_module, "require_topics", lambda *_: "a real cluster")
        self.monkeypatch.setattr(worker_module, "topic_limits", lambda _: {})
        self.monkeypatch.setattr(lookout_module, "Questions", lambda _: self.questions)

    def worker(self, classifier: Classifier, tracer: Tracer | None = None, **sections: dict[str, Any]) -> Worker:
        """Make a worker; sections: settings by section."""
        settings = Settings(**cast("dict[str, Any]", sections))
        return Worker(
            settings,
            lambda: classifier,
            metrics=self.metrics,
            health=self.health,
            tracer=tracer,
            clock=self.clock,
        )

    def arrive(self, values: Iterable[bytes], *, first: int = 0) -> None:
        """Let records arrive in partition 0, one a poll."""
        self.member.events.extend(record(value, offset=first + at) for at, value in enumerate(values))

    def play(self, *events: Event) -> None:
        self.member.events.extend(events)

    def count(self, name: str, **labels: str) -> float | None:
        return self.metrics.registry.get_sample_value(name, labels)

from collections.abc import Callable
from typing import Any, cast

import pytest
from confluent_kafka import KafkaError, KafkaException, Producer

from stream.producing.records import Record
from stream.producing.sender import NAMED_FAILURES, Sender

Delivered = Callable[[KafkaError | None, Any], None]
RECORD = Record(b"1", b"value", "line 1")


class FakeProducer:
    """Holds what it is given until it is told the broker's answers."""

    def __init__(self, room: int = 1_000) -> None:
        self.room = room
        self.open: list[Delivered] = []
        self.refuse: KafkaError | None = None

    def produce(self, topic: str, value: bytes, key: bytes, *, on_delivery: Delivered) -> None:
        assert (topic, value, key) == ("tweets", b"value", b"1")
        if self.refuse is not None:
            raise KafkaException(self.refuse)
        if len(self.open) == self.room:
            raise BufferError
        self.open.append(on_delivery)

    def poll(self, timeout: float) -> int:
        return self.answer(None) if timeout else 0

    def flush(self, timeout: float) -> int:
        assert timeout > 0
        return len(self.open)

    def purge(self) -> None:
        self.answer(KafkaError(KafkaError._PURGE_QUEUE))  # noqa: SLF001

    def answer(self, error: KafkaError | None) -> int:
        answered, self.open = self.open, []
        for delivered in answered:
            delivered(error, None)
        return len(answered)


@pytest.fixture
def producer() -> FakeProducer:
    return FakeProducer()


@pytest.fixture
def sender(producer: FakeProducer) -> Sender:
    return Sender(cast(Producer, producer), "tweets")


def counts(sender: Sender) -> tuple[int, int, int, int]:
    return sender.sent, sender.acknowledged, sender.failed, sender.pending


def test_a_record_counts_as_acknowledged_when_the_broker_says_so(producer: FakeProducer, sender: Sender) -> None:
    assert sender.offer(RECORD)
    assert counts(sender) == (1, 0, 0, 1)
    producer.answer(None)
    assert counts(sender) == (1, 1, 0, 0)


def test_a_full_queue_takes_the_record_later(producer: FakeProducer, sender: Sender) -> None:
    producer.room = 1
    assert sender.offer(RECORD)
    assert not sender.offer(RECORD)
    assert counts(sender) == (1, 0, 0, 1)
    sender.poll(0.1)
    assert sender.offer(RECORD)
    assert counts(sender) == (2, 1, 0, 1)


def test_failures_are_all_counted_and_the_first_are_named(producer: FakeProducer, sender: Sender) -> None:
    for number in range(10):
        sender.offer(RECORD._replace(place=f"line {number}"))
    producer.answer(KafkaError(KafkaError._MSG_TIMED_OUT))  # noqa: SLF001
    assert counts(sender) == (10, 0, 10, 0)
    assert sender.failures == {"_MSG_TIMED_OUT": 10}
    assert [name.split(":")[0] for name in sender.named] == [f"line {number}" for number in range(NAMED_FAILURES)]
    assert not sender.refused


def test_a_record_that_the_client_itself_refuses_costs_one_record(producer: FakeProducer, sender: Sender) -> None:
    producer.refuse = KafkaError(KafkaError.MSG_SIZE_TOO_LARGE)
    assert sender.offer(RECORD)
    producer.refuse = None
    assert sender.offer(RECORD)
    producer.answer(None)
    assert counts(sender) == (2, 1, 1, 0)
    assert not sender.refused


@pytest.mark.parametrize("code", [KafkaError.TOPIC_AUTHORIZATION_FAILED, KafkaError.UNKNOWN_TOPIC_OR_PART])
def test_what_the_broker_will_refuse_for_every_record_is_told_apart(
    producer: FakeProducer, sender: Sender, code: int
) -> None:
    sender.offer(RECORD)
    producer.answer(KafkaError(code))
    assert sender.refused


def test_what_is_open_at_the_deadline_is_given_up_and_counted(producer: FakeProducer, sender: Sender) -> None:
    clock = iter(range(100))
    ticks: list[int] = []
    sender.offer(RECORD)
    sender.finish(deadline=3, clock=lambda: next(clock), tick=lambda: ticks.append(1))
    assert counts(sender) == (1, 0, 1, 0)
    assert sender.failures == {"_PURGE_QUEUE": 1}
    assert len(ticks) == 3
    assert producer.open == []

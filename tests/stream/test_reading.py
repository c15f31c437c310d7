from types import SimpleNamespace
from typing import cast

import pytest
from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from stream import reading
from stream.errors import BrokerError
from stream.messages.place import position
from tests.stream.clocks import ManualClock
from tests.stream.records import event, kafka_exception, record

EOF = KafkaError._PARTITION_EOF  # noqa: SLF001 -- the library's public name


class FakeConsumer:
    """Hands out the scripted messages, one a poll."""

    def __init__(self, clock: ManualClock, *messages: Message) -> None:
        self.clock = clock
        self.messages = list(messages)
        self.assigned: list[tuple[int, int]] = []

    def assign(self, partitions: list[TopicPartition]) -> None:
        self.assigned = [(partition.partition, partition.offset) for partition in partitions]

    def unassign(self) -> None:
        self.assigned = []

    def poll(self, timeout: float) -> Message | None:
        if self.messages:
            return self.messages.pop(0)
        self.clock.advance(timeout)
        return None

    def consume(self, _most: int, *, timeout: float) -> list[Message]:
        assert timeout == 0
        return []


def read(spans: dict[int, tuple[int, int]], *messages: Message) -> tuple[list[tuple[int, int]], FakeConsumer]:
    clock = ManualClock()
    fake = FakeConsumer(clock, *messages)
    batches = reading.until_end(cast(Consumer, fake), "tweets", spans, patience_s=10, clock=clock)
    return [position(message) for batch in batches for message in batch], fake


def records(*places: tuple[int, int]) -> list[Message]:
    return [record(partition=partition, offset=offset) for partition, offset in places]


def test_records_beyond_the_noted_end_are_left_for_the_next_time() -> None:
    found, _ = read({0: (3, 5), 1: (0, 2)}, *records((0, 3), (0, 4), (0, 5), (1, 0), (0, 6), (1, 1)))
    assert found == [(0, 3), (0, 4), (1, 0), (1, 1)]


def test_it_ends_with_the_last_record_without_waiting_for_more() -> None:
    _, fake = read({0: (0, 2)}, *records((0, 0), (0, 1), (0, 2)))
    assert len(fake.messages) == 1


def test_markers_behind_the_last_record_are_passed() -> None:
    found, _ = read({0: (0, 9)}, *records((0, 0), (0, 1)), event(EOF, offset=9))
    assert found == [(0, 0), (0, 1)]


def test_a_gap_up_to_a_record_beyond_the_end_ends_it_too() -> None:
    found, _ = read({0: (0, 3)}, *records((0, 0), (0, 7)))
    assert found == [(0, 0)]


def test_partitions_without_anything_to_read_are_not_asked() -> None:
    clock = ManualClock()
    fake = FakeConsumer(clock, *records((1, 4)))
    spans = {0: (5, 5), 1: (4, 5), 2: (7, 6)}
    batches = reading.until_end(cast(Consumer, fake), "tweets", spans, patience_s=10, clock=clock)
    next(batches)
    assert fake.assigned == [(1, 4)]


def test_a_broker_that_falls_silent_ends_it() -> None:
    with pytest.raises(BrokerError, match="nothing from topic 'tweets' for 10 s"):
        read({0: (0, 5)}, *records((0, 0)))


def test_news_that_heal_by_themselves_are_passed_over() -> None:
    found, _ = read({0: (0, 1)}, event(KafkaError._TRANSPORT), *records((0, 0)))  # noqa: SLF001
    assert found == [(0, 0)]


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (KafkaError.TOPIC_AUTHORIZATION_FAILED, "permission denied"),
        (KafkaError._AUTO_OFFSET_RESET, "run the command again"),  # noqa: SLF001
    ],
)
def test_what_cannot_heal_ends_it(code: int, words: str) -> None:
    with pytest.raises(BrokerError, match=words):
        read({0: (0, 1)}, event(code))


class MovingConsumer:
    """Answers with what is scripted: an error, or a partition's first and next offset."""

    def __init__(self, *answers: KafkaException | tuple[int, int]) -> None:
        self.answers = list(answers)

    def list_topics(self, topic: str, timeout: float) -> SimpleNamespace:
        assert timeout > 0
        return SimpleNamespace(topics={topic: SimpleNamespace(partitions=[0])})

    def get_watermark_offsets(self, _: TopicPartition, timeout: float) -> tuple[int, int]:
        assert timeout > 0
        answer = self.answers.pop(0)
        if isinstance(answer, KafkaException):
            raise answer
        return answer


@pytest.mark.parametrize("code", [KafkaError.NOT_LEADER_FOR_PARTITION, KafkaError.LEADER_NOT_AVAILABLE])
def test_a_partition_that_is_just_being_handed_over_is_asked_again(code: int) -> None:
    moving = MovingConsumer(kafka_exception(code), kafka_exception(code), (3, 9))
    assert reading.ends(cast(Consumer, moving), "tweets") == {0: (3, 9)}


def test_a_broker_that_does_not_answer_for_another_reason_is_told_of() -> None:
    silent = MovingConsumer(kafka_exception(KafkaError._TRANSPORT))  # noqa: SLF001 -- the library's public name
    with pytest.raises(BrokerError, match="the broker does not answer"):
        reading.ends(cast(Consumer, silent), "tweets")

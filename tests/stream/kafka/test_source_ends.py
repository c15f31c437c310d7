"""Reading to the end noted at the start."""

import pytest
from confluent_kafka import KafkaError

from tests.stream.kafka.readers import Reader, assigned, end, never, records, revoked
from tests.stream.records import kafka_exception


@pytest.fixture
def bounded() -> Reader:
    return Reader(stop_at_end=True)


def test_nothing_is_finished_before_the_group_is_joined(bounded: Reader) -> None:
    assert not bounded.source.is_finished()


def test_it_is_finished_once_the_end_noted_at_the_start_is_passed(bounded: Reader) -> None:
    bounded.consumer.watermarks.update({0: (0, 2), 1: (0, 1)})
    bounded.poll(assigned(0, 1))
    bounded.consumer.watermarks.update({0: (0, 500), 1: (0, 500)})
    assert not bounded.source.is_finished()
    bounded.poll(*records(0, 1))
    assert not bounded.source.is_finished()
    bounded.poll(*records(0, partition=1))
    assert bounded.source.is_finished()


def test_an_empty_topic_is_finished_when_its_end_is_reached(bounded: Reader) -> None:
    bounded.poll(assigned(0, 1))
    assert not bounded.source.is_finished()
    bounded.poll(end(0), end(0, partition=1))
    assert bounded.source.is_finished()


def test_control_markers_at_the_end_are_passed(bounded: Reader) -> None:
    bounded.consumer.watermarks[0] = (0, 6)
    bounded.poll(assigned(0))
    bounded.poll(*records(0, 1, 2, 3, 4))
    assert not bounded.source.is_finished()
    bounded.poll(end(6))
    assert bounded.source.is_finished()


def test_what_is_rewound_is_not_finished(bounded: Reader) -> None:
    bounded.consumer.watermarks[0] = (0, 2)
    bounded.poll(assigned(0))
    bounded.poll(*records(0, 1), end(2))
    assert bounded.source.is_finished()
    bounded.source.rewind(never)
    assert not bounded.source.is_finished()


def test_a_partition_that_came_later_has_an_end_of_its_own(bounded: Reader) -> None:
    bounded.poll(assigned(0))
    bounded.poll(end(0))
    bounded.consumer.watermarks[1] = (0, 3)
    bounded.poll(assigned(1))
    assert not bounded.source.is_finished()
    bounded.poll(*records(0, 1, 2, partition=1))
    assert bounded.source.is_finished()


def test_a_partition_that_is_gone_need_not_be_finished(bounded: Reader) -> None:
    bounded.consumer.watermarks[1] = (0, 3)
    bounded.poll(assigned(0, 1))
    bounded.poll(end(0))
    bounded.poll(revoked(1))
    assert bounded.source.is_finished()


def test_an_end_that_the_broker_does_not_tell_is_asked_for_again(bounded: Reader) -> None:
    bounded.consumer.errors["watermarks"].append(kafka_exception(KafkaError._TRANSPORT))  # noqa: SLF001
    bounded.consumer.watermarks[0] = (0, 1)
    bounded.poll(assigned(0), *records(0))
    assert not bounded.source.is_finished()
    bounded.poll()
    assert bounded.source.is_finished()


def test_without_a_stop_no_ends_are_asked_for() -> None:
    reader = Reader()
    reader.poll(assigned(0, 1))
    reader.consumer.errors["watermarks"].append(kafka_exception(KafkaError._TRANSPORT))  # noqa: SLF001
    reader.poll(assigned(2))
    assert len(reader.consumer.errors["watermarks"]) == 1


def test_a_member_without_partitions_waits_whether_others_let_go_of_some(bounded: Reader) -> None:
    bounded.poll(assigned())
    bounded.clock.advance(9.9)
    assert not bounded.source.is_finished()
    bounded.poll(assigned(0), *records(0))
    bounded.poll(revoked(0))
    bounded.clock.advance(9.9)
    assert not bounded.source.is_finished()
    bounded.clock.advance(0.1)
    assert bounded.source.is_finished()

"""Positions that do not exist: a new group, retention, a recreated topic."""

import pytest
from confluent_kafka import OFFSET_BEGINNING, KafkaError
from structlog.testing import capture_logs

from tests.stream.kafka.readers import RESET, Reader, assigned, records, revoked, went_to
from tests.stream.records import event, kafka_exception


@pytest.fixture
def reader() -> Reader:
    """A reader that owns partitions 0 and 1."""
    made = Reader()
    made.poll(assigned(0, 1))
    return made


@pytest.fixture
def bounded() -> Reader:
    return Reader(stop_at_end=True)


def test_a_new_group_starts_at_the_earliest_record_and_nothing_is_counted(reader: Reader) -> None:
    with capture_logs() as logs:
        reader.poll(event(RESET))
    assert reader.consumer.calls == [("unassign", 0, -1001), ("assign", 0, OFFSET_BEGINNING)]
    assert reader.count("warble_offsets_out_of_range_total") == 0
    assert logs == []
    assert reader.poll(*records(0)) == [(0, 0)]


def test_a_committed_offset_that_is_gone_is_counted_and_logged(reader: Reader) -> None:
    reader.consumer.group[0] = 40
    reader.consumer.watermarks[0] = (100, 200)
    with capture_logs() as logs:
        reader.poll(event(RESET))
    assert reader.consumer.calls == [("unassign", 0, -1001), ("assign", 0, OFFSET_BEGINNING)]
    assert reader.count("warble_offsets_out_of_range_total") == 1
    (line,) = logs
    assert (line["event"], line["position"], line["low"], line["high"]) == ("offset_out_of_range", 40, 100, 200)


def test_a_position_lost_on_the_way_is_counted_even_if_nothing_was_committed(reader: Reader) -> None:
    reader.poll(*records(5))
    reader.source.mark_published({0: 6})
    with capture_logs():
        reader.poll(event(RESET))
    assert reader.count("warble_offsets_out_of_range_total") == 1
    assert reader.source.published() == {}
    assert reader.poll(*records(0)) == [(0, 0)]
    assert reader.source.published() == {0: 0}


def test_it_is_answered_once(reader: Reader) -> None:
    reader.poll(event(RESET))
    reader.poll()
    assert len(reader.consumer.calls) == 2


def test_a_broker_that_does_not_answer_is_asked_again(reader: Reader) -> None:
    reader.consumer.errors["committed"].append(kafka_exception(KafkaError._TIMED_OUT))  # noqa: SLF001
    with capture_logs() as logs:
        reader.poll(event(RESET))
    assert reader.consumer.calls == []
    assert [line["error"] for line in logs] == ["_TIMED_OUT"]
    reader.poll()
    assert len(reader.consumer.calls) == 2


def test_a_partition_that_is_gone_meanwhile_is_left_alone(reader: Reader) -> None:
    reader.consumer.errors["committed"].append(kafka_exception(KafkaError._TIMED_OUT))  # noqa: SLF001
    reader.poll(event(RESET))
    reader.poll(revoked(0))
    assert reader.consumer.calls == []
    reader.poll(assigned(0))
    assert reader.consumer.calls == []


def test_a_bounded_read_of_a_new_group_ends(bounded: Reader) -> None:
    bounded.consumer.watermarks[0] = (0, 2)
    bounded.poll(assigned(0))
    bounded.poll(event(RESET))
    assert not bounded.source.is_finished()
    bounded.poll(*records(0, 1))
    assert bounded.source.is_finished()


def test_what_was_read_before_its_position_vanished_is_published_first(reader: Reader) -> None:
    reader.poll(*records(5, 6))
    with capture_logs():
        reader.poll(event(RESET))
        assert reader.consumer.calls == []
        reader.source.mark_published({0: 7})
        reader.poll()
    assert reader.consumer.calls == went_to(0, OFFSET_BEGINNING)

"""Positions that do not exist: a new group, retention, a recreated topic."""

import pytest
from confluent_kafka import OFFSET_BEGINNING, KafkaError
from structlog.testing import capture_logs

from stream.errors import BrokerError
from tests.stream.kafka.readers import RESET, Reader, assigned, end, records, revoked, went_to
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
    assert line["lost"] == 60
    assert reader.count("warble_records_lost_total") == 60


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


def test_of_a_topic_that_ends_before_the_position_nobody_knows_how_much_is_lost(reader: Reader) -> None:
    reader.consumer.group[0] = 40
    reader.consumer.watermarks[0] = (0, 7)
    with capture_logs() as logs:
        reader.poll(event(RESET))
    assert [line["lost"] for line in logs] == ["unknown"]
    assert reader.count("warble_records_lost_total") == 0
    assert reader.count("warble_offsets_out_of_range_total") == 1
    assert reader.consumer.calls == went_to(0, OFFSET_BEGINNING)


def test_a_broker_that_does_not_tell_what_is_left_is_asked_again(reader: Reader) -> None:
    reader.consumer.group[0] = 40
    reader.consumer.watermarks[0] = (100, 200)
    reader.consumer.errors["watermarks"].append(kafka_exception(KafkaError._TIMED_OUT))  # noqa: SLF001
    with capture_logs() as logs:
        reader.poll(event(RESET))
        assert reader.consumer.calls == []
        reader.poll()
    assert [line["event"] for line in logs] == ["kafka_consumer", "offset_out_of_range"]
    assert reader.count("warble_records_lost_total") == 60


@pytest.fixture
def strict() -> Reader:
    made = Reader(on_lost_records="stop")
    made.poll(assigned(0, 1))
    return made


def test_in_strict_mode_lost_records_end_the_worker_with_their_number(strict: Reader) -> None:
    strict.consumer.group[0] = 40
    strict.consumer.watermarks[0] = (100, 200)
    with capture_logs() as logs, pytest.raises(BrokerError) as caught:
        strict.poll(event(RESET))
    line = str(caught.value)
    assert caught.value.exit_code == 4
    assert "\n" not in line
    assert (
        "60 records of tweets/0 were deleted before they were read: the next one was 40, the first one left is 100"
        in line
    )
    assert "WARBLE_KAFKA__ON_LOST_RECORDS=resume" in line
    assert [log["action"] for log in logs] == ["stops"]
    assert strict.consumer.calls == []
    assert strict.count("warble_records_lost_total") == 60


def test_in_strict_mode_too_what_was_read_before_is_published_first(strict: Reader) -> None:
    strict.consumer.watermarks[0] = (100, 200)
    strict.poll(*records(5, 6))
    strict.poll(event(RESET))
    strict.source.mark_published({0: 7})
    with capture_logs(), pytest.raises(BrokerError, match="93 records of tweets/0"):
        strict.poll()


def test_in_strict_mode_a_shorter_topic_ends_the_worker(strict: Reader) -> None:
    strict.consumer.group[0] = 40
    strict.consumer.watermarks[0] = (0, 7)
    with capture_logs(), pytest.raises(BrokerError, match="position 40 of tweets/0 is gone, it now holds 0 to 7"):
        strict.poll(event(RESET))


def test_in_strict_mode_a_new_group_loses_nothing(strict: Reader) -> None:
    strict.consumer.watermarks[0] = (100, 200)
    strict.poll(event(RESET))
    assert strict.consumer.calls == went_to(0, OFFSET_BEGINNING)


def test_a_topic_created_anew_is_read_from_its_beginning_and_the_group_goes_back_too(reader: Reader) -> None:
    reader.poll(*records(5, 6), end(7))
    reader.source.mark_published({0: 7})
    with capture_logs() as logs:
        reader.source.begin_anew(reader.clock.now)
    assert reader.consumer.calls == [
        ("commit", 0, 0),
        ("commit", 1, 0),
        *went_to(0, OFFSET_BEGINNING),
        *went_to(1, OFFSET_BEGINNING),
    ]
    assert [(log["event"], log["partitions"]) for log in logs] == [("input_topic_recreated", [0, 1])]
    assert reader.count("warble_offsets_out_of_range_total") == 2
    assert reader.source.published() == {}
    assert reader.poll(*records(0)) == [(0, 0)]
    assert reader.source.published() == {0: 0}


def test_a_partition_that_has_begun_anew_by_itself_does_not_begin_twice(reader: Reader) -> None:
    known_at = reader.clock.now
    reader.consumer.group[0] = 40
    reader.consumer.watermarks[0] = (0, 7)
    reader.clock.advance(1)
    with capture_logs():
        reader.poll(event(RESET))
        reader.consumer.calls.clear()
        reader.source.begin_anew(known_at)
    assert reader.consumer.calls == [("commit", 1, 0), *went_to(1, OFFSET_BEGINNING)]


def test_one_that_has_begun_anew_long_before_begins_again(reader: Reader) -> None:
    reader.consumer.group[0] = 40
    reader.consumer.watermarks[0] = (0, 7)
    with capture_logs():
        reader.poll(event(RESET))
        reader.clock.advance(1)
        reader.consumer.calls.clear()
        reader.source.begin_anew(reader.clock.now)
    assert ("assign", 0, OFFSET_BEGINNING) in reader.consumer.calls


def test_a_bounded_read_of_a_topic_created_anew_ends_at_the_new_end(bounded: Reader) -> None:
    bounded.consumer.watermarks[0] = (0, 100)
    bounded.poll(assigned(0), *records(98))
    bounded.source.mark_published({0: 99})
    bounded.consumer.watermarks[0] = (0, 2)
    with capture_logs():
        bounded.source.begin_anew(bounded.clock.now)
    bounded.poll(*records(0))
    assert not bounded.source.is_finished()
    bounded.poll(*records(1))
    assert bounded.source.is_finished()


def test_the_end_of_the_old_topic_does_not_end_the_reading_of_the_new_one(bounded: Reader) -> None:
    bounded.consumer.watermarks[0] = (0, 2)
    bounded.poll(assigned(0), *records(0, 1))
    bounded.source.mark_published({0: 2})
    bounded.consumer.watermarks[0] = (0, 50)
    bounded.consumer.errors["watermarks"].append(kafka_exception(KafkaError._TRANSPORT))  # noqa: SLF001
    with capture_logs():
        bounded.source.begin_anew(bounded.clock.now)
        bounded.poll(*records(0, 1))
    assert not bounded.source.is_finished()


def test_in_strict_mode_a_topic_created_anew_ends_the_worker(strict: Reader) -> None:
    with capture_logs(), pytest.raises(BrokerError, match="'tweets' was deleted and created anew") as caught:
        strict.source.begin_anew(strict.clock.now)
    assert caught.value.exit_code == 4
    assert strict.consumer.calls == []


def test_how_far_a_partition_is_done_passes_markers_but_nothing_in_hand(reader: Reader) -> None:
    assert reader.source.reached() == {0: None, 1: None}
    reader.poll(*records(5, 6), end(8), end(3, partition=1))
    assert reader.source.reached() == {0: 5, 1: 3}
    reader.source.mark_published({0: 6})
    assert reader.source.reached() == {0: 6, 1: 3}
    reader.source.mark_published({0: 7})
    assert reader.source.reached() == {0: 8, 1: 3}

"""The age of what is not published yet."""

import math

import pytest
from confluent_kafka import TIMESTAMP_CREATE_TIME, TIMESTAMP_NOT_AVAILABLE

from tests.stream.kafka.readers import Reader, assigned, end, never, revoked
from tests.stream.records import SENT_AT_MS, record

NO_TIMESTAMP = (TIMESTAMP_NOT_AVAILABLE, 0)


def sent(seconds: float) -> tuple[int, int]:
    """A timestamp so many seconds after the clock's start."""
    return TIMESTAMP_CREATE_TIME, SENT_AT_MS + round(seconds * 1000)


@pytest.fixture
def reader() -> Reader:
    """A reader that owns partition 0, of which a hundred records are there."""
    made = Reader()
    made.consumer.watermarks[0] = (0, 100)
    made.poll(assigned(0))
    return made


def test_the_age_is_that_of_the_oldest_unpublished_record(reader: Reader) -> None:
    reader.poll(record(offset=10, timestamp=sent(0)), record(offset=11, timestamp=sent(1)))
    reader.poll(record(offset=12, timestamp=sent(2)))
    reader.wall_clock.advance(60)
    assert reader.lag_s(0) == 60
    reader.source.mark_published({0: 12})
    assert reader.lag_s(0) == 58


def test_a_partition_that_is_caught_up_is_of_age_0(reader: Reader) -> None:
    reader.consumer.watermarks[0] = (0, 2)
    reader.poll(record(offset=0, timestamp=sent(0)), end(2))
    reader.wall_clock.advance(60)
    assert reader.lag_s(0) == 60
    reader.source.mark_published({0: 1})
    assert reader.lag_s(0) == 0


def test_the_age_of_a_partition_of_which_nothing_was_read_is_unknown(reader: Reader) -> None:
    assert math.isnan(reader.lag_s(0) or 0)


def test_a_record_without_a_timestamp_is_of_unknown_age(reader: Reader) -> None:
    reader.poll(record(offset=10, timestamp=NO_TIMESTAMP))
    assert math.isnan(reader.lag_s(0) or 0)


def test_a_timestamp_from_the_future_is_of_age_0(reader: Reader) -> None:
    reader.poll(record(offset=10, timestamp=sent(3600)))
    assert reader.lag_s(0) == 0


def test_what_waits_unfetched_is_at_least_as_old_as_the_lag(reader: Reader) -> None:
    """A partition that is no longer delivered must not look young for ever."""
    reader.poll(record(offset=10, timestamp=sent(0)))
    reader.source.mark_published({0: 11})
    reader.wall_clock.advance(500)
    assert reader.lag_s(0) == 0
    reader.wall_clock.advance(30)
    assert reader.lag_s(0) == 30
    reader.poll(record(offset=11, timestamp=sent(300)))
    assert reader.lag_s(0) == 230


def test_lag_that_went_away_is_not_counted_from(reader: Reader) -> None:
    reader.poll(record(offset=10, timestamp=sent(0)))
    reader.source.mark_published({0: 11})
    reader.lag_s(0)
    reader.wall_clock.advance(30)
    reader.poll(end(101))
    reader.consumer.watermarks[0] = (0, 101)
    assert reader.lag_s(0) == 0
    reader.consumer.watermarks[0] = (0, 105)
    reader.source._at_end.clear()  # noqa: SLF001 -- as once the first of the new records is there
    assert reader.lag_s(0) == 0


def test_lag_behind_records_that_came_is_counted_from_then(reader: Reader) -> None:
    reader.poll(record(offset=10, timestamp=sent(0)))
    reader.source.mark_published({0: 11})
    assert reader.lag_s(0) == 0
    reader.wall_clock.advance(30)
    reader.poll(record(offset=11, timestamp=sent(20)))
    assert reader.lag_s(0) == 10
    reader.source.mark_published({0: 12})
    assert reader.lag_s(0) == 0


def test_what_was_rewound_is_no_younger(reader: Reader) -> None:
    reader.poll(record(offset=10, timestamp=sent(0)), record(offset=11, timestamp=sent(1)))
    reader.wall_clock.advance(60)
    reader.source.rewind(never)
    assert reader.lag_s(0) == 60
    reader.poll(record(offset=10, timestamp=sent(0)), record(offset=11, timestamp=sent(1)))
    reader.source.mark_published({0: 12})
    reader.poll(record(offset=12, timestamp=sent(40)))
    assert reader.lag_s(0) == 20


def test_a_partition_that_comes_back_has_no_age_from_before(reader: Reader) -> None:
    reader.poll(record(offset=10, timestamp=sent(0)))
    assert reader.lag_s(0) == 0
    reader.poll(revoked(0))
    assert reader.lag_s(0) is None
    reader.wall_clock.advance(60)
    reader.poll(assigned(0), record(offset=50, timestamp=sent(55)))
    assert reader.lag_s(0) == 5

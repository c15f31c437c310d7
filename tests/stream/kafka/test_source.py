"""The input topic: records, positions, lag, and what a rebalance takes away."""

from typing import cast

import pytest
from confluent_kafka import Consumer, KafkaError
from structlog.testing import capture_logs

from stream.errors import BrokerError
from tests.stream.kafka.fakes import Event, FakeConsumer
from tests.stream.kafka.readers import RESET, Reader, assigned, end, lost, never, records, revoked, went_to
from tests.stream.records import event, kafka_exception


@pytest.fixture
def reader() -> Reader:
    """A reader that owns partitions 0 and 1."""
    made = Reader()
    made.poll(assigned(0, 1))
    return made


def test_records_of_owned_partitions_come_out_in_order(reader: Reader) -> None:
    assert reader.poll(*records(0, 1), *records(7, partition=1)) == [(0, 0), (0, 1), (1, 7)]
    assert reader.count("warble_tweets_received_total") == 3


def test_no_more_than_asked_for_comes_out(reader: Reader) -> None:
    assert reader.poll(*records(0, 1, 2), most=2) == [(0, 0), (0, 1)]
    assert reader.poll(most=1) == [(0, 2)]
    assert reader.poll() == []


def test_it_subscribes_to_the_topic(reader: Reader) -> None:
    assert reader.consumer.subscribed == ["tweets"]


def test_the_group_is_joined_with_the_first_assignment_even_of_nothing() -> None:
    reader = Reader()
    assert not reader.source.joined
    reader.poll(assigned())
    assert reader.source.joined
    assert reader.source.owned == set()


def test_records_of_a_partition_that_is_gone_are_dropped(reader: Reader) -> None:
    assert reader.poll(*records(3), *records(5, partition=1), revoked(0), *records(4)) == [(1, 5)]
    assert reader.count("warble_tweets_received_total") == 1


@pytest.mark.parametrize(("gone", "label"), [(revoked(0), "partitions_revoked"), (lost(0), "partitions_lost")])
def test_a_partition_that_is_gone_is_forgotten(reader: Reader, gone: Event, label: str) -> None:
    reader.poll(*records(3, 4), *records(5, partition=1), end(6, partition=1))
    reader.source.mark_published({0: 4, 1: 6})
    assert reader.lag(0) is not None
    reader.poll(gone)
    assert reader.revoked == [{0}]
    assert reader.source.owned == {1}
    assert reader.source.published() == {1: 6}
    assert reader.lag(0) is None
    assert reader.count("warble_partitions_assigned") == 1
    assert reader.count("warble_rebalances_total", event=label) == 1


def test_a_partition_that_comes_back_starts_where_the_group_is(reader: Reader) -> None:
    reader.poll(*records(3))
    reader.poll(revoked(0))
    reader.poll(assigned(0), *records(9))
    assert reader.source.published() == {0: 9}


def test_the_end_of_a_partition_that_is_gone_leaves_no_trace(reader: Reader) -> None:
    """Else the partition, once it is back, would be rewound to where another worker has long been."""
    reader.poll(end(10), revoked(0))
    reader.poll(assigned(0), *records(50))
    assert reader.source.published() == {0: 50}


def test_who_listens_is_told_before_the_partition_is_forgotten() -> None:
    reader = Reader()
    owned_then: list[set[int]] = []
    reader.source._on_revoked = lambda _: owned_then.append(set(reader.source.owned))  # noqa: SLF001
    reader.poll(assigned(0, 1))
    reader.poll(revoked(1))
    assert owned_then == [{0, 1}]


def test_the_first_unpublished_record_is_the_first_that_was_read(reader: Reader) -> None:
    reader.poll(*records(5, 6))
    assert reader.source.published() == {0: 5}
    reader.source.mark_published({0: 6})
    assert reader.source.published() == {0: 6}


def test_rewinding_goes_to_the_first_unpublished_record_of_every_owned_partition(reader: Reader) -> None:
    reader.poll(*records(5, 6), *records(7, 8, partition=1))
    reader.source.mark_published({0: 6})
    reader.source.rewind(never)
    assert reader.consumer.calls == went_to(0, 6) + went_to(1, 7)


def test_where_the_outcome_is_unknown_rewinding_goes_to_what_the_group_committed(reader: Reader) -> None:
    reader.poll(*records(5, 6), *records(7, 8, partition=1))
    reader.consumer.group[0] = 7
    reader.consumer.errors["committed"].append(kafka_exception(KafkaError._TIMED_OUT))  # noqa: SLF001
    pulses: list[None] = []
    with capture_logs():
        reader.source.rewind(lambda: pulses.append(None), ask_broker=True)
    assert reader.consumer.calls == went_to(0, 7) + went_to(1, 7)
    assert reader.source.published() == {0: 7, 1: 7}
    assert len(pulses) == 1


def test_a_partition_of_which_nothing_is_known_is_not_rewound(reader: Reader) -> None:
    reader.source.rewind(never)
    assert reader.consumer.calls == []


def test_a_partition_that_is_gone_is_not_rewound(reader: Reader) -> None:
    reader.poll(*records(5), *records(7, partition=1))
    reader.poll(revoked(0))
    reader.source.rewind(never)
    assert reader.consumer.calls == went_to(1, 7)


def test_what_was_rewound_is_read_again(reader: Reader) -> None:
    reader.poll(*records(5, 6), end(7))
    reader.source.rewind(never)
    assert reader.source.published() == {0: 5}
    reader.consumer.watermarks[0] = (0, 7)
    assert reader.lag(0) == 2
    reader.poll(*records(5, 6), end(7))
    reader.source.mark_published({0: 7})
    assert reader.lag(0) == 0


def test_lag_counts_what_lies_between_the_published_and_the_end(reader: Reader) -> None:
    reader.consumer.watermarks[0] = (0, 100)
    reader.poll(*records(10, 11))
    assert reader.lag(0) == 90
    reader.source.mark_published({0: 12})
    assert reader.lag(0) == 88


def test_control_markers_at_the_end_are_no_lag(reader: Reader) -> None:
    """Five records and the marker of their transaction: the end is 6, and nothing is left to do."""
    reader.consumer.watermarks[0] = (0, 6)
    reader.poll(*records(0, 1, 2, 3, 4), end(6))
    assert reader.lag(0) == 5
    reader.source.mark_published({0: 3})
    assert reader.lag(0) == 2
    reader.source.mark_published({0: 5})
    assert reader.lag(0) == 0


def test_a_restart_behind_the_last_record_finds_no_lag(reader: Reader) -> None:
    reader.consumer.watermarks[0] = (0, 6)
    reader.poll(end(6))
    assert reader.lag(0) == 0


def test_new_records_after_the_end_are_lag_again(reader: Reader) -> None:
    reader.poll(*records(0), end(2))
    reader.source.mark_published({0: 1})
    reader.consumer.watermarks[0] = (0, 5)
    reader.poll(*records(2))
    assert reader.lag(0) == 4


def test_an_unknown_end_is_no_negative_lag(reader: Reader) -> None:
    reader.consumer.watermarks[0] = (-1001, -1001)
    reader.poll(*records(3))
    assert reader.lag(0) == 1


def test_lag_of_one_partition_is_no_other_partitions_lag(reader: Reader) -> None:
    reader.consumer.watermarks.update({0: (0, 3), 1: (0, 50)})
    reader.poll(*records(0), *records(0, partition=1))
    assert (reader.lag(0), reader.lag(1)) == (3, 50)


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (KafkaError._FATAL, "fatal error"),  # noqa: SLF001 -- what a fenced static consumer sees; its fatal() is False
        (KafkaError.FENCED_INSTANCE_ID, "fenced by another live worker"),
        (KafkaError.GROUP_AUTHORIZATION_FAILED, "permission denied while reading"),
        (KafkaError.TOPIC_AUTHORIZATION_FAILED, "permission denied while reading"),
        (KafkaError.UNKNOWN_TOPIC_OR_PART, "a topic is missing while reading"),
    ],
)
def test_an_error_that_cannot_heal_ends_the_process(reader: Reader, code: int, said: str) -> None:
    with pytest.raises(BrokerError, match=said):
        reader.poll(*records(0), event(code))


def test_an_error_that_may_heal_is_logged_and_reading_goes_on(reader: Reader) -> None:
    with capture_logs() as logs:
        assert reader.poll(event(KafkaError._TRANSPORT), *records(0)) == [(0, 0)]  # noqa: SLF001
    assert [(line["event"], line["error"]) for line in logs] == [("kafka_consumer", "_TRANSPORT")]


def test_no_permission_to_ask_for_offsets_ends_the_process(reader: Reader) -> None:
    reader.consumer.errors["committed"].append(kafka_exception(KafkaError.GROUP_AUTHORIZATION_FAILED))
    with pytest.raises(BrokerError, match="permission denied while reading offsets"):
        reader.poll(event(RESET))


def test_a_source_that_rejoins_has_nothing_left_of_its_former_self(reader: Reader) -> None:
    reader.poll(*records(0, 1, 2), *records(0, partition=1))
    former, reader.consumer = reader.consumer, FakeConsumer()
    reader.source.rejoin(cast("Consumer", reader.consumer))
    assert reader.revoked == [{0, 1}]
    assert (reader.source.owned, reader.source.published(), reader.source.joined) == (set(), {}, False)

    assert reader.poll(assigned(0), *records(1)) == [(0, 1)]
    former.lose(0)  # what a consumer that is slow to close may still say
    assert reader.source.owned == {0}
    assert reader.source.published() == {0: 1}

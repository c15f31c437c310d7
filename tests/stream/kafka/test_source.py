"""The input topic: positions, ends, lag, and what a rebalance takes away."""

from dataclasses import dataclass, field
from typing import cast

import pytest
from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, Message
from structlog.testing import capture_logs

from stream.errors import BrokerError
from stream.kafka.source import Source
from stream.metrics import Metrics
from tests.stream.kafka.fakes import Event, FakeConsumer
from tests.stream.records import event, kafka_exception, record

EOF, RESET = KafkaError._PARTITION_EOF, KafkaError._AUTO_OFFSET_RESET  # noqa: SLF001 -- the library's public names


@dataclass
class Reader:
    """A source with its fake consumer, subscribed."""

    consumer: FakeConsumer = field(default_factory=FakeConsumer)
    metrics: Metrics = field(default_factory=Metrics)
    revoked: list[set[int]] = field(default_factory=list)
    stop_at_end: bool = False

    def __post_init__(self) -> None:
        self.source = Source(
            cast("Consumer", self.consumer),
            "tweets",
            metrics=self.metrics,
            on_revoked=lambda partitions: self.revoked.append(set(partitions)),
            stop_at_end=self.stop_at_end,
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

    def count(self, name: str, **labels: str) -> float | None:
        return self.metrics.registry.get_sample_value(name, labels)


@pytest.fixture
def reader() -> Reader:
    """A reader that owns partitions 0 and 1."""
    made = Reader()
    made.poll(assigned(0, 1))
    return made


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


def test_rewinding_seeks_the_first_unpublished_record_of_every_owned_partition(reader: Reader) -> None:
    reader.poll(*records(5, 6), *records(7, 8, partition=1))
    reader.source.mark_published({0: 6})
    reader.source.rewind()
    assert reader.consumer.calls == [("seek", 0, 6), ("seek", 1, 7)]


def test_a_partition_of_which_nothing_is_known_is_not_rewound(reader: Reader) -> None:
    reader.source.rewind()
    assert reader.consumer.calls == []


def test_a_partition_that_is_gone_is_not_rewound(reader: Reader) -> None:
    reader.poll(*records(5), *records(7, partition=1))
    reader.poll(revoked(0))
    reader.source.rewind()
    assert reader.consumer.calls == [("seek", 1, 7)]


def test_what_was_rewound_is_read_again(reader: Reader) -> None:
    reader.poll(*records(5, 6), end(7))
    reader.source.rewind()
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


# --- stop at end


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
    bounded.source.rewind()
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


def test_without_a_stop_no_ends_are_asked_for(reader: Reader) -> None:
    reader.consumer.errors["watermarks"].append(kafka_exception(KafkaError._TRANSPORT))  # noqa: SLF001
    reader.poll(assigned(2))
    assert len(reader.consumer.errors["watermarks"]) == 1


# --- positions that do not exist


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


# --- errors


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

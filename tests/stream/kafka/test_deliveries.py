"""What a delivery promises, whichever it is: every outcome once, then its offset, then word of it."""

from collections.abc import Sequence

import pytest
from confluent_kafka import KafkaError
from structlog.testing import capture_logs

from model.errors import UsageError
from stream.errors import BrokerError
from stream.kafka.delivery import Delivery, RewindError
from stream.messages.outgoing import Outgoing
from stream.messages.reasons import Reason
from stream.settings import KafkaSettings
from tests.stream.kafka.conftest import KINDS, Bench, OutOfPatienceError
from tests.stream.records import kafka_exception, record

OUTPUT, DEAD = "tweets.labelled", "tweets.dead"


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    assert isinstance(request.param, str)
    return request.param


@pytest.fixture
def delivery(bench: Bench, kind: str) -> Delivery:
    made = bench.make(kind)
    made.open()
    return made


def result(offset: int, value: bytes | None = None, partition: int = 0) -> Outgoing:
    source = record(b"original %d" % offset, partition=partition, offset=offset, headers=[("h", b"v")])
    return Outgoing(source, result=b"result %d" % offset if value is None else value, label=0)


def dead(offset: int, **changes: bytes) -> Outgoing:
    source = record(changes.get("value", b"bad"), offset=offset, headers=[("h", changes.get("header", b"v"))])
    return Outgoing(source, reason=Reason.NOT_JSON, detail="no JSON")


def headers(bench: Bench, row: int = 0) -> dict[str, str | bytes | None]:
    return dict([sent for sent in bench.broker.committed if sent.topic == DEAD][row].headers or [])


def told(bench: Bench) -> list[int | None]:
    return [outcome.record.offset() for outcomes in bench.published for outcome in outcomes]


def test_results_and_dead_letters_go_to_their_topics_in_order(delivery: Delivery, bench: Bench) -> None:
    delivery.publish([result(0), dead(1), result(2), dead(3)])
    assert bench.broker.values(OUTPUT) == [b"result 0", b"result 2"]
    assert bench.broker.values(DEAD) == [b"bad", b"bad"]


def test_records_keep_key_headers_and_timestamp(delivery: Delivery, bench: Bench) -> None:
    outcome = result(0)
    delivery.publish([outcome])
    (sent,) = bench.broker.committed
    assert (sent.key, sent.headers, sent.timestamp) == (b"key", [("h", b"v")], outcome.timestamp)


def test_the_offset_after_the_last_record_of_each_partition_is_committed(delivery: Delivery, bench: Bench) -> None:
    delivery.publish([result(4), result(90, partition=2), dead(5), result(91, partition=2)])
    assert bench.broker.offsets == {0: 6, 2: 92}


def test_batches_follow_each_other(delivery: Delivery, bench: Bench) -> None:
    delivery.publish([result(0)])
    delivery.publish([result(1)])
    assert bench.broker.values(OUTPUT) == [b"result 0", b"result 1"]
    assert bench.broker.offsets == {0: 2}
    assert told(bench) == [0, 1]


def test_other_work_is_done_while_the_broker_has_all_outcomes_and_no_offsets_yet(bench: Bench, kind: str) -> None:
    found: list[tuple[int, dict[int, int]]] = []

    def look() -> None:
        found.append((len(bench.producer.made[-1].handed_over), dict(bench.broker.offsets)))

    delivery = bench.make(kind)
    delivery.meanwhile = look
    delivery.open()
    delivery.publish([result(0), dead(1)])
    assert found == [(2, {})]


def test_the_worker_is_told_after_the_offsets_are_committed(delivery: Delivery, bench: Bench) -> None:
    delivery.publish([result(0), result(1)])
    assert bench.published == [[*bench.published[0]]]
    assert bench.offsets_when_told == [{0: 2}]


def test_a_result_too_large_for_its_topic_becomes_a_dead_letter(delivery: Delivery, bench: Bench) -> None:
    bench.broker.limits[OUTPUT] = 50
    delivery.publish([result(0), result(1, b"x" * 100), result(2), result(3, b"y" * 100), dead(4)])
    assert sorted(map(str, bench.broker.values(OUTPUT))) == sorted(map(str, [b"result 0", b"result 2"]))
    assert set(bench.broker.values(DEAD)) == {b"original 1", b"original 3", b"bad"}
    assert sorted(told(bench), key=str) == [0, 1, 2, 3, 4]
    assert bench.broker.offsets == {0: 5}
    reasons = [dict(sent.headers or [])["warble-reason"] for sent in bench.broker.committed if sent.topic == DEAD]
    assert sorted(map(str, reasons)) == sorted(map(str, [b"too-large", b"too-large", b"not-json"]))


def test_a_dead_letter_too_large_for_its_topic_shrinks_until_it_fits(delivery: Delivery, bench: Bench) -> None:
    bench.broker.limits[DEAD] = 200
    delivery.publish([dead(0, header=b"x" * 500), dead(1, value=b"y" * 500), dead(2)])
    letters = {str(dict(sent.headers or [])["warble-source"]): sent for sent in bench.broker.committed}
    by_headers, by_value, whole = (letters[str(b"tweets/0/%d" % offset)] for offset in range(3))
    assert by_headers.value == b"bad"
    assert dict(by_headers.headers or [])["warble-truncated"] == b"headers"
    assert "h" not in dict(by_headers.headers or [])
    assert by_value.value is None
    assert by_value.key == b"key"
    assert dict(by_value.headers or [])["warble-truncated"] == b"headers,value"
    assert "warble-truncated" not in dict(whole.headers or [])
    assert bench.broker.offsets == {0: 3}


def test_a_dead_letter_that_cannot_shrink_any_more_ends_the_process(delivery: Delivery, bench: Bench) -> None:
    bench.broker.limits[DEAD] = 5
    with pytest.raises(BrokerError, match=r"refuses even an empty record for tweets/0/0 .*max\.message\.bytes"):
        delivery.publish([dead(0)])
    assert bench.broker.offsets == {}
    assert bench.published == []


def test_what_is_too_large_for_the_client_shrinks_before_it_is_sent(delivery: Delivery, bench: Bench) -> None:
    bench.broker.client_limit = 200
    delivery.publish([result(0), result(1, b"x" * 300), dead(2, value=b"y" * 300)])
    assert bench.broker.values(OUTPUT) == [b"result 0"]
    assert bench.broker.values(DEAD) == [b"original 1", None]
    assert headers(bench, 0)["warble-reason"] == b"too-large"
    assert headers(bench, 1)["warble-truncated"] == b"headers,value"
    assert told(bench) == [0, 1, 2]


def test_a_full_queue_is_waited_for(delivery: Delivery, bench: Bench) -> None:
    bench.broker.plan("produce", None, BufferError("full"), BufferError("full"), None)
    delivery.publish([result(0), result(1)])
    assert bench.broker.values(OUTPUT) == [b"result 0", b"result 1"]
    assert bench.pulses >= 2


def test_a_stop_ends_the_wait_for_a_full_queue(delivery: Delivery, bench: Bench) -> None:
    bench.broker.plan("produce", *[BufferError("full")] * 9)
    bench.patience = 3
    with pytest.raises(OutOfPatienceError):
        delivery.publish([result(0)])
    assert bench.broker.offsets == {}


@pytest.mark.parametrize("call", ["produce", "commit"])
@pytest.mark.parametrize(
    ("code", "said"),
    [
        (KafkaError._FENCED, "fenced by another live worker"),  # noqa: SLF001 -- the library's public name
        (KafkaError.PRODUCER_FENCED, "fenced by another live worker"),
        (KafkaError.TOPIC_AUTHORIZATION_FAILED, "permission denied"),
        (KafkaError.GROUP_AUTHORIZATION_FAILED, "permission denied"),
    ],
)
def test_a_final_answer_ends_the_process(delivery: Delivery, bench: Bench, call: str, code: int, said: str) -> None:
    bench.broker.plan(call, kafka_exception(code, abort=True, retriable=True))
    with pytest.raises(BrokerError, match=said) as caught:
        delivery.publish([result(0)])
    assert caught.value.exit_code == 4
    assert bench.published == []
    assert bench.broker.offsets == {}


def test_a_fatal_client_ends_the_process(delivery: Delivery, bench: Bench) -> None:
    bench.broker.plan("commit", kafka_exception(KafkaError.OUT_OF_ORDER_SEQUENCE_NUMBER, fatal=True))
    with pytest.raises(BrokerError, match="fatal error of the Kafka client"):
        delivery.publish([result(0)])


def test_a_topic_without_permission_ends_the_process(delivery: Delivery, bench: Bench) -> None:
    bench.broker.refusals[OUTPUT] = KafkaError.TOPIC_AUTHORIZATION_FAILED
    with pytest.raises(BrokerError, match="permission denied while publishing"):
        delivery.publish([result(0), dead(1)])
    assert bench.published == []
    assert bench.broker.offsets == {}


@pytest.mark.parametrize("code", [KafkaError.INVALID_TIMESTAMP, KafkaError.INVALID_RECORD, KafkaError.POLICY_VIOLATION])
def test_a_record_that_its_topic_never_takes_does_not_go_round_for_ever(
    delivery: Delivery, bench: Bench, code: int
) -> None:
    bench.broker.refusals[OUTPUT] = code
    with pytest.raises(BrokerError, match="refused a record"):
        delivery.publish([result(0)])
    assert bench.broker.offsets == {}


def test_stages_are_timed(delivery: Delivery, bench: Bench) -> None:
    delivery.publish([result(0)])
    for stage in ("publish", "commit"):
        assert bench.metrics.registry.get_sample_value("warble_stage_seconds_count", {"stage": stage}) == 1


def test_serving_and_closing_reach_the_producer(delivery: Delivery, bench: Bench) -> None:
    delivery.serve()
    delivery.close()
    assert bench.broker.calls[-2:] == ["poll", "close"]


def test_many_batches_with_refusals_of_every_kind_lose_nothing(delivery: Delivery, bench: Bench) -> None:
    bench.broker.limits = {OUTPUT: 60, DEAD: 250}
    bench.producer.queue_size = 3
    offset = 0
    for size in (1, 2, 7, 20):
        batch: list[Outgoing] = []
        for _ in range(size):
            kinds: Sequence[Outgoing] = (
                result(offset),
                result(offset, b"x" * 100),
                dead(offset, value=b"z" * 400),
                dead(offset, header=b"z" * 400),
                dead(offset),
            )
            batch.append(kinds[offset % len(kinds)])
            offset += 1
        delivery.publish(batch)
    assert sorted(place for place in told(bench) if place is not None) == list(range(offset))
    assert len(bench.broker.committed) == offset
    assert bench.broker.offsets == {0: offset}


def test_properties_that_the_client_refuses_are_bad_usage(
    bench: Bench, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise kafka_exception(KafkaError._INVALID_ARG)  # noqa: SLF001 -- the library's public name

    monkeypatch.setattr(bench.producer, "__init__", refuse)
    with pytest.raises(UsageError, match="WARBLE_KAFKA__PROPERTIES"):
        bench.make(kind)


def test_other_topics_are_used_when_set(bench: Bench, kind: str) -> None:
    delivery = bench.make(kind, KafkaSettings(output_topic="out", dead_letter_topic="dead"))
    delivery.publish([result(0), dead(1)])
    assert [sent.topic for sent in bench.broker.committed] == ["out", "dead"]


def test_only_a_transaction_may_ask_for_a_rewind() -> None:
    assert not issubclass(RewindError, BrokerError)


def test_where_limits_are_unknown_and_much_is_refused_records_are_sent_singly_from_then_on(
    delivery: Delivery, bench: Bench
) -> None:
    bench.broker.limits[OUTPUT] = 50
    with capture_logs() as logs:
        delivery.publish([result(0), result(1, b"x" * 100), result(2, b"x" * 100)])
        delivery.publish([result(3, b"x" * 100), result(4), result(5, b"x" * 100)])
    assert [line["event"] for line in logs].count("sending_singly") == 1
    assert [made.properties.get("batch.num.messages") for made in bench.producer.made] == [None, 1]
    assert bench.broker.values(OUTPUT) == [b"result 0", b"result 4"]
    assert bench.broker.values(DEAD) == [b"original 1", b"original 2", b"original 3", b"original 5"]
    assert told(bench) == [0, 1, 2, 3, 4, 5]


def test_where_limits_are_known_records_go_on_being_sent_together(bench: Bench, kind: str) -> None:
    bench.limits = {OUTPUT: 1_000_000, DEAD: 1_000_000}
    bench.broker.limits[OUTPUT] = 50
    delivery = bench.make(kind)
    delivery.open()
    delivery.publish([result(0), result(1, b"x" * 100), result(2, b"x" * 100)])
    assert [made.properties.get("batch.num.messages") for made in bench.producer.made] == [None]
    assert bench.broker.values(DEAD) == [b"original 1", b"original 2"]

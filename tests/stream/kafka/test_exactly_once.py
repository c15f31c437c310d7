"""One transaction a batch: begun, filled, committed with the offsets, or aborted and begun again."""

from threading import Event

import pytest
from confluent_kafka import KafkaError
from structlog.testing import capture_logs

from stream.errors import BrokerError
from stream.kafka.delivery import Delivery, RewindError
from stream.messages.outgoing import Outgoing
from stream.settings import KafkaSettings
from tests.stream.kafka.conftest import Bench, OutOfPatienceError
from tests.stream.kafka.test_deliveries import DEAD, OUTPUT, dead, result, told
from tests.stream.records import kafka_exception

TIMED_OUT = kafka_exception(KafkaError._TIMED_OUT, retriable=True)  # noqa: SLF001 -- the library's public name
ABORT = kafka_exception(KafkaError.UNKNOWN_MEMBER_ID, abort=True)
ABORTED, RETRIES = "warble_transactions_aborted_total", "warble_delivery_retries_total"


@pytest.fixture
def delivery(bench: Bench) -> Delivery:
    made = bench.make("exactly-once")
    made.open()
    bench.broker.calls.clear()
    return made


def batch(*offsets: int) -> list[Outgoing]:
    return [result(offset) for offset in offsets]


def calls(bench: Bench) -> list[str]:
    return [call for call in bench.broker.calls if call not in ("produce", "poll")]


def test_a_batch_is_one_transaction(delivery: Delivery, bench: Bench) -> None:
    delivery.publish(batch(0, 1))
    assert [call for call in bench.broker.calls if call != "poll"] == [
        "begin",
        "produce",
        "produce",
        "offsets",
        "commit",
    ]


def test_the_producer_is_transactional_under_a_lasting_id(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: dict[str, object] = {}
    monkeypatch.setattr(bench.producer, "__init__", lambda _self, properties, **_: seen.update(properties))
    bench.make("exactly-once", KafkaSettings(group_id="g", instance_id="i"))
    assert seen["transactional.id"] == "warble-g-i"
    assert seen["enable.idempotence"] is True
    assert seen["transaction.timeout.ms"] == 10_000


@pytest.mark.parametrize("call", ["begin", "offsets", "commit"])
def test_a_call_that_may_still_succeed_is_made_again_and_counted(delivery: Delivery, bench: Bench, call: str) -> None:
    bench.broker.plan(call, TIMED_OUT, TIMED_OUT)
    delivery.publish(batch(0))
    assert bench.broker.calls.count(call) == 3
    assert list(dict.fromkeys(calls(bench))) == ["begin", "offsets", "commit"]
    assert bench.count(RETRIES) == 2
    assert bench.count(ABORTED) == 0
    assert bench.pulses == 2
    assert bench.broker.values(OUTPUT) == [b"result 0"]


def test_an_abort_is_made_again_too(delivery: Delivery, bench: Bench) -> None:
    bench.broker.plan("offsets", ABORT)
    bench.broker.plan("abort", TIMED_OUT)
    with pytest.raises(RewindError):
        delivery.publish(batch(0))
    assert calls(bench) == ["begin", "offsets", "abort", "abort"]


@pytest.mark.parametrize("call", ["begin", "offsets", "commit"])
def test_a_transaction_that_must_be_aborted_is_rewound(delivery: Delivery, bench: Bench, call: str) -> None:
    bench.broker.plan(call, ABORT)
    with pytest.raises(RewindError, match="UNKNOWN_MEMBER_ID"):
        delivery.publish(batch(0, 1))
    assert bench.broker.calls.count("abort") == 1
    assert bench.count(ABORTED) == 1
    assert bench.broker.committed == []
    assert bench.broker.offsets == {}
    assert bench.published == []


def test_after_a_rewind_the_next_batch_is_published(delivery: Delivery, bench: Bench) -> None:
    bench.broker.plan("commit", ABORT)
    with pytest.raises(RewindError):
        delivery.publish(batch(0))
    delivery.publish(batch(0))
    assert bench.broker.values(OUTPUT) == [b"result 0"]
    assert told(bench) == [0]


def test_an_error_that_is_both_retriable_and_abortable_is_not_retried(delivery: Delivery, bench: Bench) -> None:
    both = kafka_exception(KafkaError.COORDINATOR_NOT_AVAILABLE, retriable=True, abort=True)
    bench.broker.plan("commit", both)
    with pytest.raises(RewindError):
        delivery.publish(batch(0))
    assert calls(bench) == ["begin", "offsets", "commit", "abort"]
    assert bench.count(RETRIES) == 0


@pytest.mark.parametrize("call", ["begin", "produce", "offsets", "commit"])
def test_any_other_error_ends_the_process(delivery: Delivery, bench: Bench, call: str) -> None:
    bench.broker.plan(call, kafka_exception(KafkaError.INVALID_TXN_STATE))
    with pytest.raises(BrokerError, match=r"the broker refused while .*INVALID_TXN_STATE"):
        delivery.publish(batch(0))
    assert bench.published == []


def test_an_abort_that_is_refused_ends_the_process(delivery: Delivery, bench: Bench) -> None:
    bench.broker.plan("commit", ABORT)
    bench.broker.plan("abort", kafka_exception(KafkaError._FENCED, fatal=True))  # noqa: SLF001
    with pytest.raises(BrokerError, match="fenced by another live worker while aborting"):
        delivery.publish(batch(0))


@pytest.mark.parametrize("call", ["begin", "offsets", "commit"])
def test_a_stop_ends_the_wait_for_the_broker(delivery: Delivery, bench: Bench, call: str) -> None:
    bench.broker.plan(call, *[TIMED_OUT] * 9)
    bench.patience = 4
    with pytest.raises(OutOfPatienceError):
        delivery.publish(batch(0))
    assert bench.broker.calls.count(call) == 4
    assert bench.broker.offsets == {}


@pytest.mark.parametrize("hasty", [False, True])
def test_order_is_kept_around_a_record_that_is_too_large(delivery: Delivery, bench: Bench, *, hasty: bool) -> None:
    bench.producer.hasty = hasty
    bench.broker.limits[OUTPUT] = 50
    large = b"x" * 100
    delivery.publish([result(0), result(1, large), result(2), dead(3), result(4, large), result(5)])
    assert [sent.value for sent in bench.broker.committed] == [
        *(b"result 0", b"original 1", b"result 2", b"bad", b"original 4", b"result 5")
    ]
    assert told(bench) == [0, 1, 2, 3, 4, 5]
    assert bench.offsets_when_told[-1] == {0: 6}


def test_each_part_is_told_with_its_own_offsets(delivery: Delivery, bench: Bench) -> None:
    bench.broker.limits[OUTPUT] = 50
    delivery.publish([result(0), result(1, b"x" * 100), result(2)])
    assert bench.offsets_when_told == [{0: 1}, {0: 2}, {0: 3}]
    assert [len(outcomes) for outcomes in bench.published] == [1, 1, 1]


def test_what_was_published_before_a_rewind_stays_told(delivery: Delivery, bench: Bench) -> None:
    bench.broker.limits[OUTPUT] = 50
    # All together, the first part, then the large record alone: twice too much for the broker.
    bench.broker.plan("offsets", None, None, ABORT, ABORT)
    with pytest.raises(RewindError):
        delivery.publish([result(0), result(1, b"x" * 100), result(2)])
    assert told(bench) == [0]
    assert bench.broker.offsets == {0: 1}


def test_a_transaction_that_fails_while_it_is_filled_is_aborted(delivery: Delivery, bench: Bench) -> None:
    bench.broker.plan("produce", None, kafka_exception(KafkaError._STATE))  # noqa: SLF001
    with pytest.raises(RewindError):
        delivery.publish(batch(0, 1))
    assert calls(bench) == ["begin", "abort"]
    assert bench.broker.values(OUTPUT) == []


def test_a_result_that_the_abort_finds_too_large_for_good_is_a_dead_letter(delivery: Delivery, bench: Bench) -> None:
    bench.producer.hasty = True
    bench.broker.limits[OUTPUT] = 50
    delivery.publish([result(0, b"x" * 100), *batch(1, 2)])
    assert bench.broker.values(DEAD) == [b"original 0"]
    assert bench.broker.values(OUTPUT) == [b"result 1", b"result 2"]


def test_the_gap_after_a_refused_record_costs_an_abort_but_no_rewind(delivery: Delivery, bench: Bench) -> None:
    bench.broker.limits[OUTPUT] = 50
    gap = kafka_exception(KafkaError.OUT_OF_ORDER_SEQUENCE_NUMBER, abort=True)
    # The refusal comes with the commit; the gap costs the next transaction, and only that one.
    bench.broker.plan("offsets", None, gap)
    delivery.publish([result(0, b"x" * 100)])
    assert bench.broker.values(DEAD) == [b"original 0"]


def test_two_aborts_in_a_row_after_a_refused_record_are_rewound(delivery: Delivery, bench: Bench) -> None:
    bench.broker.limits[OUTPUT] = 50
    bench.broker.plan("offsets", None, ABORT, ABORT)
    with pytest.raises(RewindError):
        delivery.publish([result(0, b"x" * 100)])
    assert bench.published == []


def test_a_member_that_came_back_under_a_new_id_reads_again_before_it_counts_as_fenced(
    delivery: Delivery, bench: Bench
) -> None:
    bench.broker.plan("offsets", kafka_exception(KafkaError.FENCED_INSTANCE_ID, abort=True))
    with pytest.raises(RewindError, match="FENCED_INSTANCE_ID"):
        delivery.publish(batch(0))


def test_opening_initialises_transactions_patiently(bench: Bench) -> None:
    bench.broker.plan("init", TIMED_OUT, TIMED_OUT)
    bench.make("exactly-once").open()
    assert calls(bench) == ["init"] * 3


def test_opening_gives_up_after_the_connect_timeout(bench: Bench) -> None:
    bench.broker.plan("init", *[TIMED_OUT] * 9)
    with pytest.raises(BrokerError, match=r"transaction coordinator at 127\.0\.0\.1:9092 did not answer within") as e:
        bench.make("exactly-once", KafkaSettings(connect_timeout_s=1e-12)).open()
    assert e.value.exit_code == 4


def test_opening_without_permission_ends_the_process(bench: Bench) -> None:
    refused = kafka_exception(KafkaError.TRANSACTIONAL_ID_AUTHORIZATION_FAILED, fatal=True)
    bench.broker.plan("init", refused)
    with pytest.raises(BrokerError, match="permission denied while opening the transactional producer"):
        bench.make("exactly-once").open()


def test_a_producer_that_hangs_is_left_behind_and_its_transaction_rewound(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    released = Event()
    delivery = bench.make("exactly-once", hung_after_s=0.01)
    delivery.open()
    calm = bench.producer.send_offsets_to_transaction

    def hang(*_: object) -> None:
        monkeypatch.setattr(bench.producer, "send_offsets_to_transaction", calm)
        bench.broker.call("hang")
        released.wait()

    monkeypatch.setattr(bench.producer, "send_offsets_to_transaction", hang)
    try:
        with capture_logs() as logs, pytest.raises(RewindError) as caught:
            delivery.publish(batch(0, 1))
    finally:
        released.set()
    assert not caught.value.outcome_unknown
    assert calls(bench) == ["init", "begin", "hang", "init"]
    delivery.publish(batch(0, 1))
    assert bench.broker.values(OUTPUT) == [b"result 0", b"result 1"]
    assert bench.count("warble_producers_replaced_total") == 1
    assert "producer_replaced" in [line["event"] for line in logs]


def test_a_commit_that_never_ends_leaves_the_outcome_to_the_group(bench: Bench) -> None:
    delivery = bench.make("exactly-once", hung_after_s=0.0)
    delivery.open()
    bench.broker.plan("commit", TIMED_OUT)
    with capture_logs(), pytest.raises(RewindError) as caught:
        delivery.publish(batch(0))
    assert caught.value.outcome_unknown
    assert calls(bench) == ["init", "begin", "offsets", "commit", "init"]
    assert bench.published == []


def test_an_abort_that_never_ends_is_left_to_a_new_producer(bench: Bench) -> None:
    delivery = bench.make("exactly-once", hung_after_s=0.0)
    delivery.open()
    bench.broker.plan("commit", ABORT)
    bench.broker.plan("abort", TIMED_OUT)
    with capture_logs(), pytest.raises(RewindError) as caught:
        delivery.publish(batch(0))
    assert not caught.value.outcome_unknown
    assert calls(bench) == ["init", "begin", "offsets", "commit", "abort", "init"]


def test_a_new_producer_that_finds_no_coordinator_is_replaced_too(bench: Bench) -> None:
    delivery = bench.make("exactly-once", hung_after_s=0.0)
    delivery.open()
    bench.broker.plan("abort", TIMED_OUT)
    bench.broker.plan("commit", ABORT)
    bench.broker.plan("init", TIMED_OUT, TIMED_OUT)
    with capture_logs(), pytest.raises(RewindError):
        delivery.publish(batch(0))
    assert bench.count("warble_producers_replaced_total") == 3


def test_records_sent_singly_go_in_transactions_that_end_in_time(delivery: Delivery, bench: Bench) -> None:
    bench.broker.limits[OUTPUT] = 50
    large = b"x" * 100
    with capture_logs():
        delivery.publish([result(0, large), result(1, large), *batch(*range(2, 1_200))])
    assert [len(outcomes) for outcomes in bench.published] == [500, 500, 200]
    assert told(bench) == list(range(1_200))
    assert bench.offsets_when_told == [{0: 500}, {0: 1_000}, {0: 1_200}]


def test_a_commit_of_unknown_outcome_is_not_made_again_even_after_a_refused_record(bench: Bench) -> None:
    """Made again in place, it would publish twice what the first one may have published."""
    delivery = bench.make("exactly-once", hung_after_s=0.0)
    delivery.open()
    bench.broker.limits[OUTPUT] = 50
    bench.broker.plan("commit", None, TIMED_OUT)
    with capture_logs(), pytest.raises(RewindError) as caught:
        delivery.publish([result(0, b"x" * 100)])
    assert caught.value.outcome_unknown
    assert bench.published == []

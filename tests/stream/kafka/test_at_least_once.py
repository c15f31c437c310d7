"""Results first, all acknowledged; only then the offsets."""

from threading import Event

import pytest
from confluent_kafka import KafkaError

from stream.errors import BrokerError
from stream.kafka.delivery import Delivery
from tests.stream.clocks import ManualClock
from tests.stream.kafka.conftest import Bench, OutOfPatienceError
from tests.stream.kafka.fakes import FakeProducer
from tests.stream.kafka.test_deliveries import DEAD, OUTPUT, dead, result, told
from tests.stream.records import kafka_exception


@pytest.fixture
def delivery(bench: Bench) -> Delivery:
    return bench.make("at-least-once")


def test_offsets_are_committed_once_all_is_acknowledged(
    delivery: Delivery, bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting = iter([3, 1, 0])

    def flush(self: object, timeout: float) -> int:  # noqa: ARG001 -- the producer's signature
        bench.broker.call("flush")
        return next(waiting)

    monkeypatch.setattr(bench.producer, "flush", flush)
    delivery.publish([result(0), result(1)])
    assert [call for call in bench.broker.calls if call != "poll"] == [
        *("produce", "produce", "flush", "flush", "flush", "commit")
    ]
    assert bench.pulses == 2


def test_nothing_is_committed_when_a_stop_ends_the_wait(
    delivery: Delivery, bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bench.producer, "flush", lambda _self, _timeout: 1)
    bench.patience = 5
    with pytest.raises(OutOfPatienceError):
        delivery.publish([result(0)])
    assert "commit" not in bench.broker.calls
    assert bench.published == []


def test_nothing_is_committed_before_a_refused_record_is_sent_again(delivery: Delivery, bench: Bench) -> None:
    bench.broker.limits = {OUTPUT: 50, DEAD: 200}
    delivery.publish([result(0), result(1, b"x" * 100), dead(2, value=b"y" * 400), result(3)])
    assert bench.broker.calls.count("commit") == 1
    assert bench.broker.calls[-1] == "commit"
    assert sorted(map(str, bench.broker.values(DEAD))) == sorted(map(str, [b"original 1", None]))
    assert told(bench) == [0, 1, 2, 3]


def test_a_record_sent_again_is_counted(delivery: Delivery, bench: Bench) -> None:
    bench.broker.limits = {OUTPUT: 50}
    delivery.publish([result(0), result(1, b"x" * 100)])
    # Once alone, once as a dead letter.
    assert bench.count("warble_delivery_retries_total") == 2


def test_a_failed_commit_is_counted_and_the_next_one_covers_it(delivery: Delivery, bench: Bench) -> None:
    bench.broker.plan("commit", kafka_exception(KafkaError.REBALANCE_IN_PROGRESS))
    delivery.publish([result(0)])
    assert bench.broker.offsets == {}
    assert bench.count("warble_offset_commits_failed_total") == 1
    delivery.publish([result(1)])
    assert bench.broker.offsets == {0: 2}
    assert told(bench) == [0, 1]


@pytest.mark.parametrize("code", [KafkaError._MSG_TIMED_OUT, KafkaError.UNKNOWN, KafkaError.INVALID_REQUIRED_ACKS])  # noqa: SLF001
def test_a_record_that_is_refused_otherwise_ends_the_process(delivery: Delivery, bench: Bench, code: int) -> None:
    bench.broker.refusals[OUTPUT] = code
    with pytest.raises(BrokerError, match="the broker refused while publishing"):
        delivery.publish([result(0)])
    assert "commit" not in bench.broker.calls


def test_a_producer_that_takes_nothing_ends_the_process(delivery: Delivery, bench: Bench) -> None:
    bench.broker.plan("produce", kafka_exception(KafkaError._INVALID_ARG))  # noqa: SLF001
    with pytest.raises(BrokerError, match="the broker refused while publishing"):
        delivery.publish([result(0)])


def test_the_last_commit_is_made_again_until_it_succeeds(delivery: Delivery, bench: Bench) -> None:
    failed = kafka_exception(KafkaError.NOT_COORDINATOR)
    bench.broker.plan("commit", failed, failed)
    delivery.publish([result(0)])
    delivery.close()
    assert bench.broker.offsets == {0: 1}
    assert bench.count("warble_offset_commits_failed_total") == 2


def test_an_offset_left_over_is_not_committed_for_a_partition_that_is_gone(bench: Bench) -> None:
    delivery = bench.make("at-least-once")
    bench.broker.plan("commit", kafka_exception(KafkaError.NOT_COORDINATOR))
    delivery.publish([result(0)])
    bench.members[-1].owned = {1}
    delivery.close()
    assert bench.broker.offsets == {}


def test_after_a_long_wait_for_the_broker_the_next_batch_commits(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = ManualClock()
    delivery = bench.make("at-least-once", clock=clock)
    calm = bench.producer.flush

    def slow(self: FakeProducer, timeout: float) -> int:
        clock.advance(5)
        return calm(self, timeout)

    monkeypatch.setattr(bench.producer, "flush", slow)
    delivery.publish([result(0)])
    assert "commit" not in bench.broker.calls
    assert told(bench) == [0]
    assert bench.count("warble_offset_commits_failed_total") == 1
    monkeypatch.setattr(bench.producer, "flush", calm)
    delivery.publish([result(0, partition=1)])
    assert bench.broker.offsets == {0: 1, 1: 1}


def test_a_commit_that_never_comes_back_is_left_to_the_next_one(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    delivery = bench.make("at-least-once", hung_after_s=0.01)
    gate = Event()
    prompt = bench.members[-1].commit

    def silent(**_: object) -> None:
        gate.wait()

    monkeypatch.setattr(bench.members[-1], "commit", silent)
    delivery.publish([result(0)])
    gate.set()
    assert told(bench) == [0]
    assert bench.broker.offsets == {}
    assert bench.count("warble_offset_commits_failed_total") == 1
    assert bench.pulses == 1
    monkeypatch.setattr(bench.members[-1], "commit", prompt)
    delivery.publish([result(0, partition=1)])
    assert bench.broker.offsets == {0: 1, 1: 1}


def test_a_stop_ends_the_wait_for_a_commit_that_never_comes_back(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    delivery = bench.make("at-least-once", hung_after_s=0.01)
    bench.patience = 1
    gate = Event()
    monkeypatch.setattr(bench.members[-1], "commit", lambda **_: gate.wait())
    with pytest.raises(OutOfPatienceError):
        delivery.publish([result(0)])
    gate.set()


def test_what_was_put_off_for_a_topic_that_is_no_more_is_forgotten(delivery: Delivery, bench: Bench) -> None:
    bench.broker.plan("commit", kafka_exception(KafkaError.NOT_COORDINATOR))
    delivery.publish([result(40)])
    delivery.forget()
    delivery.publish([result(0, partition=1)])
    assert bench.broker.offsets == {1: 1}


def test_a_partition_that_vanished_is_told_as_a_missing_topic(delivery: Delivery, bench: Bench) -> None:
    bench.broker.refusals[OUTPUT] = KafkaError._DESTROY  # noqa: SLF001 -- the library's public name
    with pytest.raises(BrokerError, match="a topic is missing while publishing"):
        delivery.publish([result(0)])
    assert "commit" not in bench.broker.calls

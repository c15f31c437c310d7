"""A transaction that stayed open for too long: the coordinator has ended it and fenced its producer."""

import gc
import weakref

import pytest
from confluent_kafka import KafkaError
from structlog.testing import capture_logs

from stream.errors import FencedError
from stream.kafka.delivery import Delivery, RewindError
from stream.settings import KafkaSettings
from tests.stream.clocks import ManualClock
from tests.stream.kafka.conftest import Bench
from tests.stream.kafka.test_deliveries import OUTPUT, result
from tests.stream.records import kafka_exception

FENCED = kafka_exception(KafkaError._FENCED, fatal=True)  # noqa: SLF001 -- the library's public name
KAFKA = KafkaSettings(properties={"transaction.timeout.ms": "6000", "heartbeat.interval.ms": "1500"})
TIMEOUT_S = 6.0
GRACE_S = 2.5
"""A heartbeat and a second for its answer."""


class Outage:
    """Makes a call last for ``seconds`` and then end with the news that the producer is fenced."""

    def __init__(self, bench: Bench, clock: ManualClock, monkeypatch: pytest.MonkeyPatch) -> None:
        self._bench = bench
        self._clock = clock
        self._monkeypatch = monkeypatch

    def during(self, name: str, seconds: float) -> None:
        broker = self._bench.broker
        called = broker.call

        def call(made: str) -> None:
            if made == name:
                self._monkeypatch.setattr(broker, "call", called)
                self._clock.advance(seconds)
            called(made)

        self._monkeypatch.setattr(broker, "call", call)
        broker.plan(name, FENCED)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def outage(bench: Bench, clock: ManualClock, monkeypatch: pytest.MonkeyPatch) -> Outage:
    return Outage(bench, clock, monkeypatch)


@pytest.fixture
def delivery(bench: Bench, clock: ManualClock) -> Delivery:
    made = bench.make("exactly-once", KAFKA, clock=clock)
    made.open()
    bench.broker.calls.clear()
    return made


def calls(bench: Bench) -> list[str]:
    return [call for call in bench.broker.calls if call not in ("produce", "poll")]


@pytest.mark.parametrize("call", ["produce", "offsets", "commit"])
def test_it_is_read_again_and_goes_on_with_a_new_producer(
    delivery: Delivery, bench: Bench, outage: Outage, clock: ManualClock, call: str
) -> None:
    outage.during(call, TIMEOUT_S)
    with capture_logs() as logs, pytest.raises(RewindError) as caught:
        delivery.publish([result(7), result(8)])
    assert caught.value.outcome_unknown
    assert [line["event"] for line in logs] == ["transaction_lost"]
    assert bench.published == []
    bench.broker.calls.clear()

    clock.advance(GRACE_S)
    delivery.publish([result(7), result(8)])
    assert calls(bench) == ["init", "begin", "offsets", "commit"]
    assert bench.broker.values(OUTPUT) == [b"result 7", b"result 8"]
    assert bench.broker.offsets == {0: 9}
    assert bench.count("warble_producers_replaced_total") == 1


def test_the_old_producer_is_destroyed_no_sooner_than_the_next_is_replaced(
    delivery: Delivery, bench: Bench, outage: Outage, clock: ManualClock
) -> None:
    """librdkafka frees a fenced one's error twice when another of its requests is answered meanwhile."""
    old = weakref.ref(bench.producer.made.pop())
    alive = []
    for _ in range(2):
        outage.during("commit", TIMEOUT_S)
        with pytest.raises(RewindError):
            delivery.publish([result(0)])
        clock.advance(GRACE_S)
        delivery.publish([result(0)])
        FENCED.with_traceback(None)  # its frames hold what they used
        gc.collect()
        alive.append(old() is not None)
    assert alive == [True, False]


def test_a_fenced_producer_is_not_closed(delivery: Delivery, bench: Bench, outage: Outage) -> None:
    outage.during("commit", TIMEOUT_S)
    with pytest.raises(RewindError):
        delivery.publish([result(0)])
    delivery.close()
    assert "close" not in bench.broker.calls


def test_a_fenced_producer_is_not_asked_for_its_callbacks_any_more(
    delivery: Delivery, bench: Bench, outage: Outage
) -> None:
    outage.during("commit", TIMEOUT_S)
    with pytest.raises(RewindError):
        delivery.publish([result(0)])
    bench.broker.plan("poll", FENCED)
    delivery.serve()
    assert bench.broker.script["poll"]


def test_before_its_time_is_over_only_a_namesake_can_have_fenced_it(
    delivery: Delivery, bench: Bench, outage: Outage
) -> None:
    outage.during("commit", TIMEOUT_S - 0.1)
    with pytest.raises(FencedError, match="fenced by another live worker"):
        delivery.publish([result(0)])
    assert "init" not in bench.broker.calls


def test_a_transaction_that_the_coordinator_does_not_know_is_begun_again_at_once(
    delivery: Delivery, bench: Bench
) -> None:
    bench.broker.plan("offsets", kafka_exception(KafkaError._TIMED_OUT, abort=True))  # noqa: SLF001
    bench.broker.plan("abort", kafka_exception(KafkaError.INVALID_TXN_STATE, fatal=True))
    with pytest.raises(RewindError) as caught:
        delivery.publish([result(0)])
    assert caught.value.outcome_unknown

    delivery.publish([result(0)])
    assert calls(bench) == ["begin", "offsets", "abort", "init", "begin", "offsets", "commit"]
    assert bench.broker.values(OUTPUT) == [b"result 0"]


def test_it_fences_nobody_before_a_heartbeat_can_have_told_of_a_namesake(
    delivery: Delivery, bench: Bench, outage: Outage, clock: ManualClock
) -> None:
    outage.during("offsets", TIMEOUT_S)
    with pytest.raises(RewindError):
        delivery.publish([result(0)])
    clock.advance(GRACE_S - 0.1)
    with pytest.raises(RewindError, match="waiting to hear") as caught:
        delivery.publish([result(0)])
    assert not caught.value.outcome_unknown
    assert "init" not in bench.broker.calls

"""A request that the client gave up may still arrive: no later transaction may share its epoch."""

import pytest
from confluent_kafka import KafkaError, KafkaException

from stream.kafka.delivery import Delivery, RewindError
from tests.stream.kafka.conftest import Bench
from tests.stream.kafka.test_deliveries import OUTPUT, result
from tests.stream.records import kafka_exception

TIMED_OUT = kafka_exception(KafkaError._TIMED_OUT, retriable=True)  # noqa: SLF001 -- the library's public name
WHOLE = ["begin", "offsets", "commit"]


@pytest.fixture
def delivery(bench: Bench) -> Delivery:
    made = bench.make("exactly-once")
    made.open()
    bench.broker.calls.clear()
    return made


def calls(bench: Bench) -> list[str]:
    return [call for call in bench.broker.calls if call not in ("produce", "poll")]


def test_as_long_as_all_is_answered_one_producer_does_for_all_transactions(delivery: Delivery, bench: Bench) -> None:
    for offset in range(3):
        delivery.publish([result(offset)])
    assert calls(bench) == WHOLE * 3


@pytest.mark.parametrize("call", ["offsets", "commit"])
def test_a_call_that_had_to_be_made_again_is_the_last_of_its_producer(
    delivery: Delivery, bench: Bench, call: str
) -> None:
    bench.broker.plan(call, TIMED_OUT)
    for offset in range(3):
        delivery.publish([result(offset)])
    again = WHOLE.index(call)
    assert calls(bench) == [*WHOLE[:again], call, *WHOLE[again:], "init", *WHOLE, *WHOLE]


@pytest.mark.parametrize("call", ["offsets", "commit"])
@pytest.mark.parametrize(
    "error",
    [
        kafka_exception(KafkaError._TIMED_OUT, abort=True),  # noqa: SLF001 -- the library's public name
        kafka_exception(KafkaError.FENCED_INSTANCE_ID, abort=True),
    ],
)
def test_a_transaction_that_was_aborted_is_the_last_of_its_producer(
    delivery: Delivery, bench: Bench, call: str, error: KafkaException
) -> None:
    bench.broker.plan(call, error)
    with pytest.raises(RewindError):
        delivery.publish([result(0)])
    delivery.publish([result(0)])
    assert calls(bench) == [*WHOLE[: WHOLE.index(call) + 1], "abort", "init", *WHOLE]
    assert bench.broker.values(OUTPUT) == [b"result 0"]


def test_a_record_that_was_too_large_was_answered(delivery: Delivery, bench: Bench) -> None:
    bench.broker.limits[OUTPUT] = 5
    delivery.publish([result(0)])
    delivery.publish([result(1)])
    assert "abort" in bench.broker.calls
    assert "init" not in bench.broker.calls


@pytest.mark.parametrize(
    ("said", "renewed"),
    [
        ("127.0.0.1:9092/1: Disconnected (after 12ms in state UP)", True),
        ("127.0.0.1:9092/1: Connect to ipv4#127.0.0.1:9092 failed: refused (after 0ms in state CONNECT)", False),
    ],
)
def test_requests_may_be_late_over_a_connection_that_broke_down_but_not_over_one_that_never_was(
    delivery: Delivery, bench: Bench, said: str, *, renewed: bool
) -> None:
    bench.complaints(KafkaError(KafkaError._TRANSPORT, said))  # noqa: SLF001 -- the library's public name
    delivery.publish([result(0)])
    delivery.publish([result(1)])
    assert calls(bench) == (["init"] if renewed else []) + WHOLE * 2

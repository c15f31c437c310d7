"""A request that the client gave up may still arrive: no later transaction may share its epoch."""

import logging

import pytest
from confluent_kafka import KafkaError, KafkaException

from stream.kafka.delivery import Delivery, RewindError
from stream.kafka.properties import producer_properties
from stream.settings import KafkaSettings
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


NAME = "rdkafka#producer-1"


@pytest.mark.parametrize(
    ("facility", "line", "late"),
    [
        ("FAIL", "[thrd:1]: there:1/1: Disconnected: connection reset by peer (after 105ms in state UP)", True),
        ("FAIL", "[thrd:TxnCoordinator]: TxnCoordinator: there:1: Receive failed (after 9ms in state UP)", True),
        ("REQTMOUT", "[thrd:1]: TxnCoordinator/2: Timed out EndTxnRequest in flight (after 8013ms, timeout #0)", True),
        ("FAIL", "[thrd:1]: there:1/1: Connect to there:1 failed: refused (after 0ms in state CONNECT)", False),
        ("FAIL", "[thrd:1]: there:1/1: Disconnected (after 0ms in state APIVERSION_QUERY)", False),
        ("GETPID", "[thrd:main]: Failed to acquire transactional PID: Coordinator load in progress: retrying", False),
    ],
)
def test_a_producer_over_whose_connection_requests_may_be_late_does_no_other_transaction(
    delivery: Delivery, bench: Bench, caplog: pytest.LogCaptureFixture, facility: str, line: str, *, late: bool
) -> None:
    bench.producer.made[-1].log(logging.INFO, facility, NAME, line)
    with caplog.at_level(logging.INFO, "librdkafka"):
        delivery.publish([result(0)])
        delivery.publish([result(1)])
    assert calls(bench) == (["init"] if late else []) + WHOLE * 2
    assert caplog.messages == [f"{facility} [{NAME}] {line}"]


def test_an_operator_cannot_silence_what_is_listened_for() -> None:
    silent = KafkaSettings(properties={"log_level": 0, "log.connection.close": False})
    properties = producer_properties(silent, transactional_id="one")
    assert (properties["log_level"], properties["log.connection.close"]) == (6, True)
    loud = KafkaSettings(properties={"log_level": 7})
    assert producer_properties(loud)["log_level"] == 7

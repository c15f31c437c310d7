"""What a worker says, and with which code it ends, when something is wrong from the start or goes away."""

import signal
import socket
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest
from confluent_kafka import Consumer

from stream.embedded import EmbeddedBroker
from tests.factories import tiny_bundle
from tests.system import kafka
from tests.system.kafka import Broker
from tests.system.workers import Stream, numbered


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    return tiny_bundle(tmp_path / "tiny")


@pytest.fixture
def stream(broker: Broker, bundle: Path) -> Stream:
    return Stream(broker, broker.fresh_topics(), bundle)


def refused(stream: Stream, **settings: str) -> tuple[int, str]:
    """Start a worker that must end by itself; return its exit code and the one line that is no log entry."""
    command = [sys.executable, "-m", "stream", "worker"]
    ended = subprocess.run(command, env=stream.env(**settings), capture_output=True, text=True, timeout=60, check=False)
    (line,) = [line for line in ended.stderr.splitlines() if not line.startswith("{")]
    assert line.startswith("warble: error: ")
    return ended.returncode, line


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_no_broker_at_the_address_ends_with_4_after_the_connect_timeout(stream: Stream) -> None:
    code, line = refused(stream, KAFKA__BOOTSTRAP_SERVERS=f"127.0.0.1:{free_port()}", KAFKA__CONNECT_TIMEOUT_S="1")
    assert code == 4
    assert "no broker answered" in line
    assert "WARBLE_KAFKA__BOOTSTRAP_SERVERS" in line


@pytest.mark.parametrize("name", ["KAFKA__INPUT_TOPIC", "KAFKA__OUTPUT_TOPIC", "KAFKA__DEAD_LETTER_TOPIC"])
def test_a_missing_topic_ends_with_4_and_is_not_created(stream: Stream, name: str) -> None:
    code, line = refused(stream, **{name: "no-such-topic"})
    assert code == 4
    assert "no-such-topic" in line
    assert "no-such-topic" not in stream.broker.admin.list_topics(timeout=10).topics


def test_an_unknown_setting_ends_with_2_and_names_the_nearest(stream: Stream) -> None:
    code, line = refused(stream, KAFKA__INPUT_TOPICS="tweets")
    assert code == 2
    assert "did you mean WARBLE_KAFKA__INPUT_TOPIC?" in line


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"KAFKA__PROPERTIES": '{"no.such.property": 1}'}, "no.such.property"),
        ({"KAFKA__PROPERTIES": '{"isolation.level": "read_uncommitted"}'}, "isolation.level"),
        ({"MODEL__ENGINE": "onnx", "MODEL__DEVICE": "gpu"}, "onnx"),
        ({"BATCH__MAX_TOKENS": "5"}, "5"),
        ({"KAFKA__OUTPUT_TOPIC": "same", "KAFKA__DEAD_LETTER_TOPIC": "same"}, "three different topics"),
    ],
    ids=["unknown-property", "reserved-property", "engine-and-device", "batch-below-a-tweet", "equal-topics"],
)
def test_settings_that_cannot_be_end_with_2(stream: Stream, settings: dict[str, str], words: str) -> None:
    code, line = refused(stream, **settings)
    assert code == 2
    assert words in line


def test_exactly_once_on_the_embedded_broker_ends_with_2(stream: Stream) -> None:
    with EmbeddedBroker((stream.input, stream.output, stream.dead)) as embedded:
        code, line = refused(stream, KAFKA__BOOTSTRAP_SERVERS=embedded.bootstrap)
    assert code == 2
    assert "WARBLE_KAFKA__DELIVERY=at-least-once" in line


def test_a_bundle_that_is_not_there_ends_with_3(stream: Stream) -> None:
    code, line = refused(stream, MODEL__BUNDLE="no-such-bundle")
    assert code == 3
    assert "no-such-bundle" in line


def test_a_bundle_that_is_not_there_is_told_without_waiting_for_a_broker(stream: Stream) -> None:
    code, line = refused(stream, MODEL__BUNDLE="no-such-bundle", KAFKA__BOOTSTRAP_SERVERS=f"127.0.0.1:{free_port()}")
    assert code == 3
    assert "no-such-bundle" in line


@pytest.mark.parametrize(
    ("properties", "words"),
    [
        ('{"session.timeout.ms": 3600000, "max.poll.interval.ms": 3600000}', "INVALID_SESSION_TIMEOUT"),
        ('{"transaction.timeout.ms": 2000000000}', "transaction.timeout.ms"),
    ],
    ids=["session-timeout", "transaction-timeout"],
)
def test_a_timeout_that_the_broker_refuses_ends_with_4(stream: Stream, properties: str, words: str) -> None:
    code, line = refused(stream, KAFKA__PROPERTIES=properties)
    assert code == 4
    assert words in line


def test_a_group_of_another_protocol_ends_with_4(stream: Stream) -> None:
    other = Consumer(
        {
            "bootstrap.servers": stream.broker.bootstrap,
            "group.id": stream.group,
            "partition.assignment.strategy": "range",
        }
    )
    try:
        other.subscribe([stream.input])
        while not other.assignment():
            other.poll(0.1)
        code, line = refused(stream)
    finally:
        other.close()
    assert code == 4
    assert "the consumer group refused this member" in line


def test_a_bundle_with_a_flipped_byte_ends_with_3(stream: Stream, bundle: Path) -> None:
    weights = bundle / "weights.npz"
    damaged = bytearray(weights.read_bytes())
    damaged[len(damaged) // 2] ^= 1
    weights.write_bytes(damaged)
    code, line = refused(stream)
    assert code == 3
    assert "weights.npz" in line


def test_a_taken_port_ends_with_2_and_says_which(stream: Stream) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        code, line = refused(stream, HTTP__PORT=str(port))
    assert code == 2
    assert str(port) in line
    assert "WARBLE_HTTP__PORT" in line


def test_a_second_signal_quits_at_once(stream: Stream) -> None:
    with stream.worker(KAFKA__BOOTSTRAP_SERVERS=f"127.0.0.1:{free_port()}", KAFKA__CONNECT_TIMEOUT_S="60") as worker:
        worker.wait_for("kafka_client")
        worker.send(signal.SIGSTOP)  # both signals are there before the first can end it in good order
        worker.send(signal.SIGTERM)
        worker.send(signal.SIGINT)
        worker.send(signal.SIGCONT)
        assert worker.end() in {128 + signal.SIGINT, 128 + signal.SIGTERM}


def test_a_stop_while_no_broker_answers_is_quick_and_clean(stream: Stream) -> None:
    with stream.worker(KAFKA__BOOTSTRAP_SERVERS=f"127.0.0.1:{free_port()}", KAFKA__CONNECT_TIMEOUT_S="60") as worker:
        worker.wait_for("kafka_client")
        worker.send(signal.SIGTERM)
        assert worker.end() == 0


@pytest.mark.slow
@pytest.mark.kafka
@pytest.mark.parametrize("mode", ["exactly-once", "at-least-once"])
def test_a_worker_waits_for_an_absent_broker_and_goes_on_when_it_is_back(
    tmp_path: Path, bundle: Path, mode: str
) -> None:
    arguments = ("--port", str(free_port()), "--data", str(tmp_path / "data"))
    with ExitStack() as until_the_end:
        with kafka.script(*arguments) as first:
            broker = kafka.ready(first)
            stream = Stream(broker, broker.fresh_topics(), bundle, KAFKA__DELIVERY=mode)
            stream.produce(numbered(2_000))
            worker = until_the_end.enter_context(stream.worker(BATCH__MAX_TWEETS="100"))
            stream.wait_until_committed(100)
        worker.wait_for("kafka_client", "waiting_for_broker")
        kafka.ready(until_the_end.enter_context(kafka.script(*arguments)))
        stream.produce({f"later{number}": "great app" for number in range(1_000)})
        stream.wait_until_committed(3_000)
        worker.send(signal.SIGTERM)
        assert worker.end() == 0
        if mode == "exactly-once":
            stream.assert_each_once()
        else:
            assert len(stream.outcomes()) == 3_000

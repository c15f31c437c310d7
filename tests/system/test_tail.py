"""``warble tail`` on a real Kafka."""

import json
import os
import pty
import signal
import subprocess

import pytest

from tests.system.commands import command, environment, start, warble
from tests.system.kafka import Broker, Record


def result(number: int, label: str = "positive") -> bytes:
    return json.dumps({"id": f"t{number}", "label": label, "score": 0.75, "text": f"tweet {number}"}).encode()


@pytest.fixture
def topic(broker: Broker) -> str:
    return broker.fresh_topics()[1]


@pytest.fixture
def env(broker: Broker, topic: str) -> dict[str, str]:
    return environment(
        KAFKA__BOOTSTRAP_SERVERS=broker.bootstrap, KAFKA__OUTPUT_TOPIC=topic, KAFKA__GROUP_ID=f"group-{topic}"
    )


def send(broker: Broker, topic: str, *values: bytes | None) -> None:
    broker.produce(topic, (Record(str(number).encode(), value) for number, value in enumerate(values)))


def test_a_pipe_gets_the_results_byte_for_byte(broker: Broker, topic: str, env: dict[str, str]) -> None:
    send(broker, topic, *map(result, range(500)))
    done = warble("tail", "--from-beginning", "-n", "500", env=env)
    assert sorted(done.lines()) == sorted(result(number).decode() for number in range(500))
    assert done.err == ""


def test_only_what_is_committed_is_shown(broker: Broker, topic: str, env: dict[str, str]) -> None:
    producer = broker.producer(transactional_id=f"tail-{topic}")
    producer.init_transactions()
    producer.begin_transaction()
    producer.produce(topic, result(1))
    producer.flush()
    producer.abort_transaction()
    producer.begin_transaction()
    producer.produce(topic, result(2))
    producer.commit_transaction()
    assert warble("tail", "--from-beginning", "-n", "1", env=env).lines() == [result(2).decode()]


def test_it_starts_with_the_next_result_and_ctrl_c_ends_it_quietly(
    broker: Broker, topic: str, env: dict[str, str]
) -> None:
    send(broker, topic, result(1))
    with start("tail", env=env) as process:
        assert process.stdout is not None
        # It cannot say when it has begun to listen, so something comes until it answers.
        os.set_blocking(process.stdout.fileno(), False)
        line = None
        while not line:
            send(broker, topic, result(2))
            line = process.stdout.readline()
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (0, b"")
    assert line == result(2) + b"\n"


def test_no_group_sees_it(broker: Broker, topic: str, env: dict[str, str]) -> None:
    send(broker, topic, result(1))
    assert warble("tail", "--from-beginning", "-n", "1", env=env).code == 0
    groups = {group.group_id for group in broker.admin.list_consumer_groups().result().valid}
    assert not {group for group in groups if topic in group}


def test_a_reader_that_goes_away_ends_it_quietly(broker: Broker, topic: str, env: dict[str, str]) -> None:
    send(broker, topic, *map(result, range(20_000)))
    with start("tail", "--from-beginning", env=env) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr is not None
        assert process.stderr.read() == b""
        assert process.wait(60) == 0


def test_what_is_no_result_is_passed_over_aloud(broker: Broker, topic: str, env: dict[str, str]) -> None:
    send(broker, topic, b"no json", None, result(3))
    done = warble("tail", "--from-beginning", "-n", "3", env=env)
    assert done.lines() == [result(3).decode()]
    assert done.err.count(f"no result, passed over: {topic}/") == 2


def test_a_terminal_gets_coloured_lines(broker: Broker, topic: str, env: dict[str, str]) -> None:
    send(broker, topic, result(1, "negative"))
    parent, child = pty.openpty()
    with os.fdopen(parent, "rb", buffering=0) as screen:
        arguments = command("tail", "--from-beginning", "-n", "1")
        terminal = env | {"TERM": "xterm-256color", "COLUMNS": "80"}
        with subprocess.Popen(arguments, env=terminal, stdout=child, stderr=subprocess.DEVNULL) as process:
            os.close(child)
            assert process.wait(60) == 0
        shown = screen.read(10_000).decode()
    assert "\x1b[1;31mnegative" in shown
    assert "0.75" in shown
    assert "tweet 1" in shown


def test_a_missing_topic_ends_in_one_line(env: dict[str, str]) -> None:
    assert "nowhere" in warble("tail", env=env | environment(KAFKA__OUTPUT_TOPIC="nowhere")).complaint(4)

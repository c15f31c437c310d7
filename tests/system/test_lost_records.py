"""Records that are gone before they are read, and what a broker says of a topic: on a real Kafka."""

import json
import signal
import uuid
from pathlib import Path

import pytest
from confluent_kafka import KafkaException

from stream.kafka.questions import MISSING, Questions
from stream.settings import KafkaSettings
from tests.factories import tiny_bundle
from tests.system.kafka import Broker
from tests.system.workers import Stream, get, numbered, sample


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_bundle(tmp_path_factory.mktemp("bundle") / "tiny")


@pytest.fixture
def stream(broker: Broker, bundle: Path) -> Stream:
    return Stream(
        broker, (broker.create_topic(f"tweets-{uuid.uuid4()}", partitions=1), *broker.fresh_topics()[1:]), bundle
    )


def delete(broker: Broker, topic: str) -> None:
    (deleted,) = broker.admin.delete_topics([topic]).values()
    deleted.result()


def create_anew(broker: Broker, topic: str) -> None:
    """Create a topic as soon as its predecessor's name is free."""
    while True:
        try:
            broker.create_topic(topic, partitions=1)
        except KafkaException as exception:
            if exception.args[0].name() != "TOPIC_ALREADY_EXISTS":
                raise
        else:
            return


def topic_id(questions: Questions, topic: str) -> str | None:
    identities = questions.identities()
    while not identities.are_here():
        pass
    return identities.id_of(topic)


def lag(questions: Questions, reached: int | None) -> int | None:
    lags = questions.lags([0])
    while not lags.are_here():
        pass
    return lags.of(0, reached)


def test_in_strict_mode_deleted_records_stop_the_worker_and_nothing_past_them_is_committed(stream: Stream) -> None:
    stream.produce(numbered(10))
    stream.label_all()
    stream.produce(numbered(10))
    stream.broker.delete_before(stream.input, 0, 15)

    with stream.worker(KAFKA__ON_LOST_RECORDS="stop") as worker:
        assert worker.end() == 4
        line = worker.last_words()
    assert f"5 records of {stream.input}/0 were deleted before they were read" in line
    assert "Traceback" not in line
    assert stream.broker.committed(stream.group, stream.input) == {0: 10}

    with stream.worker() as worker:
        port = worker.wait_for("http_listening")["port"]
        assert worker.wait_for("offset_out_of_range")["lost"] == 5
        stream.wait_until_committed(20)
        assert sample(get(port, "/metrics")[1], "warble_records_lost_total") == 5
        worker.send(signal.SIGTERM)
        assert worker.end() == 0


@pytest.mark.slow
def test_a_topic_created_anew_under_a_running_worker_is_read_from_its_beginning(stream: Stream) -> None:
    """Its successor is longer than what was read: only the topic's id tells them apart."""
    stream.produce(numbered(50))
    with stream.worker() as worker:
        worker.wait_for("partitions_assigned")
        stream.wait_until_committed(50)
        delete(stream.broker, stream.input)
        create_anew(stream.broker, stream.input)
        stream.produce({f"new{number}": "great app" for number in range(200)})
        worker.wait_for("input_topic_recreated")
        while {r["id"] for r in stream.results() if r["id"].startswith("new")} != {f"new{n}" for n in range(200)}:
            pass
        worker.send(signal.SIGTERM)
        assert worker.end() == 0
    assert stream.broker.committed(stream.group, stream.input) == {0: 200}


@pytest.mark.slow
def test_a_deleted_input_topic_ends_the_worker_with_a_line_that_says_so(stream: Stream) -> None:
    stream.produce(numbered(10))
    with stream.worker() as worker:
        worker.wait_for("partitions_assigned")
        stream.wait_until_committed(10)
        delete(stream.broker, stream.input)
        assert worker.end() == 4
        assert f"a topic is missing: '{stream.input}' was deleted" in worker.last_words()


def test_a_topic_of_garbage_stops_the_worker_where_the_operator_wants_that(stream: Stream) -> None:
    stream.broker.produce(stream.input, [(b"k", b"no json")] * 500)
    with stream.worker(
        BREAKER__MAX_DEAD_SHARE="0.5", BREAKER__WINDOW="100", BATCH__MAX_TWEETS="60", BATCH__MAX_WAIT_MS="5000"
    ) as worker:
        assert worker.end() == 2
        assert "100 of the last 100 records became dead letters" in worker.last_words()
    assert len(stream.dead_letters()) == stream.committed() == 120


def test_the_broker_tells_topics_apart_and_counts_no_open_transaction_as_lag(broker: Broker) -> None:
    topic = broker.create_topic(f"asked-{uuid.uuid4()}", partitions=1)
    questions = Questions(
        KafkaSettings(bootstrap_servers=broker.bootstrap, input_topic=topic, group_id=f"group-{topic}")
    )
    broker.produce(topic, [(b"k", json.dumps({"text": "great"}).encode())] * 3)
    assert lag(questions, None) == 3
    assert lag(questions, 1) == 2
    producer = broker.producer(transactional_id=f"upstream-{topic}")
    producer.init_transactions(30)
    producer.begin_transaction()
    producer.produce(topic, b"{}")
    producer.flush(30)
    assert lag(questions, 3) == 0
    producer.commit_transaction(30)
    while lag(questions, 3) == 0:
        pass

    first = topic_id(questions, topic)
    assert first
    assert topic_id(questions, topic) == first
    delete(broker, topic)
    while topic_id(questions, topic) == first:
        pass
    assert topic_id(questions, topic) == MISSING
    create_anew(broker, topic)
    while (second := topic_id(questions, topic)) == MISSING:
        pass
    assert second
    assert second != first

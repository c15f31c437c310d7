"""The main job on a real Kafka."""

import json
import signal
from pathlib import Path

import pytest

from stream.messages.outgoing import Headers
from tests.factories import BRAND_LABELS, tiny_bundle
from tests.system.kafka import Broker, Record
from tests.system.workers import Stream, get, header, noise, numbered, sample

MODES = ("exactly-once", "at-least-once")


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_bundle(tmp_path_factory.mktemp("bundle") / "tiny")


@pytest.fixture
def stream(broker: Broker, bundle: Path) -> Stream:
    return Stream(broker, broker.fresh_topics(), bundle)


@pytest.mark.parametrize("mode", MODES)
def test_each_tweet_comes_out_once_in_order_with_its_key_headers_and_timestamp(stream: Stream, mode: str) -> None:
    stream.produce(numbered(3_000))
    stream.broker.produce(stream.input, [Record(b"k", b'{"id": 7, "text": "great phone"}', [("trace", b"\x00\xff")])])

    stream.label_all(KAFKA__DELIVERY=mode, BATCH__MAX_TWEETS="500")

    stream.assert_each_once()
    stream.assert_in_order()
    inputs = {(m.partition(), m.offset()): m for m in stream.broker.read_committed(stream.input)}
    for message in stream.broker.read_committed(stream.output):
        result = json.loads(message.value() or b"")
        source = inputs[result["source"]["partition"], result["source"]["offset"]]
        assert message.key() == source.key()
        assert message.headers() == source.headers()
        assert message.timestamp()[1] == source.timestamp()[1]
        assert result["id"] == json.loads(source.value() or b"")["id"] or result["id"] == "7"


def test_a_result_holds_what_the_contract_says(stream: Stream) -> None:
    stream.produce({"a": "I love my ipad", "b": "#onlyhashtag"})
    stream.label_all()

    full, empty = sorted(stream.results(), key=lambda result: str(result["id"]))
    fields = ["id", "label", "score", "probabilities", "task", "model", "source", "labelled_at"]
    assert list(full) == fields
    assert list(full["probabilities"]) == list(BRAND_LABELS)
    assert sum(full["probabilities"].values()) == pytest.approx(1, abs=1e-5)
    assert full["score"] == max(full["probabilities"].values()) == full["probabilities"][full["label"]]
    assert (full["task"], full["model"], full["source"]["topic"]) == ("brands", "tiny@1.0.0", stream.input)
    assert list(empty) == [*fields, "empty"]
    assert (empty["label"], empty["score"], empty["empty"]) == ("neutral", 0.59, True)


@pytest.mark.parametrize("mode", MODES)
def test_what_cannot_be_labelled_becomes_a_dead_letter_and_the_stream_goes_on(stream: Stream, mode: str) -> None:
    bad: dict[str, bytes | None] = {
        "not-utf8": b'{"text": "\xff"}',
        "not-json": b"{text: love}",
        "not-object": b'["love"]',
        "no-text": b'{"id": 1}',
        "text-not-string": b'{"text": 5}',
        "tombstone": None,
        "too-large": json.dumps({"text": "x" * 2_000}).encode(),
    }
    stream.produce(numbered(20))
    letters = [Record(reason.encode(), value, [("own", b"\x01")]) for reason, value in bad.items()]
    stream.broker.produce(stream.input, letters)
    stream.produce({"last": "great"})

    stream.label_all(KAFKA__DELIVERY=mode, INPUT__MAX_BYTES="1000")

    stream.assert_each_once()
    assert len(stream.results()) == 21
    dead = {header(letter, "warble-reason"): letter for letter in stream.dead_letters()}
    assert set(dead) == set(bad)
    for reason, letter in dead.items():
        assert letter.value() == bad[reason]
        assert letter.key() == reason.encode()
        assert header(letter, "own") == "\x01"
        assert header(letter, "warble-detail")
        assert header(letter, "warble-source-timestamp") == str(letter.timestamp()[1])


@pytest.mark.parametrize("properties", ["{}", '{"compression.type": "lz4"}'], ids=["weighed-here", "refused-there"])
@pytest.mark.parametrize("mode", MODES)
def test_a_result_too_large_for_its_topic_becomes_a_dead_letter(
    broker: Broker, bundle: Path, mode: str, properties: str
) -> None:
    source, _, dead = broker.fresh_topics()
    small = broker.create_topic(f"small-{source}", max_message_bytes="2000")
    stream = Stream(broker, (source, small, dead), bundle, OUTPUT__INCLUDE_TEXT="true", KAFKA__DELIVERY=mode)
    stream.produce(numbered(50) | {f"big{number}": noise(3_000) for number in range(3)} | {"last": "great"})

    stream.label_all(KAFKA__PROPERTIES=properties)

    stream.assert_each_once()
    assert [header(letter, "warble-reason") for letter in stream.dead_letters()] == ["too-large"] * 3


@pytest.mark.parametrize("properties", ["{}", '{"compression.type": "lz4"}'], ids=["weighed-here", "refused-there"])
@pytest.mark.parametrize("mode", ["exactly-once", pytest.param("at-least-once", marks=pytest.mark.slow)])
def test_a_dead_letter_too_large_for_its_topic_leaves_headers_then_value_behind(
    broker: Broker, bundle: Path, mode: str, properties: str
) -> None:
    source, output, _ = broker.fresh_topics()
    small = broker.create_topic(f"small-{source}", max_message_bytes="1000")
    stream = Stream(broker, (source, output, small), bundle, KAFKA__DELIVERY=mode)
    large: Headers = [("big", noise(3_000).encode())]
    stream.broker.produce(
        source, [Record(b"headers", b"no json", large), Record(b"value", noise(5_000).encode(), large)]
    )
    stream.produce(numbered(10))

    stream.label_all(KAFKA__PROPERTIES=properties)

    stream.assert_each_once()
    letters = {letter.key(): letter for letter in stream.dead_letters()}
    assert header(letters[b"headers"], "warble-truncated") == "headers"
    assert letters[b"headers"].value() == b"no json"
    assert header(letters[b"value"], "warble-truncated") == "headers,value"
    assert letters[b"value"].value() is None


@pytest.mark.parametrize("mode", MODES)
def test_a_stop_in_mid_stream_finishes_its_batch_and_repeats_nothing(stream: Stream, mode: str) -> None:
    total = 30_000
    stream.produce(numbered(total))
    with stream.worker(KAFKA__DELIVERY=mode, BATCH__MAX_TWEETS="250") as worker:
        worker.wait_for("partitions_assigned")
        stream.wait_until_committed(1)
        worker.send(signal.SIGTERM)
        assert worker.end() == 0
    assert 0 < stream.committed() < total

    stream.label_all(KAFKA__DELIVERY=mode)

    stream.assert_each_once()
    stream.assert_in_order()


def test_killed_in_mid_stream_and_started_again_each_tweet_still_comes_out_once(stream: Stream) -> None:
    total = 30_000
    stream.produce(numbered(total))
    with stream.worker(BATCH__MAX_TWEETS="250") as worker:
        worker.wait_for("partitions_assigned")
        stream.wait_until_committed(1)
        worker.kill()
    assert 0 < stream.committed() < total

    stream.label_all()

    stream.assert_each_once()
    stream.assert_in_order()


def test_killed_in_mid_stream_at_least_once_loses_nothing(stream: Stream) -> None:
    total = 30_000
    stream.produce(numbered(total))
    with stream.worker(KAFKA__DELIVERY="at-least-once", BATCH__MAX_TWEETS="250") as worker:
        worker.wait_for("partitions_assigned")
        stream.wait_until_committed(1)
        worker.kill()
    assert 0 < stream.committed() < total

    stream.label_all(KAFKA__DELIVERY="at-least-once")

    outcomes = stream.outcomes()
    assert len(outcomes) == total
    assert min(outcomes.values()) == 1


@pytest.mark.parametrize("mode", ["exactly-once", pytest.param("at-least-once", marks=pytest.mark.slow)])
def test_two_workers_share_the_partitions_and_one_takes_over_from_the_other(stream: Stream, mode: str) -> None:
    stream.settings["KAFKA__DELIVERY"] = mode
    stream.produce(numbered(20_000))
    with stream.worker(BATCH__MAX_TWEETS="100") as first:
        first.wait_for("partitions_assigned")
        stream.wait_until_committed(1)
        with stream.worker(KAFKA__INSTANCE_ID="two", BATCH__MAX_TWEETS="100") as second:
            # The first turn of a cooperative rebalance only takes partitions away.
            assert first.wait_for("partitions_revoked")["owned"] == 2
            while not second.wait_for("partitions_assigned")["partitions"]:
                pass
            first.send(signal.SIGTERM)
            assert first.end() == 0
            stream.produce({f"later{number}": "great app" for number in range(2_000)})
            stream.wait_until_committed(22_000)
            second.send(signal.SIGTERM)
            assert second.end() == 0

    stream.assert_each_once()
    stream.assert_in_order()


@pytest.mark.parametrize("mode", ["exactly-once", pytest.param("at-least-once", marks=pytest.mark.slow)])
def test_of_two_workers_of_one_name_the_older_is_fenced(stream: Stream, mode: str) -> None:
    stream.settings["KAFKA__DELIVERY"] = mode
    stream.produce(numbered(100))
    with stream.worker() as older:
        older.wait_for("partitions_assigned")
        with stream.worker() as newer:
            newer.wait_for("partitions_assigned")
            stream.produce({f"later{number}": "great app" for number in range(100)})
            assert older.end() == 4
            assert "fenced" in older.last_words()
            stream.wait_until_committed(200)
            newer.send(signal.SIGTERM)
            assert newer.end() == 0
    if mode == "exactly-once":
        stream.assert_each_once()
    else:
        assert len(stream.outcomes()) == 200


def test_stop_at_end_passes_aborted_transactions_and_their_markers(stream: Stream) -> None:
    producer = stream.broker.producer(transactional_id=f"upstream-{stream.input}")
    producer.init_transactions()
    for name, ends in (("a", producer.commit_transaction), ("b", producer.abort_transaction)):
        producer.begin_transaction()
        for number in range(10):
            producer.produce(stream.input, json.dumps({"id": f"{name}{number}", "text": "great"}), partition=number % 4)
        ends()

    stream.label_all()
    stream.label_all()

    assert sorted(result["id"] for result in stream.results()) == [f"a{number}" for number in range(10)]


def test_stop_at_end_leaves_an_empty_topic_at_once(stream: Stream) -> None:
    stream.label_all()
    assert stream.results() == []


def test_offsets_that_retention_deleted_are_told_and_reading_goes_on_at_the_earliest(stream: Stream) -> None:
    stream.broker.produce(stream.input, [(b"k", b'{"text": "great"}')] * 10, partition=0)
    stream.label_all()
    stream.broker.produce(stream.input, [(b"k", b'{"text": "great"}')] * 10, partition=0)
    stream.broker.delete_before(stream.input, 0, 15)

    worker = stream.label_all()

    (told,) = worker.events("offset_out_of_range")
    assert (told["partition"], told["position"], told["low"]) == (0, 10, 15)
    assert sorted(r["source"]["offset"] for r in stream.results()) == [*range(10), *range(15, 20)]


def test_metrics_and_probes_tell_what_happened(stream: Stream) -> None:
    stream.produce(numbered(500))
    stream.broker.produce(stream.input, [(b"k", b"no json")])
    with stream.worker() as worker:
        port = worker.wait_for("http_listening")["port"]
        worker.wait_for("partitions_assigned")
        stream.wait_until_committed(501)
        while sample(metrics := get(port, "/metrics")[1], "warble_tweets_labelled_total") < 500:
            pass
        assert sample(metrics, "warble_tweets_received_total") == 501
        assert sample(metrics, "warble_tweets_dead_total") == 1
        assert 'warble_tweets_dead_total{reason="not-json"} 1.0' in metrics
        assert sample(metrics, "warble_tweets_empty_total") == sum(number % 35 == 28 for number in range(500))
        assert sample(metrics, "warble_latency_seconds_count") == 501
        assert sample(metrics, "warble_partitions_assigned") == 4
        while "warble_lag_records{" not in (metrics := get(port, "/metrics")[1]) or sample(
            metrics, "warble_lag_records"
        ):
            pass
        assert get(port, "/readyz") == (200, "ready\n")
        assert get(port, "/livez")[0] == 200
        assert get(port, "/metrics", "application/openmetrics-text; version=1.0.0")[1].endswith("# EOF\n")
        worker.send(signal.SIGINT)
        assert worker.end() == 0


def test_a_worker_without_a_partition_is_ready_too(broker: Broker, bundle: Path) -> None:
    lonely = Stream(broker, broker.fresh_topics(partitions=1), bundle)
    with lonely.worker() as first, lonely.worker(KAFKA__INSTANCE_ID="two") as second:
        ports = [worker.wait_for("http_listening")["port"] for worker in (first, second)]
        while any(get(port, "/readyz")[0] != 200 for port in ports):
            pass

"""A producer of tweets that aborts its own transactions, or dies in one."""

import json
import random
import signal

import pytest
from confluent_kafka import Producer

from tests.system.faults.workers import IMPATIENT
from tests.system.workers import Stream, get, sample


def transactions(stream: Stream, seed: int, count: int) -> tuple[Producer, set[str]]:
    """Send ``count`` transactions, about half of them aborted; return their producer and the ids that are committed."""
    choose = random.Random(seed)  # noqa: S311 -- no secret
    producer = stream.broker.producer(transactional_id=f"upstream-{stream.input}")
    producer.init_transactions()
    committed = set()
    for number in range(count):
        ids = {f"{number}-{row}" for row in range(choose.randrange(1, 30))}
        producer.begin_transaction()
        for tweet_id in sorted(ids):
            text = json.dumps({"id": tweet_id, "text": "great app"})
            producer.produce(stream.input, text, key=tweet_id, partition=choose.randrange(4))
        if choose.random() < 0.5:
            producer.flush()  # what is aborted lies on the broker
            producer.abort_transaction()
        else:
            producer.commit_transaction()
            committed |= ids
    return producer, committed


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["exactly-once", "at-least-once"])
def test_what_a_producer_aborted_is_never_labelled_and_leaves_no_lag(stream: Stream, mode: str) -> None:
    stream.settings["KAFKA__DELIVERY"] = mode
    _, committed = transactions(stream, 5, 20)
    with stream.worker(**IMPATIENT) as worker:
        port = worker.wait_for("http_listening")["port"]
        producer, more = transactions(stream, 7, 20)
        producer.begin_transaction()
        producer.produce(stream.input, '{"id": "last", "text": "great"}', partition=0)
        producer.flush()
        producer.abort_transaction()  # the last thing in its partition is nothing to read
        while (
            'warble_lag_records{partition="0"' not in (metrics := get(port, "/metrics")[1])
            or sample(metrics, "warble_tweets_labelled_total") < len(committed) + len(more)
            or sample(metrics, "warble_lag_records")
        ):
            pass
        worker.send(signal.SIGTERM)
        assert worker.end() == 0
    stream.label_all(**IMPATIENT)

    assert sorted(result["id"] for result in stream.results()) == sorted([*committed, *more])
    stream.assert_each_once()


@pytest.mark.slow
def test_a_producer_that_died_in_its_transaction_holds_nothing_up_for_longer_than_its_timeout(stream: Stream) -> None:
    producer = stream.broker.producer(transactional_id=f"upstream-{stream.input}", transaction_timeout_ms="1000")
    producer.init_transactions()
    producer.begin_transaction()
    producer.produce(stream.input, '{"id": "never", "text": "great"}', partition=0)
    producer.flush()  # and is heard of no more
    stream.produce({f"t{number}": "great app" for number in range(100)})

    with stream.worker(**IMPATIENT) as worker:
        while len(stream.results()) < 100:
            pass
        worker.send(signal.SIGTERM)
        assert worker.end() == 0

    stream.assert_each_once()

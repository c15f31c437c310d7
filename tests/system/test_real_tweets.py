"""Real tweets through a real Kafka: labelled as the classifier labels them, also by a worker that is killed."""

from collections import Counter
from pathlib import Path

import pytest

from model.classifier import Classifier
from tests import shared_tweets
from tests.system.kafka import Broker
from tests.system.workers import Stream

KILLS = 3


@pytest.mark.data
@pytest.mark.parametrize("mode", ["exactly-once", "at-least-once"])
def test_every_brand_tweet_comes_out_once_with_the_label_that_the_classifier_gives_it(
    broker: Broker, tweets_data: Path, mode: str
) -> None:
    tweets = {str(row): text for row, text in enumerate(shared_tweets.brands(tweets_data))}
    stream = Stream(broker, broker.fresh_topics(), "brands", KAFKA__DELIVERY=mode)
    stream.produce(tweets)

    stream.label_all()

    stream.assert_each_once()
    stream.assert_in_order()
    results = {result["id"]: result for result in stream.results()}
    expected = Classifier.load("brands").classify(list(tweets.values()))
    assert len(results) == len(tweets) == 9_092
    for row, classified in enumerate(expected):
        result = results[str(row)]
        assert result["probabilities"] == pytest.approx(classified.probabilities, abs=1e-5)
        assert result.get("empty", False) == classified.empty
        assert result["label"] == classified.label


@pytest.mark.data
def test_hate_tweets_come_out_with_the_label_of_the_bundle_s_threshold(broker: Broker, tweets_data: Path) -> None:
    tweets = {str(row): text for row, text in enumerate(shared_tweets.hate_train(tweets_data)[:1000])}
    stream = Stream(broker, broker.fresh_topics(), "hate")
    stream.produce(tweets)

    stream.label_all()

    stream.assert_each_once()
    classifier = Classifier.load("hate")
    threshold = classifier.metadata.threshold
    assert threshold is not None
    results = {result["id"]: result for result in stream.results()}
    assert len(results) == len(tweets)
    for row, classified in enumerate(classifier.classify(list(tweets.values()))):
        result = results[str(row)]
        assert result["task"] == "hate"
        assert result["probabilities"] == pytest.approx(classified.probabilities, abs=1e-5)
        assert (result["label"] == "hateful") == (result["probabilities"]["hateful"] >= threshold.value)
        assert result["score"] == result["probabilities"][result["label"]]
    assert {result["label"] for result in results.values()} == {"hateful", "not_hateful"}


@pytest.mark.slow
@pytest.mark.data
@pytest.mark.timeout(600)
def test_killed_three_times_on_the_way_every_id_comes_out_exactly_once(broker: Broker, tweets_data: Path) -> None:
    brands = shared_tweets.brands(tweets_data)
    others = shared_tweets.sentiment140(tweets_data)
    tweets = {f"brands-{row}": text for row, text in enumerate(brands)}
    tweets |= {f"sentiment140-{row}": text for row, text in enumerate(others)}
    stream = Stream(broker, broker.fresh_topics(), "brands", BATCH__MAX_TWEETS="1000")
    stream.produce(tweets)

    for kill in range(1, KILLS + 1):
        with stream.worker("--stop-at-end") as worker:
            stream.wait_until_committed(len(tweets) * kill // (KILLS + 1))
            worker.kill()
        committed = stream.committed()
        assert 0 < committed < len(tweets)
        print(f"kill {kill}: {committed} of {len(tweets)} committed")  # noqa: T201 -- the proof, shown by pytest -s
    stream.label_all()

    assert stream.dead_letters() == []
    assert Counter(result["id"] for result in stream.results()) == dict.fromkeys(tweets, 1)
    stream.assert_each_once()
    stream.assert_in_order()

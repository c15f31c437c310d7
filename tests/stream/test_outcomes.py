"""One outcome a record, in order, and what the metrics say of them."""

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from model.classifier import FAILED, Classifier, Predictions
from stream.batching import Batch
from stream.messages.decode import DecodedValues, Rejection
from stream.messages.outgoing import Outgoing
from stream.messages.reasons import Reason
from stream.metrics import Metrics
from stream.outcomes import Outcomes
from stream.predictor import Predicted
from stream.settings import load_settings
from tests.factories import BRAND_LABELS, tiny_bundle
from tests.stream.records import SENT_AT_MS, record

NOW = SENT_AT_MS / 1000 + 2.5
FIELDS = {"id", "label", "score", "probabilities", "task", "model", "source", "labelled_at"}
TEXTS = ("I love my ipad", "", "hate the line", "#hashtag only")


@pytest.fixture(scope="module")
def classifier(tmp_path_factory: pytest.TempPathFactory) -> Classifier:
    return Classifier.load(str(tiny_bundle(tmp_path_factory.mktemp("bundle") / "tiny")), engine="onnx", threads=1)


@pytest.fixture
def metrics() -> Metrics:
    return Metrics()


def outcomes(
    classifier: Classifier, metrics: Metrics, *, include_text: bool = False, now: float = NOW, topic: str = "tweets"
) -> Outcomes:
    settings = load_settings(output={"include_text": include_text}, kafka={"input_topic": topic})
    return Outcomes(settings, classifier, metrics, lambda: now)


def batch_of(
    classifier: Classifier, texts: Sequence[str], rejected: Mapping[int, Reason] | None = None, *, ids: bool = True
) -> Batch:
    """A batch with one record a text; odd rows lie in partition 1, and offsets are ten times the row."""
    refused = rejected or {}
    batch = Batch(0.0)
    decoded = DecodedValues(
        [f"id{row}" if ids and row not in refused else None for row in range(len(texts))],
        ["" if row in refused else text for row, text in enumerate(texts)],
        {row: Rejection(reason, f"why {row}") for row, reason in refused.items()},
    )
    records = [record(text.encode(), partition=row % 2, offset=10 * row) for row, text in enumerate(texts)]
    batch.add(records, decoded, classifier.encode_all(decoded.texts))
    return batch


def predicted(classifier: Classifier, batch: Batch, revoked: frozenset[int] = frozenset()) -> Predicted:
    return Predicted(batch, classifier.predict(batch.encoded.rows), revoked)


def value(outcome: Outgoing) -> dict[str, Any]:
    assert outcome.result is not None
    decoded: dict[str, Any] = json.loads(outcome.result)
    return decoded


def sample(metrics: Metrics, name: str, **labels: str) -> float | None:
    return metrics.registry.get_sample_value(name, labels)


def test_results_say_what_the_classifier_says(classifier: Classifier, metrics: Metrics) -> None:
    expected = classifier.classify(TEXTS)
    made = outcomes(classifier, metrics).of(predicted(classifier, batch_of(classifier, TEXTS)))
    assert len(made) == len(TEXTS)
    for row, (outcome, classified) in enumerate(zip(made, expected, strict=True)):
        result = value(outcome)
        assert result.keys() - {"empty"} == FIELDS
        assert result["id"] == f"id{row}"
        assert result["label"] == classified.label
        assert result["score"] == result["probabilities"][result["label"]]
        assert result["probabilities"] == pytest.approx(classified.probabilities, abs=1e-6)
        assert tuple(result["probabilities"]) == BRAND_LABELS
        assert result["task"] == "brands"
        assert result["model"] == "tiny@1.0.0"
        assert result["source"] == {"topic": "tweets", "partition": row % 2, "offset": 10 * row}
        assert result["labelled_at"] == "2023-11-14T22:13:22.500Z"
        assert result.get("empty", False) is classified.empty
        assert (outcome.label, outcome.empty) == (BRAND_LABELS.index(result["label"]), classified.empty)


def test_an_empty_tweet_gets_the_prior_and_says_so(classifier: Classifier, metrics: Metrics) -> None:
    (outcome,) = outcomes(classifier, metrics).of(predicted(classifier, batch_of(classifier, ["!!!"])))
    result = value(outcome)
    assert result["empty"] is True
    assert result["label"] == "neutral"
    assert list(result["probabilities"].values()) == pytest.approx([0.02, 0.06, 0.59, 0.33])


def test_an_id_falls_back_to_the_records_place(classifier: Classifier, metrics: Metrics) -> None:
    made = outcomes(classifier, metrics).of(predicted(classifier, batch_of(classifier, ["a", "b"], ids=False)))
    assert [value(outcome)["id"] for outcome in made] == ["tweets-0-0", "tweets-1-10"]


def test_the_text_is_repeated_only_on_request(classifier: Classifier, metrics: Metrics) -> None:
    batch = batch_of(classifier, ["I love my ipad", ""])
    plain = outcomes(classifier, metrics).of(predicted(classifier, batch))
    full = outcomes(classifier, metrics, include_text=True).of(predicted(classifier, batch))
    assert ["text" in value(outcome) for outcome in plain] == [False, False]
    assert [value(outcome)["text"] for outcome in full] == ["I love my ipad", ""]


def test_every_record_has_exactly_one_outcome_in_order(classifier: Classifier, metrics: Metrics) -> None:
    reasons = {1: Reason.NOT_JSON, 4: Reason.TOMBSTONE}
    batch = batch_of(classifier, ["love", "x", "hate", "", "x", "meh"], reasons)
    predictions = classifier.predict(batch.encoded.rows)
    predictions.labels[2] = FAILED
    predictions.probabilities[2] = math.nan
    made = outcomes(classifier, metrics).of(Predicted(batch, predictions._replace(failed={2: "it exploded"})))
    assert [outcome.record.offset() for outcome in made] == [0, 10, 20, 30, 40, 50]
    assert [outcome.reason for outcome in made] == [
        *(None, Reason.NOT_JSON, Reason.PREDICT_FAILED),
        *(None, Reason.TOMBSTONE, None),
    ]
    assert [outcome.detail for outcome in made] == ["", "why 1", "it exploded", "", "why 4", ""]
    assert [outcome.result is None for outcome in made] == [False, True, True, False, True, False]


def test_a_rejected_row_is_never_labelled_empty(classifier: Classifier, metrics: Metrics) -> None:
    (outcome,) = outcomes(classifier, metrics).of(
        predicted(classifier, batch_of(classifier, ["x"], {0: Reason.NOT_UTF8}))
    )
    assert outcome.result is None
    assert not outcome.empty


def test_revoked_partitions_are_left_out(classifier: Classifier, metrics: Metrics) -> None:
    batch = batch_of(classifier, ["love", "hate", "meh", "x"], {3: Reason.NOT_JSON})
    maker = outcomes(classifier, metrics)
    kept = maker.of(predicted(classifier, batch, frozenset({1})))
    assert [outcome.record.offset() for outcome in kept] == [0, 20]
    assert maker.of(predicted(classifier, batch, frozenset({0, 1}))) == []


def test_probabilities_are_written_with_seven_decimals(classifier: Classifier, metrics: Metrics) -> None:
    batch = batch_of(classifier, ["love"])
    exact = np.array([[1 / 3, 1 / 7, 0.5, 1 - 1 / 3 - 1 / 7 - 0.5]], np.float32)
    (outcome,) = outcomes(classifier, metrics).of(Predicted(batch, Predictions(exact, {}, np.array([2], np.intp))))
    assert value(outcome)["probabilities"]["i can't tell"] == 0.3333333
    assert value(outcome)["label"] == "neutral"


def test_only_what_is_published_is_counted(classifier: Classifier, metrics: Metrics) -> None:
    maker = outcomes(classifier, metrics)
    made = maker.of(predicted(classifier, batch_of(classifier, ["love", "", "x"], {2: Reason.NOT_JSON})))
    name = {"task": "brands", "model": "tiny@1.0.0"}
    for label in BRAND_LABELS:
        assert sample(metrics, "warble_tweets_labelled_total", label=label, **name) == 0
    maker.count(made)
    labelled = {
        label: sample(metrics, "warble_tweets_labelled_total", label=label, **name) or 0.0 for label in BRAND_LABELS
    }
    assert sum(labelled.values()) == 2
    assert labelled[value(made[0])["label"]] >= 1
    assert labelled["neutral"] >= 1
    assert sample(metrics, "warble_tweets_dead_total", reason="not-json") == 1
    assert sample(metrics, "warble_tweets_dead_total", reason="tombstone") == 0
    assert sample(metrics, "warble_tweets_empty_total") == 1
    assert sample(metrics, "warble_latency_seconds_count") == 3


def test_a_result_that_became_a_dead_letter_counts_as_one(classifier: Classifier, metrics: Metrics) -> None:
    maker = outcomes(classifier, metrics)
    made = maker.of(predicted(classifier, batch_of(classifier, ["", "love"])))
    made[0].shrink("too big")
    made[1].shrink("too big")
    made[1].shrink("too big")
    maker.count(made)
    assert sample(metrics, "warble_tweets_dead_total", reason="too-large") == 2
    assert sample(metrics, "warble_tweets_empty_total") == 0
    assert sample(metrics, "warble_dead_letters_truncated_total", cut="headers") == 1
    name = {"task": "brands", "model": "tiny@1.0.0"}
    assert sum(sample(metrics, "warble_tweets_labelled_total", label=label, **name) or 0 for label in BRAND_LABELS) == 0


def test_latency_runs_from_the_records_timestamp(classifier: Classifier, metrics: Metrics) -> None:
    maker = outcomes(classifier, metrics)
    maker.count(maker.of(predicted(classifier, batch_of(classifier, ["love", "hate"]))))
    assert sample(metrics, "warble_latency_seconds_sum") == pytest.approx(5.0)


def test_latency_is_never_negative(classifier: Classifier, metrics: Metrics) -> None:
    maker = outcomes(classifier, metrics, now=SENT_AT_MS / 1000 - 60)
    maker.count(maker.of(predicted(classifier, batch_of(classifier, ["love"]))))
    assert sample(metrics, "warble_latency_seconds_sum") == 0
    assert sample(metrics, "warble_latency_seconds_count") == 1


def test_records_without_timestamp_have_no_latency(classifier: Classifier, metrics: Metrics) -> None:
    maker = outcomes(classifier, metrics)
    maker.count([Outgoing(record(timestamp=(0, -1)), result=b"{}", label=0)])
    assert sample(metrics, "warble_latency_seconds_count") == 0
    assert sample(metrics, "warble_tweets_labelled_total", task="brands", model="tiny@1.0.0", label=BRAND_LABELS[0])


def test_a_binary_task_lists_both_labels_and_decides_by_its_threshold(tmp_path: Path, metrics: Metrics) -> None:
    path = tiny_bundle(
        tmp_path / "hate",
        labels=("hateful", "not_hateful"),
        task="hate",
        threshold={"label": "hateful", "value": 0.001},
        prior=(0.07, 0.93),
    )
    binary = Classifier.load(str(path), engine="onnx", threads=1)
    batch = batch_of(binary, ["love", ""])
    batch_predictions = Predictions(
        np.array([[0.01, 0.99], [0.07, 0.93]], np.float32), {}, binary.decide(np.array([[0.01, 0.99], [0.0, 1.0]]))
    )
    first, second = (value(one) for one in outcomes(binary, metrics).of(Predicted(batch, batch_predictions)))
    assert (first["label"], first["score"]) == ("hateful", 0.01)
    assert (second["label"], second["empty"]) == ("not_hateful", True)
    assert first["probabilities"].keys() == {"hateful", "not_hateful"}
    assert first["task"] == "hate"

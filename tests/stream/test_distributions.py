"""What the metrics say of batches and predictions."""

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from model.classifier import FAILED, Classifier, Predictions
from stream.batching import Batch
from stream.distributions import Distributions
from stream.messages.decode import DecodedValues, Rejection
from stream.messages.reasons import Reason
from stream.metrics import Metrics
from stream.predictor import Predicted
from stream.settings import load_settings
from tests.rows import encoded
from tests.stream.records import record

CERTAIN, UNIFORM, UNSURE = (1.0, 0.0, 0.0, 0.0), (0.25, 0.25, 0.25, 0.25), (0.5, 0.5, 0.0, 0.0)


def distributions(metrics: Metrics, labels: int = 4) -> Distributions:
    metadata = SimpleNamespace(reference=None)
    classifier = SimpleNamespace(name="tiny", version="1", labels=tuple("abcd"[:labels]), metadata=metadata)
    return Distributions(load_settings(batch={"max_tweets": 10}), cast("Classifier", classifier), metrics)


def predicted(answers: Sequence[Sequence[float] | None], **changes: Any) -> Predicted:  # noqa: ANN401 -- any field
    """Predictions of a batch, None for a rejected record; odd rows lie in partition 1."""
    batch = Batch(0.0)
    rejected = {row: Rejection(Reason.NOT_JSON, "why") for row, answer in enumerate(answers) if answer is None}
    batch.add(
        [record(partition=row % 2, offset=row) for row in range(len(answers))],
        DecodedValues([None] * len(answers), ["text"] * len(answers), rejected),
        encoded([[] if row in rejected else [1, 2] for row in range(len(answers))]),
    )
    width = max(len(answer or ()) for answer in answers)
    probabilities = np.array([answer or (0.9, *[0.0] * (width - 1)) for answer in answers], np.float32)
    labels = probabilities.argmax(axis=1)
    return Predicted(batch, Predictions(probabilities, {}, labels), **changes)


def sample(metrics: Metrics, name: str, **labels: str) -> float:
    return metrics.registry.get_sample_value(name, labels) or 0


def test_confidence_is_the_highest_probability_and_entropy_the_share_of_the_highest_there_is() -> None:
    metrics = Metrics()
    distributions(metrics).observe(predicted([CERTAIN, UNIFORM, UNSURE]))
    assert sample(metrics, "warble_prediction_confidence_count") == 3
    assert sample(metrics, "warble_prediction_confidence_sum") == pytest.approx(1.75)
    assert sample(metrics, "warble_prediction_entropy_ratio_sum") == pytest.approx(0 + 1 + 0.5)
    assert sample(metrics, "warble_prediction_entropy_ratio_bucket", le="0.01") == 1


def test_only_tweets_that_got_a_label_count() -> None:
    metrics = Metrics()
    made = predicted([UNSURE, UNSURE, None, UNSURE, CERTAIN], revoked=frozenset({1}))
    made.predictions.labels[0] = FAILED
    made.predictions.probabilities[0] = np.nan
    distributions(metrics).observe(made)
    assert sample(metrics, "warble_prediction_confidence_count") == 1
    assert sample(metrics, "warble_prediction_confidence_sum") == 1


def test_a_batch_of_nothing_but_dead_letters_says_nothing() -> None:
    metrics = Metrics()
    distributions(metrics).observe(predicted([None, None]))
    assert sample(metrics, "warble_prediction_confidence_count") == 0


def test_one_label_is_no_choice() -> None:
    metrics = Metrics()
    distributions(metrics, labels=1).observe(predicted([(1.0,)]))
    assert sample(metrics, "warble_prediction_entropy_ratio_sum") == 0


def test_the_shape_of_a_batch_counts_all_of_its_records() -> None:
    metrics = Metrics()
    made = predicted([UNSURE, None, UNSURE])
    made = made._replace(predictions=made.predictions._replace(padding=0.25))
    distributions(metrics).observe(made)
    assert sample(metrics, "warble_batch_tweets_sum") == 3
    assert sample(metrics, "warble_batch_fill_ratio_sum") == pytest.approx(0.3)
    assert sample(metrics, "warble_batch_tokens_sum") == 4
    assert sample(metrics, "warble_batch_padding_ratio_sum") == 0.25


def test_tokens_are_counted_by_what_became_of_them() -> None:
    metrics = Metrics()
    batch = Batch(0.0)
    batch.add(
        [record(), record(offset=1)],
        DecodedValues([None, None], ["text", "text"], {}),
        encoded([[1, 2, 3], [1]], unknown=[2, 1], truncated=[0, 5]),
    )
    answers = np.array([CERTAIN, CERTAIN], np.float32)
    distributions(metrics).observe(Predicted(batch, Predictions(answers, {}, answers.argmax(axis=1))))
    assert sample(metrics, "warble_tokens_total") == 4
    assert sample(metrics, "warble_tokens_unknown_total") == 3
    assert sample(metrics, "warble_tokens_truncated_total") == 5


def test_a_batch_that_the_network_never_saw_has_no_padding() -> None:
    metrics = Metrics()
    distributions(metrics).observe(predicted([None, None]))
    assert sample(metrics, "warble_batch_tweets_count") == 1
    assert sample(metrics, "warble_batch_padding_ratio_count") == 0

"""A predicted batch as the outcomes to publish, and what the metrics say of them once published."""

import time
from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np

from model.classifier import FAILED, Classifier
from stream.messages.outgoing import Outgoing
from stream.messages.place import position
from stream.messages.reasons import Reason
from stream.messages.result import ResultEncoder, rfc3339
from stream.metrics import Metrics
from stream.predictor import Predicted
from stream.settings import Settings


class Outcomes:
    """Turns predictions into results and dead letters, one for each record.

    wall_clock: seconds since the epoch.
    """

    def __init__(
        self, settings: Settings, classifier: Classifier, metrics: Metrics, wall_clock: Callable[[], float] = time.time
    ) -> None:
        self._include_text = settings.output.include_text
        self._metrics = metrics
        self._wall_clock = wall_clock
        model = f"{classifier.name}@{classifier.version}"
        self._encoder = ResultEncoder(
            labels=classifier.labels, task=classifier.task, model=model, topic=settings.kafka.input_topic
        )
        self._labelled = [metrics.labelled.labels(classifier.task, model, label) for label in classifier.labels]

    def of(self, predicted: Predicted) -> list[Outgoing]:
        """Return one outcome a record, in the order of the batch, less what was revoked."""
        batch, predictions, revoked = predicted
        results = self._encoder.batch(predictions.probabilities, rfc3339(self._wall_clock()))
        empty = (batch.rows.lengths == 0).tolist()
        outcomes = []
        for row, (record, tweet_id, label) in enumerate(
            zip(batch.records, batch.ids, predictions.labels.tolist(), strict=True)
        ):
            partition, offset = position(record)
            if partition in revoked:
                continue
            rejection = batch.rejected.get(row)
            if rejection is not None:
                outcomes.append(Outgoing(record, reason=rejection.reason, detail=rejection.detail))
                continue
            if label == FAILED:
                outcomes.append(Outgoing(record, reason=Reason.PREDICT_FAILED, detail=predictions.failed[row]))
                continue
            result = results.encode(
                row,
                tweet_id=tweet_id or f"{record.topic()}-{partition}-{offset}",
                label=label,
                partition=partition,
                offset=offset,
                empty=empty[row],
                text=batch.texts[row] if self._include_text else None,
            )
            outcomes.append(Outgoing(record, result=result, label=label, empty=empty[row]))
        return outcomes

    def count(self, outcomes: Sequence[Outgoing]) -> None:
        """Count outcomes that are published for good."""
        labels: Counter[int] = Counter()
        reasons: Counter[Reason] = Counter()
        for outcome in outcomes:
            if outcome.result is not None:
                labels[outcome.label] += 1
            elif outcome.reason is not None:
                reasons[outcome.reason] += 1
                if outcome.cut:
                    self._metrics.dead_truncated.labels(outcome.cut).inc()
        for label, number in labels.items():
            self._labelled[label].inc(number)
        for reason, number in reasons.items():
            self._metrics.dead.labels(reason).inc(number)
        self._metrics.empty.inc(sum(outcome.empty and outcome.result is not None for outcome in outcomes))
        timestamps = np.array([outcome.timestamp for outcome in outcomes], dtype=np.float64)
        known = timestamps[timestamps > 0] / 1000
        self._metrics.latency_seconds.observe(np.maximum(0.0, self._wall_clock() - known))

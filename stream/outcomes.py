"""A predicted batch as the outcomes to publish, and what the metrics say of them once published."""

import time
from collections.abc import Callable, Sequence
from operator import attrgetter

import numpy as np

from model.classifier import FAILED, Classifier
from stream.distributions import Distributions
from stream.messages.outgoing import Outgoing
from stream.messages.place import position
from stream.messages.reasons import Reason
from stream.messages.result import ResultEncoder, rfc3339
from stream.metrics import Metrics
from stream.predictor import Predicted
from stream.settings import Settings

_LABEL, _EMPTY, _TIMESTAMP = attrgetter("label"), attrgetter("empty"), attrgetter("timestamp")


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
        self.distributions = Distributions(settings, classifier, metrics)
        self._labelled = [metrics.labelled.labels(classifier.task, model, label) for label in classifier.labels]

    def of(self, predicted: Predicted) -> list[Outgoing]:
        """Return one outcome a record, in the order of the batch, less what was revoked."""
        batch, predictions, revoked = predicted
        results = self._encoder.batch(predictions.probabilities, rfc3339(self._wall_clock()))
        empty = (batch.encoded.rows.lengths == 0).tolist()
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
        # Columns first: this is done for each tweet, and a call of Python's for each would cost ten times as much.
        labels = np.fromiter(map(_LABEL, outcomes), np.intp, len(outcomes))
        dead, *labelled = np.bincount(labels + 1, minlength=1 + len(self._labelled)).tolist()
        for counter, number in zip(self._labelled, labelled, strict=True):
            counter.inc(number)
        if dead:
            self._count_dead([outcomes[row] for row in np.flatnonzero(labels < 0).tolist()])
        self._metrics.empty.inc(sum(map(_EMPTY, outcomes)))
        timestamps = np.fromiter(map(_TIMESTAMP, outcomes), np.int64, len(outcomes))
        known = timestamps[timestamps > 0] / 1000
        self._metrics.latency_seconds.observe(np.maximum(0.0, self._wall_clock() - known))

    def _count_dead(self, letters: Sequence[Outgoing]) -> None:
        for letter in letters:
            self._metrics.dead.labels(letter.reason).inc()
            if letter.cut:
                self._metrics.dead_truncated.labels(letter.cut).inc()

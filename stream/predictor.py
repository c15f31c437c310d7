"""Predict one batch in a thread of its own while the polling thread reads and encodes the next."""

import time
from concurrent.futures import Future, wait
from queue import SimpleQueue
from threading import Thread
from typing import NamedTuple

from model.classifier import Classifier, Predictions
from stream.batching import Batch
from stream.metrics import Metrics
from stream.tracing.trace import during


class Predicted(NamedTuple):
    """A batch with its predictions, rows aligned.

    revoked: partitions lost meanwhile, whose rows are not to be published.
    """

    batch: Batch
    predictions: Predictions
    revoked: frozenset[int] = frozenset()


_LEAVE_S = 2.0
"""How long a prediction that nobody waits for any more may hold up the end of the process."""


class Predictor:
    """Holds at most one batch in flight. The engine lets go of the GIL while it computes.

    Its thread is a daemon: Python would wait for any other one before it ends, and so for ever if the model hangs.
    """

    def __init__(self, classifier: Classifier, metrics: Metrics) -> None:
        self._classifier = classifier
        self._seconds = metrics.stage_seconds.labels("predict")
        self._work: SimpleQueue[tuple[Batch, Future[Predicted]] | None] = SimpleQueue()
        self._thread = Thread(target=self._serve, name="predict", daemon=True)
        self._thread.start()
        self._in_flight: Future[Predicted] | None = None
        self._batch: Batch | None = None
        self._revoked: set[int] = set()

    @property
    def is_idle(self) -> bool:
        """Whether no batch is in flight."""
        return self._in_flight is None

    def submit(self, batch: Batch) -> None:
        """Start to predict ``batch``. Raises ValueError when the one before has not been taken."""
        if self._in_flight is not None:
            raise ValueError("a batch is in flight already")
        self._batch = batch
        self._revoked = set()
        self._in_flight = Future()
        self._work.put((batch, self._in_flight))

    def wait(self, timeout_s: float) -> bool:
        """Wait for the batch in flight; return whether it is done."""
        return self._in_flight is not None and bool(wait([self._in_flight], timeout_s).done)

    def take(self) -> Predicted:
        """Return the finished batch. Raises what the prediction raised, ValueError when none is in flight."""
        if self._in_flight is None:
            raise ValueError("no batch is in flight")
        future, self._in_flight = self._in_flight, None
        return future.result()._replace(revoked=frozenset(self._revoked))

    def discard(self, partitions: set[int]) -> int:
        """Mark ``partitions`` of the batch in flight as revoked; return how many of its records that hits."""
        if self._batch is None or self._in_flight is None:
            return 0
        hit = sum(record.partition() in partitions - self._revoked for record in self._batch.records)
        self._revoked |= partitions
        return hit

    def abandon(self) -> int:
        """Forget the batch in flight, to be read again; return how many records it holds."""
        if self._batch is None or self._in_flight is None:
            return 0
        self._in_flight = None
        return sum(record.partition() not in self._revoked for record in self._batch.records)

    def close(self) -> None:
        """Let the thread end, without waiting long for a batch that nobody will publish."""
        self._work.put(None)
        self._thread.join(_LEAVE_S)

    def _serve(self) -> None:
        while (job := self._work.get()) is not None:
            batch, answer = job
            try:
                answer.set_result(self._predict(batch))
            except BaseException as error:  # noqa: BLE001 -- handed to the thread that takes the batch
                answer.set_exception(error)

    def _predict(self, batch: Batch) -> Predicted:
        started = time.perf_counter()
        predictions = self._classifier.predict(batch.encoded.rows)
        with during(batch.trace):
            self._seconds.observe(time.perf_counter() - started)
        return Predicted(batch, predictions)

"""One batch is predicted in a thread while the next is read."""

import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from threading import Event, Thread, get_ident
from typing import cast

import numpy as np
import pytest

from model.classifier import Classifier, Predictions
from model.errors import EngineError
from model.rows import Rows
from stream.batching import Batch
from stream.messages.decode import DecodedValues
from stream.metrics import Metrics
from stream.predictor import Predictor
from tests.rows import encoded
from tests.stream.records import record

PATIENCE_S = 30.0
ROOT = Path(__file__).parents[2]


class GatedClassifier:
    """Answers once the gate is open; the answer names the batch by its first token."""

    def __init__(self) -> None:
        self.gate = Event()
        self.error: Exception | None = None
        self.threads: set[int] = set()

    def predict(self, rows: Rows) -> Predictions:
        self.threads.add(get_ident())
        assert self.gate.wait(PATIENCE_S)
        if self.error is not None:
            raise self.error
        return Predictions(np.full((len(rows), 1), rows.ids[0], np.float32), {}, np.zeros(len(rows), np.intp))


@pytest.fixture
def classifier() -> GatedClassifier:
    return GatedClassifier()


@pytest.fixture
def metrics() -> Metrics:
    return Metrics()


@pytest.fixture
def predictor(classifier: GatedClassifier, metrics: Metrics) -> Iterator[Predictor]:
    made = Predictor(cast("Classifier", classifier), metrics)
    yield made
    classifier.gate.set()
    made.close()


def batch(name: int, partitions: Sequence[int] = (0,)) -> Batch:
    made = Batch(0.0)
    records = [record(partition=partition, offset=offset) for offset, partition in enumerate(partitions)]
    count = len(records)
    made.add(records, DecodedValues([None] * count, ["a"] * count, {}), encoded([[name]] * count))
    return made


def test_an_idle_predictor_has_nothing_to_wait_for(predictor: Predictor) -> None:
    assert predictor.is_idle
    assert not predictor.wait(0)
    with pytest.raises(ValueError, match="no batch"):
        predictor.take()


def test_a_batch_is_in_flight_until_it_is_taken(predictor: Predictor, classifier: GatedClassifier) -> None:
    one = batch(7, [0, 1])
    predictor.submit(one)
    assert not predictor.is_idle
    assert not predictor.wait(0)
    classifier.gate.set()
    assert predictor.wait(PATIENCE_S)
    assert not predictor.is_idle
    predicted = predictor.take()
    assert predictor.is_idle
    assert predicted.batch is one
    assert predicted.predictions.probabilities.tolist() == [[7.0], [7.0]]
    assert predicted.revoked == frozenset()


def test_a_second_batch_is_refused_while_one_is_in_flight(predictor: Predictor) -> None:
    predictor.submit(batch(1))
    with pytest.raises(ValueError, match="in flight already"):
        predictor.submit(batch(2))


def test_the_network_runs_in_a_thread_of_its_own(predictor: Predictor, classifier: GatedClassifier) -> None:
    classifier.gate.set()
    for name in (1, 2):
        predictor.submit(batch(name))
        predictor.take()
    assert len(classifier.threads) == 1
    assert get_ident() not in classifier.threads


def test_what_the_prediction_raises_reaches_who_takes_it(predictor: Predictor, classifier: GatedClassifier) -> None:
    classifier.error = EngineError("broken")
    classifier.gate.set()
    predictor.submit(batch(1))
    assert predictor.wait(PATIENCE_S)
    with pytest.raises(EngineError, match="broken"):
        predictor.take()
    assert predictor.is_idle


def test_revoked_partitions_are_marked_and_their_records_counted_once(
    predictor: Predictor, classifier: GatedClassifier
) -> None:
    predictor.submit(batch(1, [0, 1, 1, 2]))
    assert predictor.discard({1, 5}) == 2
    assert predictor.discard({1, 2}) == 1
    classifier.gate.set()
    assert predictor.take().revoked == {1, 2, 5}


def test_the_next_batch_forgets_what_was_revoked(predictor: Predictor, classifier: GatedClassifier) -> None:
    classifier.gate.set()
    predictor.submit(batch(1))
    predictor.discard({0})
    predictor.take()
    predictor.submit(batch(2))
    assert predictor.take().revoked == frozenset()


def test_an_idle_predictor_discards_nothing(predictor: Predictor, classifier: GatedClassifier) -> None:
    assert predictor.discard({0}) == 0
    assert predictor.abandon() == 0
    classifier.gate.set()
    predictor.submit(batch(1))
    predictor.take()
    assert predictor.discard({0}) == 0
    assert predictor.abandon() == 0


def test_an_abandoned_batch_is_counted_and_never_comes_back(predictor: Predictor, classifier: GatedClassifier) -> None:
    predictor.submit(batch(1, [0, 0, 1]))
    predictor.discard({1})
    assert predictor.abandon() == 2
    assert predictor.is_idle
    predictor.submit(batch(2))
    classifier.gate.set()
    assert predictor.take().predictions.probabilities.tolist() == [[2.0]]


def test_an_abandoned_batch_that_fails_harms_nobody(predictor: Predictor, classifier: GatedClassifier) -> None:
    classifier.error = EngineError("broken")
    predictor.submit(batch(1))
    predictor.abandon()
    predictor.submit(batch(2))
    classifier.gate.set()
    with pytest.raises(EngineError):
        predictor.take()
    classifier.error = None
    predictor.submit(batch(3))
    assert predictor.take().predictions.probabilities.tolist() == [[3.0]]


def test_a_model_that_hangs_does_not_keep_the_process_from_ending() -> None:
    script = (
        "import sys\n"
        "from threading import Event\n"
        "from types import SimpleNamespace\n"
        "from stream.batching import Batch\n"
        "from stream.metrics import Metrics\n"
        "from stream.predictor import Predictor\n"
        "hanging = Event()\n"
        "def predict(rows):\n"
        "    hanging.set()\n"
        "    Event().wait()\n"
        "predictor = Predictor(SimpleNamespace(predict=predict), Metrics())\n"
        "predictor.submit(Batch(0.0))\n"
        "hanging.wait()\n"
        "sys.exit(7)\n"
    )
    ended = subprocess.run([sys.executable, "-c", script], cwd=ROOT, timeout=PATIENCE_S, check=False)
    assert ended.returncode == 7


def test_the_seconds_are_measured(predictor: Predictor, classifier: GatedClassifier, metrics: Metrics) -> None:
    classifier.gate.set()
    predictor.submit(batch(1))
    predictor.take()
    assert metrics.registry.get_sample_value("warble_stage_seconds_count", {"stage": "predict"}) == 1


def test_closing_does_not_wait_for_a_batch_that_nobody_will_publish(
    predictor: Predictor, classifier: GatedClassifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stream.predictor._LEAVE_S", 0.01)
    predictor.submit(batch(1))
    closing = Thread(target=predictor.close, daemon=True)
    closing.start()
    closing.join(PATIENCE_S / 3)
    assert not closing.is_alive()
    assert not classifier.gate.is_set()

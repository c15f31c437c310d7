import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from model.architecture.weights import Weights
from model.errors import UsageError, WarbleError
from tests.training import small_run
from training.checkpoint import Arrays, Checkpoint, load_checkpoint
from training.learner import Learner
from training.loop import cross_entropy

ROOT = Path(__file__).resolve().parents[2]


def assert_same(one: Weights, other: Weights) -> None:
    assert one.keys() == other.keys()
    for name, array in one.items():
        assert np.array_equal(array, other[name]), name


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("unbroken")
    small_run.run(directory)
    return directory


@pytest.fixture(scope="module")
def unbroken(finished: Path) -> Checkpoint:
    state = load_checkpoint(finished)
    assert state is not None
    return state


def test_a_run_learns_something(unbroken: Checkpoint) -> None:
    assert unbroken.finished
    assert len(unbroken.history) == small_run.EPOCHS
    assert unbroken.history[-1]["loss"] < unbroken.history[0]["loss"]
    assert not np.array_equal(unbroken.weights["embedding"], np.zeros_like(unbroken.weights["embedding"]))


def test_one_seed_gives_the_same_weights_twice(unbroken: Checkpoint, tmp_path: Path) -> None:
    again = small_run.run(tmp_path)
    assert_same(again.weights, unbroken.weights)
    assert again.history == unbroken.history


def test_killed_in_mid_epoch_and_continued_it_ends_as_an_unbroken_run(unbroken: Checkpoint, tmp_path: Path) -> None:
    killed = subprocess.run(
        [sys.executable, "-m", "tests.training.small_run", tmp_path, "3", "2"],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    left = load_checkpoint(tmp_path)
    assert left is not None
    assert left.history == unbroken.history[:2]

    continued = small_run.run(tmp_path)
    assert_same(continued.weights, unbroken.weights)
    assert_same(continued.best_weights, unbroken.best_weights)
    assert continued.history == unbroken.history
    assert continued.best_epoch == unbroken.best_epoch


def test_a_finished_run_is_not_trained_further(unbroken: Checkpoint, finished: Path) -> None:
    class NoBatch(small_run.Silent):
        def batch_done(self, epoch: int, batch: int) -> None:
            raise AssertionError((epoch, batch))

    assert_same(small_run.run(finished, NoBatch()).weights, unbroken.weights)


def test_the_checkpoint_of_another_run_is_refused_by_what_differs(finished: Path) -> None:
    with pytest.raises(UsageError, match=r"checkpoint of another run \(different: seed\).*--overwrite"):
        small_run.run(finished, seed=68)


class ScriptedLearner(Learner):
    """Answers validation with given certainties, epoch by epoch; weighs what epoch it is. There is no network."""

    def __init__(self, certainties: list[float]) -> None:
        self._certainties = iter(certainties)
        self._epoch = 0

    def begin_epoch(self, *, seed: int, epoch: int) -> None:
        del seed
        self._epoch = epoch

    def learn(self, *_: object) -> float:
        return 1.0

    def weights(self) -> Weights:
        return {"epoch": np.array(self._epoch, dtype=np.float32)}

    def optimizer_state(self) -> Arrays:
        return {}

    def predict(self, *_: object) -> npt.NDArray[np.float32]:
        certainty = next(self._certainties)
        targets = small_run.examples(30, 2).targets
        probabilities = np.full((30, 4), (1 - certainty) / 3, dtype=np.float32)
        probabilities[np.arange(30), targets] = certainty
        return probabilities


def test_training_stops_after_patience_and_keeps_the_best_epoch(tmp_path: Path) -> None:
    settings = small_run.FIT.model_copy(update={"patience": 2, "max_epochs": 100})
    learner = ScriptedLearner([0.5, 0.4, 0.7, 0.6, 0.69, 0.9])
    state = small_run.run(tmp_path, settings=settings, learner=learner)
    assert len(state.history) == 5
    assert state.best_epoch == 3
    assert state.best_weights["epoch"] == 3
    assert state.weights["epoch"] == 5
    assert state.history[2]["validation_loss"] == pytest.approx(-np.log(0.7))


def test_training_stops_at_the_last_epoch(tmp_path: Path) -> None:
    settings = small_run.FIT.model_copy(update={"max_epochs": 2})
    state = small_run.run(tmp_path, settings=settings, learner=ScriptedLearner([0.5, 0.6, 0.7]))
    assert (len(state.history), state.best_epoch) == (2, 2)


def test_a_loss_that_is_no_number_ends_the_run_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(WarbleError, match="loss of epoch 1 is nan: lower the preset's learning rate"):
        small_run.run(tmp_path, learner=ScriptedLearner([float("nan")]))
    assert load_checkpoint(tmp_path) is None


def test_a_certain_mistake_costs_what_keras_says_it_costs() -> None:
    loss = cross_entropy(np.array([0, 1]), np.array([[0, 1], [0, 1]], dtype=np.float32))
    assert loss == pytest.approx(-np.log(1e-7) / 2)

from pathlib import Path
from shutil import copytree
from typing import Any

import numpy as np
import pytest

from model.errors import WarbleError
from tests.training.flagship import sample
from tests.training.flagship.silent import Silent
from tests.training.flagship.tiny_encoder import write_encoder
from training.flagship import fine_tune
from training.flagship.cache import Cache
from training.flagship.fine_tune import FineTuning, Lesson, rate_at, set_weights, weights_of
from training.flagship.pretrained import Pretrained, find_pretrained
from training.flagship.probabilities import softmax

CONFIG = sample.recipe().teacher
TITLE = "fold-0: fine-tuning"


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Pretrained:
    return find_pretrained(write_encoder(tmp_path_factory.mktemp("encoder")))


@pytest.fixture(scope="module")
def unbroken(tiny: Pretrained, tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], Path]:
    """Return the weights of a run in segments of 5 steps, and the directory with its last checkpoint: of step 10."""
    directory = tmp_path_factory.mktemp("unbroken")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(fine_tune, "SEGMENT", 5)
        return learnt(tuning(tiny), directory), directory


def lesson(count: int = 42) -> Lesson:
    """Rows whose second id tells their class, of lengths that need several widths."""
    random = np.random.default_rng(1)
    classes = random.integers(3, size=count)
    rows = [
        np.array([2, 4 + kind, *random.integers(8, 20, size=random.integers(1, 12)), 3], np.int32) for kind in classes
    ]
    return Lesson(rows, np.eye(3, dtype=np.float32)[classes], np.ones(count, np.float32))


def tuning(tiny: Pretrained, *, seed: int = 1, **changes: Any) -> FineTuning:  # noqa: ANN401 - any of the fields
    return FineTuning(tiny, 3, CONFIG.model_copy(update=changes), seed=seed, clock=lambda: 0.0)


def learnt(tuning: FineTuning, directory: Path, reporter: Silent | None = None) -> dict[str, Any]:
    tuning.learn(lesson(), "run", Cache(directory), reporter or Silent(), TITLE)
    return weights_of(tuning.model)


def test_it_learns_what_there_is_to_learn(tiny: Pretrained, tmp_path: Path) -> None:
    reporter = Silent()
    longer = tuning(tiny, epochs=25, learning_rate=0.01, dropout=0.0)
    longer.learn(lesson(), "run", Cache(tmp_path), reporter, TITLE)
    assert "step 150 of 150" in reporter.said[-1]
    assert float(reporter.said[-1].split("loss ")[1].split(",")[0]) < 0.8, "it starts near ln 3 = 1.1"
    rows = lesson().rows
    found = [int(np.asarray(longer.model(row[None]))[0].argmax()) for row in rows]
    assert np.mean(found == lesson().targets.argmax(axis=1)) > 0.9


@pytest.mark.slow
def test_the_seed_decides_and_another_seed_is_another_teacher(
    tiny: Pretrained, unbroken: tuple[dict[str, Any], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fine_tune, "SEGMENT", 5)
    one = unbroken[0]
    two, other = (learnt(tuning(tiny, seed=seed), tmp_path / str(seed)) for seed in (1, 2))
    assert all(np.array_equal(one[name], two[name]) for name in one)
    assert not all(np.array_equal(one[name], other[name]) for name in one)


@pytest.mark.slow
def test_stopped_and_continued_it_ends_as_an_unbroken_one(
    tiny: Pretrained, unbroken: tuple[dict[str, Any], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fine_tune, "SEGMENT", 5)

    class Stopping(Silent):
        def _advance(self, more: int) -> None:
            super()._advance(more)
            if self.advanced == 8:
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        learnt(tuning(tiny), tmp_path / "broken", Stopping())
    reporter = Silent()
    continued = learnt(tuning(tiny), tmp_path / "broken", reporter)
    assert reporter.tasks == [(TITLE, 12, 5)], "it went on after the last checkpoint"
    assert all(continued[name] == pytest.approx(array, abs=1e-6) for name, array in unbroken[0].items())


def test_the_checkpoint_of_another_run_is_not_continued(
    tiny: Pretrained, unbroken: tuple[dict[str, Any], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fine_tune, "SEGMENT", 5)
    copytree(unbroken[1], tmp_path / "kept")
    assert Cache(tmp_path / "kept").find("checkpoint", "run") is not None
    reporter = Silent()
    tuning(tiny).learn(lesson(), "another run", Cache(tmp_path / "kept"), reporter, TITLE)
    assert reporter.tasks == [(TITLE, 12, 0)]


@pytest.mark.slow
def test_rows_without_weight_teach_nothing(tiny: Pretrained, tmp_path: Path) -> None:
    whole = lesson()
    turned = Lesson(whole.rows, np.roll(whole.targets, 1, axis=1), np.zeros(len(whole.rows), np.float32))
    still = tuning(tiny, weight_decay=0.0)
    before = weights_of(still.model)
    still.learn(turned, "run", Cache(tmp_path), Silent(), TITLE)
    after = weights_of(still.model)
    assert all(after[name] == pytest.approx(before[name], abs=1e-6) for name in before)


def test_a_loss_that_is_not_finite_is_one_line(tiny: Pretrained, tmp_path: Path) -> None:
    broken = Lesson(lesson().rows, lesson().targets * np.float32(np.nan), lesson().weights)
    with pytest.raises(WarbleError, match=r"the loss of step 12 is nan: lower the recipe's learning rate"):
        tuning(tiny).learn(broken, "run", Cache(tmp_path), Silent(), TITLE)


@pytest.mark.slow
def test_the_loss_that_is_said_is_that_of_the_segment(
    tiny: Pretrained, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fine_tune, "SEGMENT", 6)
    reporter = Silent()
    still = tuning(tiny, learning_rate=1e-12, weight_decay=0.0, dropout=0.0, label_smoothing=0.0)
    still.learn(lesson(), "run", Cache(tmp_path), reporter, TITLE)
    logits = np.concatenate([np.asarray(still.model(row[None])) for row in lesson().rows])
    right = (lesson().targets * np.log(softmax(logits))).sum(axis=1)
    # 42 rows in batches of 8, of which the last is filled up with rows that count as rows without loss.
    expected = -right.sum() / 48
    said = [float(line.split("loss ")[1].split(",")[0]) for line in reporter.said]
    assert said == pytest.approx([expected, expected], abs=2e-3)


def test_weights_go_into_another_network_of_the_shape(tiny: Pretrained) -> None:
    one, two = tuning(tiny, seed=1), tuning(tiny, seed=2)
    set_weights(two.model, weights_of(one.model))
    batch = lesson().rows[0][None]
    assert np.asarray(two.model(batch)) == pytest.approx(np.asarray(one.model(batch)))


def test_the_rate_rises_then_falls_in_lines() -> None:
    rates = [rate_at(step, 100, 0.1) for step in range(100)]
    assert rates[:10] == pytest.approx([0.1 * step for step in range(1, 11)])
    assert rates[10:] == pytest.approx([(100 - step) / 90 for step in range(10, 100)])
    assert rate_at(0, 1, 0.0) == 1

"""Whole searches, over a network of a few dozen weights."""

import csv
import errno
import io
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rich.console import Console

from model.errors import UsageError
from tests.training.search import small
from training.cli import main
from training.data.clusters import cluster
from training.data.datasets import read_tweets
from training.data.splits import Split, split_rows
from training.data.tweets import LabelledTweets
from training.evaluation.candidate import FoldAnswer
from training.interrupted import InterruptedRunError
from training.presets.preset import load_preset
from training.search.folds import search_folds, training_part
from training.search.progress import SearchReporter
from training.search.search import search
from training.search.toml import to_toml

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("inputs")
    small.write_tweets(directory / "tweets.csv")
    (directory / "small.toml").write_text(to_toml(small.preset(), "A small preset."), encoding="utf-8")
    return directory


@pytest.fixture(scope="module")
def unbroken(directory: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A finished search, and what it said."""
    out = tmp_path_factory.mktemp("searches") / "unbroken"
    log = io.StringIO()
    with small.quiet(Console(file=log, force_terminal=False, width=200)) as reporter:
        assert search(small.request(directory, out), reporter) == out / "best.toml"
    return out, log.getvalue()


def rows(out: Path) -> list[dict[str, str]]:
    with (out / "trials.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def scores(out: Path) -> list[tuple[str, ...]]:
    """All but the times."""
    return [tuple(value for name, value in row.items() if name != "seconds") for row in rows(out)]


def test_every_trial_has_its_row_and_a_failed_one_its_reason(unbroken: tuple[Path, str]) -> None:
    one, two, three = rows(unbroken[0])
    assert [row["trial"] for row in (one, two, three)] == ["1", "2", "3"]
    assert [row["status"] for row in (one, two, three)] == ["done", "failed", "done"]
    assert two["learning_rate"] == "3e+38"
    assert "the validation loss of epoch 1 is nan" in two["reason"]
    assert two["macro_f1"] == two["fold_1"] == ""
    for row in (one, three):
        mean = (float(row["fold_1"]) + float(row["fold_2"])) / 2
        assert float(row["macro_f1"]) == pytest.approx(mean, abs=1e-6)
        assert row["reason"] == ""
    assert (one["dense_layers"], one["units_1"]) == ("0", "")
    assert three["units_1"] in ("2", "3")
    assert one["epochs"] == "4"


def test_a_line_a_trial_is_said_and_the_best_is_named(unbroken: tuple[Path, str]) -> None:
    log = unbroken[1]
    assert "searching the training part of the study's split (97 of 120 tweets) in 2 grouped folds" in log
    assert log.count("\ntrial ") == 3
    assert "trial 2/3: failed: WarbleError: the validation loss" in log
    assert "\nbest: trial " in log


def test_the_best_trial_is_written_as_a_preset(unbroken: tuple[Path, str]) -> None:
    out = unbroken[0]
    best = max((row for row in rows(out) if row["status"] == "done"), key=lambda row: float(row["macro_f1"]))
    found = load_preset(str(out / "best.toml"))
    assert found.name == "small-found"
    assert found.study == ()
    assert found.fit.learning_rate == float(best["learning_rate"])
    assert len(found.layers) >= 2 + int(best["dense_layers"])
    assert found.search == small.preset().search
    assert f"trial {best['trial']} of 3" in (out / "best.toml").read_text(encoding="utf-8")


def test_nothing_else_is_left(unbroken: tuple[Path, str]) -> None:
    out = unbroken[0]
    assert sorted(path.name for path in out.iterdir()) == ["best.toml", "search.json", "trials", "trials.csv"]
    assert len(list((out / "trials").iterdir())) == 3


class Interrupting(SearchReporter):
    """Interrupts after the first epoch of the second fold of the first trial."""

    def epoch_done(self, epoch: Any, best_epoch: int) -> None:  # noqa: ANN401 - not looked at
        del epoch, best_epoch
        if self._fold == 1:
            raise KeyboardInterrupt


def test_interrupted_it_says_how_to_go_on_and_going_on_ends_as_an_unbroken_search(
    directory: Path, unbroken: tuple[Path, str], tmp_path: Path
) -> None:
    out = tmp_path / "broken"
    reporter = Interrupting(Console(file=io.StringIO()), trials=small.TRIALS, folds=small.FOLDS)
    with pytest.raises(InterruptedRunError, match="interrupted; 0 finished trials are kept in") as stopped, reporter:
        search(small.request(directory, out, trials=1), reporter)
    assert stopped.value.exit_code == 130
    assert not (out / "best.toml").exists()
    begun = (out / "trials" / "trial-0000.json").read_text(encoding="utf-8")
    assert begun.count("macro_f1") == 1

    log = io.StringIO()
    with small.quiet(Console(file=log, force_terminal=False, width=200)) as resumed:
        search(small.request(directory, out, trials=1), resumed)
    assert "going on after epoch 1" in log.getvalue()
    assert scores(out) == scores(unbroken[0])[:1]


@pytest.mark.slow
def test_killed_in_the_middle_of_a_trial_it_goes_on_there(
    directory: Path, unbroken: tuple[Path, str], tmp_path: Path
) -> None:
    out = tmp_path / "killed"
    command = [sys.executable, "-m", "tests.training.search.small", directory, out]
    killed = subprocess.run([str(part) for part in command], cwd=ROOT, check=False, capture_output=True)
    assert killed.returncode == -signal.SIGKILL
    with small.quiet() as resumed:
        search(small.request(directory, out), resumed)
    assert scores(out) == scores(unbroken[0])


def test_a_finished_search_is_not_trained_again_and_fewer_trials_are_its_first_ones(
    directory: Path, unbroken: tuple[Path, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = scores(unbroken[0])
    monkeypatch.setattr("training.search.folds.PresetCandidate", None)
    with small.quiet() as reporter:
        search(small.request(directory, unbroken[0], trials=1), reporter)
    assert [row[:4] for row in scores(unbroken[0])] == [row[:4] for row in before[:1]]
    with small.quiet() as reporter:
        search(small.request(directory, unbroken[0]), reporter)
    assert scores(unbroken[0]) == before


def test_a_search_sees_the_training_part_alone_and_no_cluster_is_in_two_parts(directory: Path) -> None:
    preset = small.preset()
    everything = read_tweets("hate", directory / "tweets.csv")
    part = training_part(preset, everything)
    split = split_rows(everything.targets, preset.split)
    assert set(part.rows) == set(everything.rows[split.train])
    assert all(part.texts[place] == everything.texts[row] for place, row in enumerate(part.rows))
    clusters = cluster(part.texts)
    folds = search_folds(part, 3, subset=0.5, seed=1)
    for fold in folds:
        found = [number for rows in fold for number in set(clusters[rows])]
        assert len(found) == len(set(found))
    assert len(np.concatenate([fold.test for fold in folds])) == len(set(clusters))
    whole = search_folds(part, 3, subset=1.0, seed=1)
    assert len(folds[0].train) == pytest.approx(len(whole[0].train) / 2, abs=1)
    assert np.array_equal(folds[0].test, whole[0].test)


def test_another_search_s_directory_is_left_alone_unless_it_may_be_thrown_away(
    directory: Path, unbroken: tuple[Path, str]
) -> None:
    with pytest.raises(UsageError, match=r"holds another search \(different: folds, seed\): .*--overwrite"):
        search(small.request(directory, unbroken[0], seed=6, folds=3), small.quiet())
    assert len(rows(unbroken[0])) == 3


def test_a_search_is_thrown_away_only_once_another_one_can_begin(
    directory: Path, unbroken: tuple[Path, str], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    shutil.copytree(unbroken[0], out)
    for wrong, says in (
        ({"data": tmp_path / "absent.csv"}, "no data file"),
        ({"folds": 50}, "fewer than the 50 folds"),
    ):
        with pytest.raises(UsageError, match=says):
            search(small.request(directory, out, overwrite=True, **wrong), small.quiet())
    assert rows(out) == rows(unbroken[0])


def test_a_directory_of_other_things_is_refused_even_then(directory: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    for overwrite in (False, True):
        with pytest.raises(UsageError, match="holds something other than a search"):
            search(small.request(directory, tmp_path, overwrite=overwrite), small.quiet())
    with pytest.raises(UsageError, match="is no directory"):
        search(small.request(directory, tmp_path / "mine.txt"), small.quiet())
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


class Diverging:
    """In place of a candidate: no training, no result."""

    def __init__(self, *_: object) -> None:
        pass

    def answer(self, *_: object) -> None:
        raise RuntimeError("out of memory\non the device")


def test_of_two_labels_the_decision_is_by_a_threshold_chosen_on_the_validation_part(
    directory: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Timid(Diverging):
        """Right every time, but never sure enough of the hateful to find them the more probable."""

        def answer(self, tweets: LabelledTweets, split: Split, fold: int) -> FoldAnswer:  # type: ignore[override]
            del fold
            hateful = [np.where(tweets.targets[part] == 0, 0.3, 0.1) for part in (split.validation, split.test)]
            validation, test = (np.column_stack([some, 1 - some]) for some in hateful)
            return FoldAnswer(validation, test, epochs=1, seconds=1.0)

    monkeypatch.setattr("training.search.folds.PresetCandidate", Timid)
    with small.quiet() as reporter:
        search(small.request(directory, tmp_path / "out", trials=1), reporter)
    (trial,) = rows(tmp_path / "out")
    assert float(trial["macro_f1"]) == 1


def test_if_every_trial_fails_the_table_is_there_and_the_error_says_where(
    directory: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("training.search.folds.PresetCandidate", Diverging)
    out = tmp_path / "out"
    with pytest.raises(UsageError, match="all 3 trials failed, the first because of RuntimeError: out of memory on"):
        search(small.request(directory, out), small.quiet())
    assert [row["status"] for row in rows(out)] == ["failed"] * 3
    assert not (out / "best.toml").exists()


def test_overwriting_starts_anew(directory: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("training.search.folds.PresetCandidate", Diverging)
    out = tmp_path / "out"
    for overwrite, seed in ((False, 5), (True, 6)):
        with pytest.raises(UsageError, match="all 3 trials failed"):
            search(small.request(directory, out, overwrite=overwrite, seed=seed), small.quiet())
    with pytest.raises(UsageError, match=r"holds another search \(different: seed\)"):
        search(small.request(directory, out), small.quiet())


def test_a_full_disk_ends_the_search_in_one_line_and_is_no_failed_trial(
    directory: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Full(Diverging):
        def answer(self, *_: object) -> None:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("training.search.folds.PresetCandidate", Full)
    with pytest.raises(UsageError, match="cannot be written: No space left on device"):
        search(small.request(directory, tmp_path / "out"), small.quiet())
    assert not (tmp_path / "out" / "trials").exists()


def test_on_a_terminal_the_table_shows_what_is_done_and_what_runs() -> None:
    shown = io.StringIO()
    console = Console(file=shown, force_terminal=True, width=160, color_system=None)
    with small.quiet(console) as reporter:
        failed, good = load(0, failure="WarbleError: the validation loss of epoch 1 is nan"), load(1, folds=(0.5, 0.7))
        for trial in (failed, good):
            reporter.trial_begins(trial)
            reporter.trial_ends(trial, trained=True)
        reporter.trial_begins(load(2))
        reporter.fold_begins(1)
        reporter.begin(first_epoch=1, epochs=20, batches=7)
        reporter.batch_done(4, 3)
        console.print(reporter._table())  # noqa: SLF001 - what its thread draws
    text = shown.getvalue()
    assert "2 of 3 trials" in text
    assert "failed: WarbleError: the validation loss of epoch 1 is nan" in text
    assert "0.6000 ± 0.1000" in text
    assert "fold 2/2, epoch 4 of at most 20, batch 3/7" in text
    assert "8 relu, dropout 0.5" in text


def load(number: int, *, folds: tuple[float, ...] = (), failure: str | None = None) -> Any:  # noqa: ANN401
    from training.search.trial import FoldScore, Trial  # noqa: PLC0415

    values: dict[str, str | int | float] = {
        "optimizer": "adam",
        "learning_rate": 0.001,
        "dense_layers": 1,
        "units_1": 8,
        "activation_1": "relu",
        "dropout_1": 0.5,
    }
    scored = tuple(FoldScore(macro_f1=value, epochs=2, seconds=60.0) for value in folds)
    return Trial(number=number, values=values, folds=scored, failure=failure)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--data", "absent.csv"), "there is no data file absent.csv"),
        (("--subset", "0"), "--subset 0.0 will not do"),
        (("--folds", "1"), "greater than or equal to 2"),
        (("--folds", "50"), "fewer than the 50 folds"),
        (("--subset", "0.01"), "too small to hold every class"),
    ],
)
def test_bad_usage_is_one_line_and_leaves_nothing_behind(
    directory: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    options: tuple[str, ...],
    says: str,
) -> None:
    arguments = ["search", directory / "small.toml", "--data", directory / "tweets.csv", "--out", tmp_path / "out"]
    monkeypatch.setattr(sys, "argv", ["warble-train", *map(str, arguments), *options])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert says in captured.err.splitlines()[-1]
    assert list(tmp_path.iterdir()) == []


def test_the_command_prints_the_best_preset_s_path_alone(
    directory: Path, unbroken: tuple[Path, str], monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    arguments = ["search", directory / "small.toml", "--data", directory / "tweets.csv", "--out", unbroken[0]]
    options = ["--trials", "3", "--folds", "2", "--seed", str(small.SEED), "--precision", "float32"]
    monkeypatch.setattr(sys, "argv", ["warble-train", *map(str, arguments), *options])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 0
    assert capfd.readouterr().out == f"{unbroken[0] / 'best.toml'}\n"

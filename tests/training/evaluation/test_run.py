"""Whole evaluations, small ones, as a user asks for them."""

import csv
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.factories import tiny_bundle
from tests.training.command import Command, command
from tests.training.evaluation.small_data import REPEATED, write_brands, write_hate
from training.data.splits import Split
from training.data.tweets import LabelledTweets
from training.evaluation.baselines import ClassPrior, Logistic
from training.evaluation.candidate import FoldAnswer
from training.evaluation.curves import curves
from training.evaluation.oof import read_oof
from training.evaluation.recompute import figures
from training.evaluation.result import EvaluationResult, read_result
from training.evaluation.slices import slices

PICTURES = ("confusion", "precision-recall", "reliability", "roc", "slices")
FILES = {"metrics.json", "oof.csv", "mistakes.csv", *(f"{name}.{kind}" for name in PICTURES for kind in ("svg", "png"))}
ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def evaluate(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Run `warble-train evaluate` in this process."""
    return command("evaluate", monkeypatch, capsys)


@pytest.fixture
def hate(tmp_path: Path) -> Path:
    return write_hate(tmp_path / "hate.csv")


@pytest.fixture
def undrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the pictures out, which take longest."""
    monkeypatch.setattr("training.evaluation.run.draw", lambda *_: None)


def without_times(result: EvaluationResult) -> str:
    folds = [fold.model_dump(exclude={"seconds"}) for fold in result.folds]
    return json.dumps([folds, result.model_dump(exclude={"folds"})])


def recomputed(out: Path) -> None:
    """Check that every figure follows from the file of answers."""
    result, oof = read_result(out / "metrics.json"), read_oof(out / "oof.csv")
    assert figures(oof) == result.figures
    assert curves(oof) == result.curves
    assert slices(oof) == result.slices


@pytest.mark.parametrize(("name", "what"), [("hate", "logistic-weighted"), ("brands", "prior")])
def test_a_grouped_evaluation_writes_everything_and_can_be_recomputed(
    evaluate: Command, tmp_path: Path, name: str, what: str
) -> None:
    data = write_hate(tmp_path / "d.csv") if name == "hate" else write_brands(tmp_path / "d.csv")
    out = tmp_path / "out"
    ended = evaluate(what, "--data", data, "--out", out, "--folds", "3")
    assert (ended.code, ended.out) == (0, f"{out}\n")
    assert "macro-F1" in ended.err
    assert {path.name for path in out.iterdir()} == FILES
    assert {path.name for path in tmp_path.iterdir()} == {"d.csv", "out"}, "the work directory is gone"
    recomputed(out)
    assert (out / "metrics.json").stat().st_size < 60_000

    result, oof = read_result(out / "metrics.json"), read_oof(out / "oof.csv")
    assert (result.candidate, result.data, result.protocol, len(result.folds)) == (what, name, "grouped", 3)
    # Near-duplicates count once, and no cluster is scored in two folds.
    assert len(set(oof.cluster.tolist())) == len(oof) == result.clusters == result.tweets * (REPEATED - 1) // REPEATED
    assert not oof.twin_in_training.any()
    assert result.twins_in_training == 0


@pytest.mark.usefixtures("undrawn")
def test_the_rows_are_those_of_the_file(evaluate: Command, tmp_path: Path) -> None:
    data = write_hate(tmp_path / "hate.csv")
    with data.open(encoding="utf-8", newline="") as file:
        lines = list(csv.reader(file))
    lines.insert(3, ["1000", "1", " "])  # a row without text, which is passed over
    with data.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(lines)
    assert evaluate("logistic", "--data", data, "--out", tmp_path / "out", "--folds", "2").code == 0
    oof = read_oof(tmp_path / "out" / "oof.csv")
    assert 2 not in oof.row
    told = [oof.labels[target] for target in oof.target]
    assert told == ["hateful" if lines[row + 1][1] == "1" else "not_hateful" for row in oof.row]
    with (tmp_path / "out" / "mistakes.csv").open(encoding="utf-8", newline="") as file:
        mistakes = list(csv.DictReader(file))
    assert mistakes
    assert all(one["text"] == lines[int(one["row"]) + 1][2] for one in mistakes)


@pytest.mark.usefixtures("undrawn")
def test_the_study_s_split_is_scored_whole_and_says_that_it_leaks(
    evaluate: Command, tmp_path: Path, hate: Path
) -> None:
    ended = evaluate("logistic", "--data", hate, "--out", tmp_path / "out", "--protocol", "study")
    assert ended.code == 0
    assert "the study's split leaks" in ended.err
    recomputed(tmp_path / "out")
    result, oof = read_result(tmp_path / "out" / "metrics.json"), read_oof(tmp_path / "out" / "oof.csv")
    assert (result.protocol, len(oof), [fold.test for fold in result.folds]) == ("study", 12, [12])
    assert result.twins_in_training == pytest.approx(oof.twin_in_training.mean(), abs=1e-6)
    assert oof.twin_in_training.any()


@pytest.mark.usefixtures("undrawn")
def test_a_bundle_answers_the_whole_file_with_a_loud_note(evaluate: Command, tmp_path: Path, hate: Path) -> None:
    bundle = tiny_bundle(tmp_path / "tiny", task="hate", labels=("hateful", "not_hateful"), prior=(0.1, 0.9))
    ended = evaluate(bundle, "--data", hate, "--out", tmp_path / "out")
    assert ended.code == 0
    assert "NOTE: a finished bundle was scored: it may have been trained on these very tweets" in ended.err
    recomputed(tmp_path / "out")
    result = read_result(tmp_path / "out" / "metrics.json")
    assert (result.candidate, result.protocol, result.figures.tweets) == ("tiny@1.0.0", "whole", result.clusters)
    assert [(fold.fold, fold.train) for fold in result.folds] == [(0, 0)]
    assert result.twins_in_training is None


@pytest.mark.usefixtures("undrawn")
def test_a_subset_thins_what_is_trained_on_and_is_noted(evaluate: Command, tmp_path: Path, hate: Path) -> None:
    whole, half = tmp_path / "whole", tmp_path / "half"
    assert evaluate("prior", "--data", hate, "--out", whole, "--folds", "2").code == 0
    ended = evaluate("prior", "--data", hate, "--out", half, "--folds", "2", "--subset", "0.5")
    assert "NOTE: trained on 50% of the training part only" in ended.err
    one, two = (read_result(out / "metrics.json").folds for out in (whole, half))
    assert [fold.test for fold in one] == [fold.test for fold in two]
    assert [fold.train for fold in two] == pytest.approx([fold.train / 2 for fold in one], abs=1)


INTERRUPTING = """
import os, signal
from training.evaluation.baselines import Logistic
from training.cli import main

answer = Logistic.answer

def interrupted(self, tweets, split, fold):
    if fold == 2:
        os.kill(os.getpid(), signal.{signal})
    return answer(self, tweets, split, fold)

Logistic.answer = interrupted
main()
"""


@pytest.mark.usefixtures("undrawn")
@pytest.mark.parametrize(("sent", "code"), [("SIGINT", 130), ("SIGKILL", -9)])
def test_interrupted_or_killed_and_resumed_it_ends_as_an_unbroken_one(
    evaluate: Command, tmp_path: Path, hate: Path, sent: str, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments = ["logistic", "--data", hate, "--folds", "3"]
    unbroken, out = tmp_path / "unbroken", tmp_path / "out"
    assert evaluate(*arguments, "--out", unbroken).code == 0

    program = INTERRUPTING.format(signal=sent)
    broken = subprocess.run(
        [sys.executable, "-c", program, "evaluate", *map(str, [*arguments, "--out", out])],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
    )
    assert broken.returncode == code
    assert not out.exists()
    if sent == "SIGINT":
        assert "interrupted; the answers of 2 finished folds are kept in" in broken.stderr.splitlines()[-1]
        assert "Traceback" not in broken.stderr

    asked = []
    answer = Logistic.answer

    def counted(self: Logistic, tweets: LabelledTweets, split: Split, fold: int) -> FoldAnswer:
        asked.append(fold)
        return answer(self, tweets, split, fold)

    monkeypatch.setattr(Logistic, "answer", counted)
    resumed = evaluate(*arguments, "--out", out)
    assert resumed.code == 0
    assert asked == [2]
    assert resumed.err.count("kept from before") == 2
    assert (out / "oof.csv").read_bytes() == (unbroken / "oof.csv").read_bytes()
    one, two = read_result(out / "metrics.json"), read_result(unbroken / "metrics.json")
    assert without_times(one) == without_times(two)
    assert not (tmp_path / "out.work").exists()


@pytest.mark.usefixtures("undrawn")
def test_answers_of_another_evaluation_are_not_taken_for_this_one_s(
    evaluate: Command, tmp_path: Path, hate: Path
) -> None:
    common = ["--data", hate, "--folds", "2", "--work-dir", tmp_path / "work"]
    assert evaluate("prior", *common, "--out", tmp_path / "one").code == 0
    assert "kept from before" in evaluate("prior", *common, "--out", tmp_path / "two").err
    assert "kept from before" not in evaluate("prior", *common, "--seed", "1", "--out", tmp_path / "three").err
    assert "kept from before" not in evaluate("logistic", *common, "--out", tmp_path / "four").err
    assert (tmp_path / "work").is_dir(), "a work directory that was asked for is kept"


@pytest.mark.usefixtures("undrawn")
def test_what_stands_at_the_target_is_replaced_only_when_asked_for_and_only_an_evaluation(
    evaluate: Command, tmp_path: Path, hate: Path
) -> None:
    out = tmp_path / "out"
    arguments = ["prior", "--data", hate, "--out", out, "--folds", "2"]
    assert evaluate(*arguments).code == 0
    refused = evaluate(*arguments)
    assert refused.code == 2
    assert "--overwrite" in refused.err
    assert evaluate(*arguments, "--overwrite").code == 0
    other = tmp_path / "other"
    other.mkdir()
    (other / "thesis.txt").write_text("mine")
    assert evaluate("prior", "--data", hate, "--out", other, "--overwrite").code == 2
    assert (other / "thesis.txt").read_text() == "mine"


def test_a_full_disk_is_one_line_and_no_half_evaluation(
    evaluate: Command, tmp_path: Path, hate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def draw(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("training.evaluation.run.draw", draw)
    ended = evaluate("prior", "--data", hate, "--out", tmp_path / "out", "--folds", "2")
    assert ended.code == 2
    assert "cannot be written: No space left on device" in ended.err.splitlines()[-1]
    # The answers are kept: with room made, the same command goes on.
    assert {path.name for path in tmp_path.iterdir()} == {"hate.csv", "out.work"}


def test_answers_that_are_no_probabilities_are_one_line(
    evaluate: Command, tmp_path: Path, hate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def answer(self: ClassPrior, tweets: LabelledTweets, split: Split, fold: int) -> FoldAnswer:  # noqa: ARG001
        return FoldAnswer(np.full((len(split.validation), 2), np.nan), np.full((len(split.test), 2), np.nan), 1, 0.0)

    monkeypatch.setattr(ClassPrior, "answer", answer)
    ended = evaluate("prior", "--data", hate, "--out", tmp_path / "out", "--folds", "2")
    assert ended.code == 1
    assert "prior answered with what is no probability" in ended.err.splitlines()[-1]
    assert {path.name for path in tmp_path.iterdir()} == {"hate.csv"}


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("no-such",), 2, "nothing is called 'no-such'"),
        (("mine.toml",), 2, "mine.toml cannot be read"),
        (("prior", "--subset", "0"), 2, "--subset 0.0 will not do"),
        (("prior", "--subset", "nan"), 2, "--subset nan will not do"),
        (("prior", "--subset", "0.001"), 2, "too small"),
        (("prior", "--folds", "1"), 2, "Invalid value for '--folds'"),
        (("prior", "--folds", "50"), 2, "fewer than the 50 folds"),
        (("prior", "--protocol", "loose"), 2, "'loose' is not one of 'grouped', 'study'"),
        (("prior", "--max-epochs", "3"), 2, "--max-epochs is for presets only"),
        (("prior", "--protocol", "study", "--folds", "3"), 2, "--folds is for a grouped evaluation"),
        (("brands", "--folds", "3"), 2, "--folds is for a grouped evaluation"),
        (("brands", "--subset", "0.5"), 2, "a bundle is trained already"),
        (("prior", "--data", "absent.csv"), 2, "there is no data file absent.csv"),
        (("brands",), 2, "has no column 'tweet_text'"),
    ],
)
def test_bad_usage_is_one_line_and_leaves_nothing_behind(
    evaluate: Command, tmp_path: Path, hate: Path, arguments: tuple[str, ...], code: int, says: str
) -> None:
    ended = evaluate("--data", hate, "--out", tmp_path / "out", *arguments)
    assert ended.code == code
    assert says in ended.err.splitlines()[-1]
    assert {path.name for path in tmp_path.iterdir()} == {"hate.csv"}


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "neither the columns of brands"),
        ("id,label,text\n1,0,a\n", "no column 'tweet'"),
        ("id,label,tweet,more\n1,0,a,b\n", "columns that nothing reads"),
        ("id,label,tweet\n1,0,a\n2,0,b\n", "one class only"),
        ("id,label,tweet\n1,0,a\n1,1,b\n", "the same id"),
        ("id,label,tweet\n7,2,a\n", "unknown label '2'"),
        ("id,label,tweet\n1,0,\n", "no tweets"),
        ("id,label,tweet\n1,0,one\n2,1,two\n3,0,three\n", "fewer than the 5 folds"),
    ],
)
def test_a_bad_data_file_is_one_line_and_leaves_nothing_behind(
    evaluate: Command, tmp_path: Path, content: str, says: str
) -> None:
    data = tmp_path / "data.csv"
    data.write_text(content)
    ended = evaluate("prior", "--data", data, "--out", tmp_path / "out")
    assert ended.code == 2
    assert says in ended.err.splitlines()[-1]
    assert {path.name for path in tmp_path.iterdir()} == {"data.csv"}


def test_a_broken_bundle_is_refused(evaluate: Command, tmp_path: Path, hate: Path) -> None:
    bundle = tiny_bundle(tmp_path / "tiny")
    (bundle / "weights.npz").write_bytes(b"")
    assert evaluate(bundle, "--data", hate, "--out", tmp_path / "out").code == 3


def test_a_second_evaluation_in_the_same_work_directory_is_refused(
    evaluate: Command, tmp_path: Path, hate: Path
) -> None:
    import fcntl  # noqa: PLC0415 - only here

    work = tmp_path / "work"
    work.mkdir()
    with (work / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        ended = evaluate("prior", "--data", hate, "--out", tmp_path / "out", "--work-dir", work)
    assert ended.code == 2
    assert "another run is at work" in ended.err

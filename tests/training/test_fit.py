"""The command, as a user runs it: a process of its own, on a small data set of our own."""

import errno
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from model.bundle.read import load_bundle
from model.classifier import Classifier
from tests.training import small
from training.checkpoint import load_checkpoint, save_checkpoint
from training.cli import main
from training.data.datasets import read_tweets
from training.data.splits import split_rows
from training.precision import Precision
from training.prepare import prepare
from training.presets.preset import load_preset
from training.weighting import ClassWeighting

ROOT = Path(__file__).resolve().parents[2]
INTERRUPTING = """
import os, signal
from training.progress import ConsoleReporter
from training.cli import main

def batch_done(self, epoch, batch):
    if (epoch, batch) == (2, 1):
        os.kill(os.getpid(), signal.SIGINT)

ConsoleReporter.batch_done = batch_done
main()
"""

pytestmark = pytest.mark.usefixtures("nltk_corpora")


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("inputs")
    small.write_brands(directory / "brands.csv")
    small.write_glove(directory / "glove.twitter.27B.25d.subset.txt")
    small.write_preset(directory / "small.toml")
    return directory


def fit(
    inputs: Path, out: Path, *options: str | Path, program: tuple[str, ...] = ("-m", "training")
) -> tuple[int, str]:
    command = [sys.executable, *program, "fit", inputs / "small.toml", "--data", inputs / "brands.csv", "--out", out]
    done = subprocess.run(
        [str(part) for part in (*command, *options)], cwd=ROOT, check=False, capture_output=True, text=True
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, done.stderr


@pytest.fixture(scope="module")
def trained(inputs: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    out = tmp_path_factory.mktemp("trained") / "small"
    code, log = fit(inputs, out, "--version", "2.1", "--work-dir", out.with_name("kept"))
    assert code == 0, log
    return out, log


def test_a_run_writes_a_bundle_that_loads_verifies_and_answers(trained: tuple[Path, str]) -> None:
    classifier = Classifier.load(str(trained[0]))
    assert (classifier.name, classifier.version, classifier.task) == ("small", "2.1", "brands")
    assert classifier.labels == ("i can't tell", "negative", "neutral", "positive")
    full, empty = classifier.classify(["I love my ipad", "#only #hashtags"])
    assert not full.empty
    assert empty.empty


def test_the_prior_is_the_training_part_s_class_shares(trained: tuple[Path, str]) -> None:
    metadata = load_bundle(trained[0]).metadata
    assert sum(metadata.prior) == pytest.approx(1)
    # 240 tweets leave 153 to train on.
    assert [share * 153 for share in metadata.prior] == pytest.approx(
        np.round([share * 153 for share in metadata.prior])
    )


def test_an_epoch_is_a_line_and_the_data_are_counted(trained: tuple[Path, str]) -> None:
    log = trained[1]
    assert "240 tweets (0 more without text, 0 left empty by the clean-up): 153 to train on, 39 to validate, 48" in log
    assert "without a GloVe vector" in log
    assert log.count("validation macro-F1") == 3


def test_the_card_shows_ours_the_study_s_and_the_constant_s(trained: tuple[Path, str], inputs: Path) -> None:
    card = (trained[0] / "MODEL_CARD.md").read_text()
    metrics = load_bundle(trained[0]).metadata.metrics
    scores = metrics["scores"]
    assert isinstance(scores, dict)
    assert f"| macro-F1 | {scores['macro_f1']:.4f} |" in card
    assert "0.8272" in card
    assert "{" not in card.replace("{link}", "")
    assert str(inputs) not in card
    assert metrics["other_weightings"] == {}


@pytest.fixture
def compared(inputs: Path, trained: tuple[Path, str]) -> Path:
    """Work directory in which the other weightings are trained already, to the same weights."""
    work = trained[0].with_name("kept")
    own = load_checkpoint(work)
    assert own is not None
    preset = load_preset(str(inputs / "small.toml"))
    tweets = read_tweets("brands", inputs / "brands.csv")
    prepared = prepare(preset, tweets, split_rows(tweets.targets, preset.split), glove=inputs)
    for weighting in (ClassWeighting.OUTPUT_BIAS, ClassWeighting.NONE):
        run = prepared.under(weighting).run(Precision.FLOAT32)
        save_checkpoint(replace(own, run=run), work / f"compare-{weighting}")
    return work


@pytest.mark.slow  # a mid-epoch stop without the command is quicker: see test_loop.py and test_networks.py
def test_interrupted_it_says_how_to_go_on_and_going_on_ends_as_an_unbroken_run(
    inputs: Path, trained: tuple[Path, str], tmp_path: Path
) -> None:
    out = tmp_path / "small"
    code, log = fit(inputs, out, program=("-c", INTERRUPTING))
    assert code == 128 + signal.SIGINT
    assert "interrupted; 1 finished epochs are kept in" in log.splitlines()[-1]
    assert "run the same command again" in log
    assert not out.exists()

    code, log = fit(inputs, out)
    assert code == 0
    assert "going on after epoch 1" in log
    unbroken, resumed = load_bundle(trained[0]).weights, load_bundle(out).weights
    assert all(np.array_equal(array, resumed[name]) for name, array in unbroken.items())
    # The default work directory is gone once the bundle is there.
    assert sorted(tmp_path.iterdir()) == [out, out.with_name("small.training")]


@pytest.mark.slow
def test_a_kept_work_directory_gives_the_same_weights_another_name_without_training(
    inputs: Path, trained: tuple[Path, str], compared: Path, tmp_path: Path
) -> None:
    work = compared
    code, log = fit(inputs, tmp_path / "two", "--work-dir", work, "--compare")
    assert code == 0
    assert log.count("3 epochs are trained already") == 3
    one, two = load_bundle(trained[0]), load_bundle(tmp_path / "two")
    assert two.metadata.name == "two"
    assert two.digests["weights.npz"] == one.digests["weights.npz"]
    others = two.metadata.metrics["other_weightings"]
    assert others == dict.fromkeys(("output-bias", "none"), two.metadata.metrics["scores"])
    card = (tmp_path / "two" / "MODEL_CARD.md").read_text()
    assert "| `loss` (this bundle) |" in card
    assert "| `output-bias` |" in card
    assert " --compare" in card

    code, log = fit(inputs, tmp_path / "three", "--work-dir", work, "--seed", "1")
    assert code == 2
    assert "checkpoint of another run (different: seed)" in log
    assert not (tmp_path / "three").exists()


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--name", "No Such Name"), "--name 'No Such Name' will not do"),
        (("--version", "a b"), "--version 'a b' will not do"),
        (("--data", "absent.csv"), "there is no data file absent.csv"),
        (("--glove", "absent.txt"), "there is no GloVe file absent.txt"),
        (("--subset", "1.5"), "--subset 1.5 will not do"),
        (("--weighting", "sideways"), "'sideways' is not one of 'loss', 'output-bias', 'none'"),
    ],
)
def test_bad_usage_is_one_line_and_leaves_nothing_behind(
    inputs: Path, tmp_path: Path, options: tuple[str, ...], says: str
) -> None:
    code, log = fit(inputs, tmp_path / "out", *options)
    assert code == 2
    assert says in log.splitlines()[-1]
    assert list(tmp_path.iterdir()) == []


def test_what_stands_at_the_target_is_not_replaced_unasked(inputs: Path, tmp_path: Path) -> None:
    code, log = fit(inputs, tmp_path)
    assert code == 2
    assert "--overwrite" in log
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("taken", ["out", "out.training"])
def test_what_is_no_bundle_and_no_record_is_refused_before_the_training_whatever_is_allowed(
    inputs: Path, tmp_path: Path, taken: str
) -> None:
    (tmp_path / taken).mkdir()
    (tmp_path / taken / "mine.txt").write_text("mine")
    code, log = fit(inputs, tmp_path / "out", "--overwrite")
    assert code == 2
    assert f"{taken} exists and has no" in log
    assert "epoch" not in log
    assert [path.name for path in tmp_path.rglob("*")] == [taken, "mine.txt"]


def test_a_target_without_a_name_is_one_line(inputs: Path) -> None:
    code, log = fit(inputs, Path(), "--name", "small", "--overwrite")
    assert code == 2
    assert "--out . names no directory of its own" in log.splitlines()[-1]


def test_a_target_that_cannot_be_written_is_refused_before_the_training(inputs: Path, tmp_path: Path) -> None:
    code, log = fit(inputs, inputs / "brands.csv" / "out", "--work-dir", tmp_path)
    assert code == 2
    assert "cannot be written" in log
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_one_line_and_no_checkpoint_is_half_written(
    inputs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fsync(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    # In this process, where TensorFlow is loaded already.
    monkeypatch.setattr("training.checkpoint.os.fsync", fsync)
    options = ["--data", inputs / "brands.csv", "--out", tmp_path / "out"]
    monkeypatch.setattr(sys, "argv", ["warble-train", "fit", *map(str, [inputs / "small.toml", *options])])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    assert "cannot be written: No space left on device" in capsys.readouterr().err.splitlines()[-1]
    assert list(tmp_path.iterdir()) == []

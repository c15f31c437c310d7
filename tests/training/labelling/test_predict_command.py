"""The command, as a user runs it."""

import csv
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.factories import tiny_bundle

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_bundle(tmp_path_factory.mktemp("bundles") / "tiny")


def predict(*arguments: str | Path, limit: int | None = None) -> tuple[int, str, str]:
    def few_bytes() -> None:
        if limit is not None:
            # A file that may not grow answers as a full disk does, with an error of its own.
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    done = subprocess.run(
        [sys.executable, "-m", "training", "predict", *map(str, arguments)],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
        preexec_fn=few_bytes,
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, done.stdout, done.stderr


def test_the_path_goes_to_stdout_and_the_counts_to_stderr(tmp_path: Path, bundle: Path) -> None:
    (tmp_path / "in.csv").write_text("id,text\n1,I love my ipad\n2,\n", encoding="utf-8")
    out = tmp_path / "out.csv"
    code, stdout, stderr = predict(tmp_path / "in.csv", "--bundle", bundle, "--out", out, "--text-column", "text")
    assert (code, stdout) == (0, f"{out}\n")
    assert stderr.startswith("2 tweets in ")
    assert "1 empty after cleaning" in stderr
    assert len(out.read_text().splitlines()) == 3


def test_errors_are_one_line_with_the_exit_code_of_their_kind(tmp_path: Path, bundle: Path) -> None:
    (tmp_path / "in.csv").write_text("id,text\n1,I love my ipad\n", encoding="utf-8")
    code, stdout, stderr = predict(tmp_path / "in.csv", "--bundle", bundle, "--out", tmp_path / "out.csv")
    assert (code, stdout, stderr.count("\n")) == (2, "", 1)
    assert stderr.startswith("warble-train: error: in.csv has no column 'tweet'")
    code, stdout, stderr = predict(tmp_path / "in.csv", "--bundle", "nosuch", "--out", tmp_path / "out.csv")
    assert (code, stdout, stderr.count("\n")) == (3, "", 1)


def test_a_disk_that_fills_is_one_line_and_leaves_nothing(tmp_path: Path, bundle: Path) -> None:
    with (tmp_path / "in.csv").open("w", encoding="utf-8") as file:
        csv.writer(file).writerows([("id", "tweet"), *((row, "meh") for row in range(20_000))])
    code, _, stderr = predict(tmp_path / "in.csv", "--bundle", bundle, "--out", tmp_path / "out.csv", limit=100_000)
    assert (code, stderr.count("\n")) == (2, 1)
    assert "out.csv cannot be written: File too large: make room" in stderr
    assert [path.name for path in tmp_path.iterdir()] == ["in.csv"]


def test_interrupted_it_exits_130_with_one_line_and_leaves_nothing(tmp_path: Path, bundle: Path) -> None:
    pipe, out = tmp_path / "pipe", tmp_path / "out.csv"
    os.mkfifo(pipe)
    command = [sys.executable, "-m", "training", "predict", pipe, "--bundle", bundle, "--out", out]
    with (
        subprocess.Popen([str(part) for part in command], cwd=ROOT, stderr=subprocess.PIPE, text=True) as program,
        pipe.open("w") as file,
    ):
        file.write("id,tweet\n")
        file.flush()
        give_up = time.monotonic() + 60
        while not list(tmp_path.glob(".*.partial")):
            assert program.poll() is None
            assert time.monotonic() < give_up
        program.send_signal(signal.SIGINT)
        _, stderr = program.communicate()
    assert program.returncode == 130
    assert stderr.count("\n") == 1
    assert "interrupted after 0 rows" in stderr
    assert [path.name for path in tmp_path.iterdir()] == ["pipe"]

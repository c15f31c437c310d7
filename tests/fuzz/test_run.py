"""What ``make fuzz`` reports and keeps."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fuzz import run
from tests.fuzz.targets import TARGETS, Target

needs_atheris = pytest.mark.skipif(
    importlib.util.find_spec("atheris") is None, reason="NOT TESTED: there is no atheris for this Python"
)


@needs_atheris
@pytest.mark.slow
def test_executions_are_counted_and_what_was_learnt_is_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run.main(["--runs", "300", "--target", "decode", "--out", str(tmp_path)]) == 0
    assert capsys.readouterr().out.startswith("decode: 300 executions in ")
    assert len(list((tmp_path / "decode" / "corpus").iterdir())) >= len(TARGETS["decode"].seeds())


@needs_atheris
def test_an_input_that_is_a_finding_is_stored_and_ends_with_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # A broken decoder by way of a plug-in of the interpreter that runs the fuzzer.
    (tmp_path / "sitecustomize.py").write_text(BROKEN)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    assert run.main(["--runs", "300", "--target", "decode", "--out", str(tmp_path / "out")]) == 1
    said = capsys.readouterr()
    assert "1 crashes" in said.out
    (stored,) = (tmp_path / "out" / "decode" / "findings").iterdir()
    assert str(stored) in said.out
    again = [sys.executable, "-m", "tests.fuzz.one", "decode", str(stored)]
    assert b"broken on purpose" in subprocess.run(again, cwd=run.ROOT, capture_output=True, check=False).stdout


BROKEN = """
import orjson

loads = orjson.loads

def broken(value):
    decoded = loads(value)
    if decoded == {"text": "a", "id": ""}:
        raise RuntimeError("broken on purpose")
    return decoded

orjson.loads = broken
"""


def test_without_atheris_it_says_that_nothing_was_fuzzed(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    assert run.main(["--runs", "1"]) == 0
    assert capsys.readouterr().err.startswith("NOT FUZZED: ")


def test_a_target_that_reads_files_gets_a_share_of_the_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: dict[str, int] = {}

    def fuzz(name: str, _target: Target, runs: int, *_: object) -> run.Outcome:
        asked[name] = runs
        return run.Outcome(runs, 0, failed=False, finding="", said="")

    monkeypatch.setattr(run, "fuzz", fuzz)
    assert run.main(["--runs", "1000"]) == 0
    assert asked == {"decode": 1000, "encode": 1000, "settings": 100, "bundle": 100}

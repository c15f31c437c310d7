"""Commands of ``warble`` as a user runs them."""

import os
import subprocess
import sys
from collections.abc import Mapping
from typing import NamedTuple

DEADLINE_S = 120.0


class Ended(NamedTuple):
    """How a command ended."""

    code: int
    out: str
    err: str

    def lines(self) -> list[str]:
        """Standard output by lines; fails the test if the command failed."""
        assert self.code == 0, self.err
        return self.out.splitlines()

    def complaint(self, code: int) -> str:
        """The one line of error; fails the test if the exit code is another, or there is more or less than a line."""
        assert self.code == code, self.err
        (line,) = self.err.splitlines()
        return line


def command(*arguments: str) -> list[str]:
    """Return the command line of ``warble``."""
    return [sys.executable, "-m", "stream", *arguments]


def environment(**settings: str) -> dict[str, str]:
    """Return this environment with these settings only; names without their prefix."""
    ours = {f"WARBLE_{name}": value for name, value in settings.items()}
    return {name: value for name, value in os.environ.items() if not name.startswith("WARBLE_")} | ours


def warble(*arguments: str, env: Mapping[str, str], stdin: bytes = b"") -> Ended:
    """Run a command to its end."""
    done = subprocess.run(
        command(*arguments), env=env, input=stdin, capture_output=True, timeout=DEADLINE_S, check=False
    )
    return Ended(done.returncode, done.stdout.decode(), done.stderr.decode())


def start(*arguments: str, env: Mapping[str, str]) -> "subprocess.Popen[bytes]":
    """Start a command with pipes for all three streams; use it in a ``with`` statement."""
    pipe = subprocess.PIPE
    return subprocess.Popen(command(*arguments), env=env, stdin=pipe, stdout=pipe, stderr=pipe)

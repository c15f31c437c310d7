"""Start the measurement of one ceiling in a process of its own."""

import json
import subprocess
import sys
from typing import Final

from bench.errors import ContenderError
from bench.ledger import Measured
from bench.processes import environment
from bench.tweets import ROOT

_DEADLINE_S: Final = 180.0


def measure(kind: str, seconds: float) -> Measured:
    """Return what ``bench.ceilings`` finds. Raises ContenderError when it fails."""
    command = [sys.executable, "-m", "bench.ceilings", kind, str(seconds)]
    try:
        done = subprocess.run(
            command, env=environment(), cwd=ROOT, capture_output=True, text=True, timeout=_DEADLINE_S, check=False
        )
    except subprocess.TimeoutExpired:
        raise ContenderError(f"it took longer than {_DEADLINE_S:g} s") from None
    if done.returncode:
        raise ContenderError(" | ".join(done.stderr.strip().splitlines()[-3:]))
    found: Measured = json.loads(done.stdout.splitlines()[-1])
    return found

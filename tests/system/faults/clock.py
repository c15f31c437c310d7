"""Run ``warble worker`` on a wall clock that jumps.

    python -m tests.system.faults.clock --offset FILE worker [--stop-at-end]

FILE holds by how many seconds ``time.time`` is off, read at each call. The Kafka client keeps the true clock: under
libfaketime its waits (condition variables on the wall clock, librdkafka's issue 2145) last as long as the jump, or not
at all, which no clock does that really jumps.
"""

import argparse
import sys
import time
from pathlib import Path

_true_time = time.time


def run(arguments: list[str]) -> None:
    """Run ``warble`` on a clock of the test's."""
    parser = argparse.ArgumentParser(prog="clock", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--offset", type=Path, required=True)
    parser.add_argument("command", nargs=argparse.REMAINDER)
    options = parser.parse_args(arguments)
    offset: Path = options.offset
    time.time = lambda: _true_time() + float(offset.read_text())
    sys.argv = ["warble", *options.command]

    from stream.cli import main  # noqa: PLC0415 -- what it imports keeps the clock that it finds

    main()


if __name__ == "__main__":
    run(sys.argv[1:])

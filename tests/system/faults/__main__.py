"""Break a cluster at random and prove that nothing is lost: ``python -m tests.system.faults --seed 7 --minutes 30``."""

import argparse
import fcntl
import os
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from tests.system.faults import schedule, segment, summary
from tests.system.faults.checker import Mode
from tests.system.faults.schedule import Fault
from tests.system.faults.shrink import shrink

MODES: tuple[Mode, ...] = ("exactly-once", "at-least-once")
DEFAULT_OUT = Path(tempfile.gettempdir()) / "warble-faults"
MOST_TRIES = 12
"""Segments that finding a small failing schedule may take."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what is left of a run, and sum it up. Returns 1 if a promise was broken."""
    asked = _arguments(arguments)
    asked.out.mkdir(parents=True, exist_ok=True)
    with (asked.out / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            sys.exit(f"another run uses {asked.out}: wait for it, or give another directory with --out")
        return _replay(asked) if asked.schedule else _run(asked)


def _run(asked: argparse.Namespace) -> int:
    done = asked.out / "segments.jsonl"
    run = f"{asked.mode}-seed{asked.seed}-{asked.minutes:g}x{asked.segment_minutes:g}"
    count = max(1, round(asked.minutes / asked.segment_minutes))
    names = [f"{run}-{number}" for number in range(count)]
    for name in names:
        if any(line["name"] == name for line in summary.read(done)):
            _tell(f"{name} is done already, as {done} says")
            continue
        faults = schedule.draw(name, asked.segment_minutes * 60 - segment.TAIL_S, asked.two_down)
        plan = asked.out / f"{name}.schedule.json"
        schedule.save(faults, plan)
        _tell(f"{name}: {len(faults)} faults, kept in {plan}")
        for fault in faults:
            _tell(f"  {fault}")
        outcome = segment.run(_setup(asked, name), faults, _tell)
        summary.add(done, outcome.as_json())
        _tell(summary.summary([outcome.as_json()]))
        if outcome.failed and asked.shrink:
            _shrink(asked, name, faults)
        if outcome.failed:
            return 1
    lines = [line for line in summary.read(done) if line["name"] in names]
    _tell(f"\n{run}:\n{summary.summary(lines)}")
    return int(any(line["violations"] for line in lines))


def _replay(asked: argparse.Namespace) -> int:
    outcome = segment.run(_setup(asked, f"replay-{asked.mode}"), schedule.load(asked.schedule), _tell)
    _tell(summary.summary([outcome.as_json()]))
    return int(outcome.failed)


def _shrink(asked: argparse.Namespace, name: str, faults: list[Fault]) -> None:
    smallest = asked.out / f"{name}.shrunk.json"

    def fails(left: list[Fault]) -> bool:
        _tell(f"again with {len(left)} of {len(faults)} faults")
        setup = replace(_setup(asked, name), home=asked.out / "shrinking")
        failed = segment.run(setup, left, lambda _: None).failed
        if failed:
            schedule.save(left, smallest)
        return failed

    left = shrink(faults, fails, asked.shrink)
    schedule.save(left, smallest)
    _tell(f"{len(left)} faults are enough; repeat with --mode {asked.mode} --schedule {smallest}:")
    for fault in left:
        _tell(f"  {fault}")


def _setup(asked: argparse.Namespace, name: str) -> segment.Setup:
    return segment.Setup(
        name=name,
        mode=asked.mode,
        rate=asked.rate,
        bundle=asked.bundle,
        home=asked.out / "now",
        data=segment.data_sets(),
    )


def _tell(line: str) -> None:
    sys.stdout.write(line + os.linesep)
    sys.stdout.flush()


def _arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make faults", description=(__doc__ or "").strip())
    parser.add_argument("--seed", type=int, default=7, help="chooses the faults (default: 7)")
    parser.add_argument("--minutes", type=float, default=30, help="how long in all (default: 30)")
    parser.add_argument("--mode", choices=MODES, default=MODES[0], help=f"promise to prove (default: {MODES[0]})")
    parser.add_argument(
        "--segment-minutes",
        type=float,
        default=10,
        help="each segment has a cluster of its own; a run that was stopped goes on with the next (default: 10)",
    )
    parser.add_argument("--rate", type=float, default=700, help="tweets a second (default: 700)")
    parser.add_argument("--bundle", default="brands", help="bundle of the workers (default: brands)")
    parser.add_argument(
        "--two-down", type=float, default=schedule.TWO_DOWN_S, help="seconds without two of the brokers"
    )
    parser.add_argument("--out", type=Path, default=DEFAULT_OUT, help=f"for results and logs (default: {DEFAULT_OUT})")
    parser.add_argument("--schedule", type=Path, help="play this file's faults instead")
    parser.add_argument(
        "--shrink",
        type=int,
        default=MOST_TRIES,
        metavar="TRIES",
        help=f"segments to spend on finding the few faults that matter after a failure (default: {MOST_TRIES})",
    )
    asked = parser.parse_args(arguments)
    asked.out = asked.out.absolute()
    return asked


if __name__ == "__main__":
    sys.exit(main())

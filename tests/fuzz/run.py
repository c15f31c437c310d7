"""Fuzz every target, or some: ``make fuzz ARGS="--runs 1000000"``.

The number of runs is that of the quick targets; those that read files get a share of it. What the fuzzer learns is
kept in ``--out``, so that the next run starts from it, and so is each input that is a finding. Exit code 1 if there
is one; a line says how to feed it again.
"""

import argparse
import importlib.util
import re
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from tests.fuzz.targets import TARGETS, Target

ROOT = Path(__file__).parents[2]
_LONGEST = 4096
"""Bytes of an input."""
_SLOW_S = 20
"""Seconds that one input may take: what is quadratic in an input's length shows here."""
_MEMORY_MB = 3072
_EXECUTED = re.compile(r"stat::number_of_executed_units:\s*(\d+)")
_STORED = re.compile(r"Test unit written to (\S+)")


class Outcome(NamedTuple):
    """What came of one target."""

    executions: int
    seconds: float
    failed: bool
    finding: str
    """File that holds the input that is a finding; '' if there is none."""
    said: str
    """The end of what the fuzzer said."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Fuzz as the command line says. Returns the exit code."""
    wanted = _arguments(arguments)
    if importlib.util.find_spec("atheris") is None:
        version = ".".join(map(str, sys.version_info[:2]))
        sys.stderr.write(f"NOT FUZZED: atheris is not installed, which has no build for Python {version}\n")
        return 0
    found = False
    for name in wanted.target or TARGETS:
        target = TARGETS[name]
        outcome = fuzz(name, target, max(1, wanted.runs // target.share), wanted.seed, wanted.out.absolute())
        found |= outcome.failed
        sys.stdout.write(
            f"{name}: {outcome.executions} executions in {outcome.seconds:.0f} s, {int(outcome.failed)} crashes\n"
        )
        if outcome.finding:
            sys.stdout.write(f"{name}: again with: python -m tests.fuzz.one {name} {outcome.finding}\n")
        sys.stdout.flush()
        if outcome.failed:
            sys.stderr.write(outcome.said)
    return int(found)


def fuzz(name: str, target: Target, runs: int, seed: int, out: Path) -> Outcome:
    """Feed one target ``runs`` inputs. out: directory of what is learnt and found."""
    corpus, findings = out / name / "corpus", out / name / "findings"
    for directory in (corpus, findings):
        directory.mkdir(parents=True, exist_ok=True)
    for number, content in enumerate(target.seeds()):
        (corpus / f"seed-{number}").write_bytes(content)
    words = out / name / "words"
    words.write_text("".join(map(_quoted, target.words)))
    command = [
        *(sys.executable, "-m", "tests.fuzz.one", name, str(corpus)),
        *(f"-runs={runs}", f"-seed={seed}", f"-dict={words}", f"-artifact_prefix={findings}/", f"-max_len={_LONGEST}"),
        *(f"-timeout={_SLOW_S}", f"-rss_limit_mb={_MEMORY_MB}", "-print_final_stats=1", "-verbosity=0"),
    ]
    started = time.monotonic()
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, errors="replace", check=False)
    seconds = time.monotonic() - started
    executed, stored = _EXECUTED.search(done.stderr), _STORED.search(done.stderr)
    return Outcome(
        executions=int(executed[1]) if executed else 0,
        seconds=seconds,
        failed=done.returncode != 0,
        finding=stored[1] if stored else "",
        said=(done.stdout + done.stderr)[-4000:],
    )


def _quoted(word: bytes) -> str:
    """Return a line of libFuzzer's dictionary."""
    return '"' + "".join(f"\\x{byte:02x}" for byte in word) + '"\n'


def _arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="fuzz", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--runs", type=int, default=100_000, help="inputs for each quick target (default: 100000)")
    parser.add_argument("--seed", type=int, default=1, help="where the fuzzer's luck begins (default: 1)")
    parser.add_argument("--target", action="append", choices=sorted(TARGETS), help="only this one; may be repeated")
    parser.add_argument("--out", type=Path, default=ROOT / "runs" / "fuzz", help="default: runs/fuzz")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())

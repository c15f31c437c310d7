"""What a whole run came to, from the lines that its segments wrote."""

import json
import statistics
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

Line = dict[str, Any]
_FOUND = ("inputs", "results", "dead", "lost", "duplicated", "disordered", "foreign", "wrong")


def read(path: Path) -> list[Line]:
    """Read the segments so far; a line that was cut off by a kill is left out."""
    lines: list[Line] = []
    for text in path.read_text().splitlines() if path.exists() else []:
        try:
            lines.append(json.loads(text))
        except json.JSONDecodeError:
            continue
    return lines


def add(path: Path, line: Line) -> None:
    """Write down one segment."""
    cut_off = path.exists() and not path.read_bytes().endswith(b"\n")
    with path.open("a") as file:
        file.write("\n" * cut_off + json.dumps(line) + "\n")


def summary(lines: Sequence[Line]) -> str:
    """Sum up segments of one seed and mode, for people."""
    found: Counter[str] = Counter()
    faults: Counter[str] = Counter()
    exits: Counter[str] = Counter()
    for line in lines:
        found.update({name: line["report"][name] for name in _FOUND})
        faults.update(line["faults"])
        exits.update(line["exits"])
    recoveries = [recovery for line in lines for recovery in line["recoveries"]]
    violations = [violation for line in lines for violation in line["violations"]]
    out = [
        f"{len(lines)} segments, {sum(line['seconds'] for line in lines) / 60:.1f} minutes, {faults.total()} faults",
        ", ".join(f"{found[name]:,} {name}" for name in _FOUND),
        f"workers' exit codes: {dict(exits)}",
        f"{'fault':40} {'times':>5}  {'next result (s)':>18}  {'every partition (s)':>20}",
    ]
    for kind, times in sorted(faults.items()):
        of_kind = [recovery for recovery in recoveries if recovery["kind"] == kind]
        out.append(f"{kind:40} {times:5}  {_spread(of_kind, 'first_s'):>18}  {_spread(of_kind, 'all_s'):>20}")
    out.append(
        f"{'all':40} {faults.total():5}  {_spread(recoveries, 'first_s'):>18}  {_spread(recoveries, 'all_s'):>20}"
    )
    for line in lines:
        if memory := line["memory_kib"]:
            start, end, most = memory[0], memory[-1], max(kib for _, kib in memory)
            out.append(
                f"memory of the worker left alone, {line['name']}: {start[1] / 1024:.0f} MiB at {start[0]:.0f} s, "
                f"{end[1] / 1024:.0f} MiB at {end[0]:.0f} s, {most / 1024:.0f} MiB at most"
            )
    out += [f"BROKEN: {violation}" for violation in violations] or ["nothing was broken"]
    return "\n".join(out)


def _spread(recoveries: Sequence[Line], name: str) -> str:
    """Median, worst and, where there are any, how many never came."""
    known = [recovery[name] for recovery in recoveries if recovery[name] is not None]
    never = len(recoveries) - len(known)
    told = f"{statistics.median(known):.1f} / {max(known):.1f}" if known else "-"
    return told + (f" ({never} never)" if never else "")

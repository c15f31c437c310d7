"""From single measurements to the figures that are kept: ``bench/results.json``."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from bench.arithmetic import spread
from bench.ceilings import ENCODE_MODEL, KINDS
from bench.growth import BACKLOGS, LONG_BACKLOGS, WORKERS
from bench.latency import SHARES
from bench.ledger import Ledger, Measured
from bench.plan import AT_LEAST_ONCE, EXACTLY_ONCE, PROFILED
from bench.registry import CONTENDERS, COPY, TWICE, Contender

_ALONGSIDE: Final = ("cpu_s_per_1000", "rss_mb", "start_s", "agreement", "counted", "seconds")
"""What else each round of a contender measured; its median is kept."""


def compute(ledger: Ledger, machine: Measured, options: Measured, absent: Mapping[str, str]) -> Measured:
    """Return all figures. absent: contenders that could not be installed, and why."""
    rows = [_row(ledger, contender, absent) for contender in CONTENDERS]
    ceilings = {
        **{kind: _ceiling(_rounds(ledger, f"ceiling/{kind}/"), title) for kind, title in KINDS.items()},
        COPY.name: _ceiling(_rounds(ledger, f"throughput/{COPY.name}/"), COPY.title),
    }
    limit = (ceilings[ENCODE_MODEL] or {}).get("per_second", {}).get("median")
    for row in rows:
        rate = row.get("per_second", {}).get("median")
        if rate is not None:
            # One process is not held against two.
            equals = (other for other in rows if not other["ours"] and other["processes"] <= row["processes"])
            best = _best(equals, "per_second")
            row["to_best_contender"] = rate / best["per_second"]["median"] if best else None
            row["of_encode_model_ceiling"] = rate / limit if limit else None
    return {
        "machine": machine,
        "options": options,
        "contenders": rows,
        "ceilings": ceilings,
        "latency": {
            mode: [_typical(ledger, f"latency/{mode}/{share:g}/") for share in SHARES]
            for mode in (EXACTLY_ONCE, AT_LEAST_ONCE)
        },
        "growth": {
            "words": _numbered(ledger, "words/"),
            "batch_limit": _numbered(ledger, "limit/"),
            "workers": {
                "1": _typical(ledger, f"throughput/{EXACTLY_ONCE}/"),
                "2": _typical(ledger, f"throughput/{EXACTLY_ONCE}{TWICE}/"),
                str(WORKERS): _typical(ledger, f"workers/{WORKERS}/"),
            },
            "backlog": {str(tweets): _typical(ledger, f"backlog/{tweets}/") for tweets in (*BACKLOGS, *LONG_BACKLOGS)},
        },
        "start": _spreads(_rounds(ledger, "start/"), ("start_to_ready_s", "rss_mb")),
        "profiles": {name: ledger.below("profile/").get(name) for name in PROFILED},
    }


def _row(ledger: Ledger, contender: Contender, absent: Mapping[str, str]) -> dict[str, Any]:
    prefix = f"throughput/{contender.name}/"
    rounds = _rounds(ledger, prefix)
    failures = [found["failed"] for found in ledger.below(prefix).values() if "failed" in found]
    row: dict[str, Any] = {
        "name": contender.name,
        "title": contender.title,
        "guarantee": contender.guarantee,
        "ours": contender.is_ours,
        "batch": contender.batch,
        "processes": contender.processes,
        "failures": failures,
    }
    if contender.needs in absent:
        row["failures"] = [absent[contender.needs or ""]]
    return row | _spreads(rounds, ("per_second",)) | _medians(rounds, _ALONGSIDE)


def _ceiling(rounds: Sequence[Measured], title: str) -> dict[str, Any]:
    return {"title": title, **_spreads(rounds, ("per_second",))}


def _rounds(ledger: Ledger, prefix: str, *, failed: bool = False) -> list[Measured]:
    return [found for found in ledger.below(prefix).values() if failed or "failed" not in found]


def _typical(ledger: Ledger, prefix: str) -> Measured:
    """Return the median of each figure over the rounds below ``prefix``; one that failed if none succeeded."""
    rounds = _rounds(ledger, prefix)
    if not rounds:
        return {"failed": "not measured", **next(iter(ledger.below(prefix).values()), {})}
    return _middle(rounds) | {"rounds": len(rounds)}


def _middle(rounds: Sequence[Measured]) -> Measured:
    """Take the middle of what is a number, in objects too; of anything else what the first round has."""
    found: Measured = {}
    for name, first in rounds[0].items():
        values = [one[name] for one in rounds]
        if isinstance(first, dict):
            found[name] = _middle(values)
        elif isinstance(first, bool):
            found[name] = all(values)
        elif all(isinstance(value, int | float) for value in values):
            found[name] = spread(values).median
        else:
            found[name] = first
    return found


def _numbered(ledger: Ledger, prefix: str) -> dict[str, Measured]:
    return dict(sorted(ledger.below(prefix).items(), key=lambda item: int(item[0])))


def _spreads(rounds: Sequence[Measured], names: Iterable[str]) -> dict[str, Any]:
    return {name: spread([found[name] for found in rounds])._asdict() for name in names if rounds}


def _medians(rounds: Sequence[Measured], names: Iterable[str]) -> dict[str, Any]:
    known = {name: [found[name] for found in rounds if found.get(name) is not None] for name in names}
    return {name: spread(values).median for name, values in known.items() if values}


def _best(rows: Iterable[dict[str, Any]], name: str) -> dict[str, Any] | None:
    ran = [row for row in rows if name in row]
    return max(ran, key=lambda row: row[name]["median"]) if ran else None

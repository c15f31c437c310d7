"""From single measurements to the figures that are kept: ``bench/results.json``."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from bench.arithmetic import spread
from bench.ceilings import KINDS
from bench.ledger import Ledger, Measured
from bench.plan import AT_LEAST_ONCE, EXACTLY_ONCE
from bench.registry import CONTENDERS, COPY, Contender

_ALONGSIDE: Final = ("cpu_s_per_1000", "rss_mb", "start_s", "agreement", "counted", "seconds")
"""What else each round of a contender measured; its median is kept."""


def compute(ledger: Ledger, machine: Measured, options: Measured, absent: Mapping[str, str]) -> Measured:
    """Return all figures. absent: contenders that could not be installed, and why."""
    rows = [_row(ledger, contender, absent) for contender in CONTENDERS]
    best = _best((row for row in rows if not row["ours"]), "per_second")
    ceilings = {
        **{kind: _ceiling(_rounds(ledger, f"ceiling/{kind}/"), title) for kind, title in KINDS.items()},
        COPY.name: _ceiling(_rounds(ledger, f"throughput/{COPY.name}/"), COPY.title),
    }
    limit = (ceilings["encode-model"] or {}).get("per_second", {}).get("median")
    for row in rows:
        rate = row.get("per_second", {}).get("median")
        if rate is not None:
            row["to_best_contender"] = rate / best["per_second"]["median"] if best else None
            row["of_encode_model_ceiling"] = rate / limit if limit else None
    return {
        "machine": machine,
        "options": options,
        "contenders": rows,
        "best_contender": best["name"] if best else None,
        "ceilings": ceilings,
        "latency": {
            mode: list(_rounds(ledger, f"latency/{mode}/", failed=True)) for mode in (EXACTLY_ONCE, AT_LEAST_ONCE)
        },
        "growth": {
            "words": _numbered(ledger, "words/"),
            "batch_limit": _numbered(ledger, "limit/"),
            "workers": _numbered(ledger, "workers/"),
            "backlog": _numbered(ledger, "backlog/"),
        },
        "start": _spreads(_rounds(ledger, "start/"), ("start_to_ready_s", "rss_mb")),
        "profile": ledger.below("profile").get(""),
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
        "failures": failures,
    }
    if contender.needs in absent:
        row["failures"] = [absent[contender.needs or ""]]
    return row | _spreads(rounds, ("per_second",)) | _medians(rounds, _ALONGSIDE)


def _ceiling(rounds: Sequence[Measured], title: str) -> dict[str, Any]:
    return {"title": title, **_spreads(rounds, ("per_second",))}


def _rounds(ledger: Ledger, prefix: str, *, failed: bool = False) -> list[Measured]:
    return [found for found in ledger.below(prefix).values() if failed or "failed" not in found]


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

"""The figures as a page: ``docs/speed.md``."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from bench.ceilings import FLAGSHIPS
from bench.goals import goals_table
from bench.latency import SHARES
from bench.plan import EXACTLY_ONCE, MODES, PROFILED
from bench.registry import SHIPPED
from bench.throughput import SETTLING_S

_PICTURES: Final = {
    "speed-throughput.svg": "Throughput of every contender",
    "speed-latency.svg": "Latency against offered load",
    "speed-workers.svg": "Throughput and processor time by workers",
    "speed-stages.svg": "Time a tweet by stage",
}
_NONE: Final = "-"
_PROCESSES: Final = ("worker", "broker", "producer", "reader")
"""Of a measurement of latency."""
_TRIED: Final = Path(__file__).parent / "tried.md"
"""Written by hand."""


def page(results: dict[str, Any], pictures: Sequence[str]) -> str:
    """Return the page as Markdown. pictures: names of the files that were drawn, beside the page."""
    parts = [
        _head(results),
        "## Goals",
        goals_section(results),
        "## Throughput, Kafka to Kafka",
        _picture(pictures, "speed-throughput.svg"),
        _contenders(results["contenders"]),
        _did_not_run(results["contenders"]),
        "## Ceilings",
        _ceilings(results),
        "## Latency",
        _picture(pictures, "speed-latency.svg"),
        _latency(results["latency"]),
        "## How the cost grows",
        _picture(pictures, "speed-workers.svg"),
        _growth(results),
        "## Where the time goes",
        _picture(pictures, "speed-stages.svg"),
        *(_profiled(results, name) for name in PROFILED),
        _TRIED.read_text("utf-8").strip(),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def summary(results: dict[str, Any]) -> str:
    """Return what the README shows: machine and date, the contenders' rates, and the goals."""
    machine = results["machine"]
    rates = table(
        ("Kafka to Kafka", "delivery", "tweets/s", "to the best other", "CPU s per 1,000", "RSS, MB"),
        [
            (
                row["title"],
                row["guarantee"],
                _number(row["per_second"]["median"], ",.0f"),
                _number(row.get("to_best_contender"), ".2f", "x"),
                _number(row.get("cpu_s_per_1000"), ".3f"),
                _number(row.get("rss_mb"), ",.0f"),
            )
            for row in _ran(results["contenders"])
        ],
    )
    return (
        f"Measured on {machine['date']} on {machine['cores']} cores of {machine['processor']}, the broker on the same "
        f"cores; medians of {results['options']['rounds']} rounds in alternation.\n\n{rates}\n\n"
        f"{goals_section(results)}\n"
    )


def goals_section(results: dict[str, Any]) -> str:
    """Return what was aimed at beside what was measured."""
    return table(("goal", "aim", "measured", "reached"), goals_table(results))


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table whose columns but the first are figures."""
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _head(results: dict[str, Any]) -> str:
    machine, options = results["machine"], results["options"]
    versions = ", ".join(f"{name} {version}" for name, version in machine["versions"].items())
    fewest = min((row["per_second"]["rounds"] for row in _ran(results["contenders"])), default=options["rounds"])
    slow = f", {fewest} of them with the slowest ones" if fewest < options["rounds"] else ""
    return (
        "# Speed\n\n"
        f"Measured on {machine['date']} by `make bench` on {machine['cores']} cores of {machine['processor']} with "
        f"{machine['memory_gb']} GB, the broker (one Apache Kafka node) on the same cores. {options['texts']}, over "
        f"and over, in a topic of 8 partitions; {options['rounds']} rounds, in each of which another contender "
        f"begins{slow}; medians, with the lowest and the highest round in brackets. A round takes what arrives in "
        f"{options['seconds']:g} s after a warm-up of {options['warm_up_s']:g} s from the first result on (where two "
        f"processes share the partitions {SETTLING_S:g} s more), by the broker's clock, as a `read_committed` reader "
        "sees it; its rate is the slope of the line that fits best how many had arrived by when. All but Warble call "
        "one `classify(texts)`: "
        "TensorFlow, the brand study's BiLSTM, Warble's preprocessing, slices of 8,000 sorted by length; the row "
        "*shared classify* is Warble with that same function. Files: "
        "[`bench/results.json`](../bench/results.json).\n\n"
        f"Versions: {versions}."
    )


def _contenders(rows: Sequence[dict[str, Any]]) -> str:
    return table(
        (
            *("contender", "delivery", "batch", "tweets/s", "tweets a round", "to the best other", "of the ceiling"),
            *("CPU s per 1,000", "RSS, MB", "first result after, s", "same labels"),
        ),
        [
            (
                row["title"],
                row["guarantee"],
                f"{row['batch']:,}",
                _spread(row["per_second"]),
                _number(row.get("counted"), ",.0f"),
                _number(row.get("to_best_contender"), ".2f", "x"),
                _number(row.get("of_encode_model_ceiling"), ".2f"),
                _number(row.get("cpu_s_per_1000"), ".3f"),
                _number(row.get("rss_mb"), ",.0f"),
                _number(row.get("start_s"), ".1f"),
                _number(row.get("agreement"), ".1%"),
            )
            for row in _ran(rows)
        ],
    )


def _ran(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the rows with a rate, the fastest first."""
    return sorted((row for row in rows if "per_second" in row), key=lambda row: -row["per_second"]["median"])


def _did_not_run(rows: Sequence[dict[str, Any]]) -> str:
    failures = [f"- {row['title']} ({row['guarantee']}): {row['failures'][0]}" for row in rows if row["failures"]]
    return "\n".join(["What failed, in all rounds or in some:", "", *failures]) if failures else ""


def _ceilings(results: dict[str, Any]) -> str:
    rates = {
        row["name"]: row["per_second"]["median"] for row in results["contenders"] if row["ours"] and "per_second" in row
    }
    return table(
        ("ceiling", "tweets/s", "Warble with that network, exactly once, as a share of it"),
        [
            (
                ceiling["title"],
                _spread(ceiling["per_second"]),
                _number(_share(rates.get(_worker_of(kind)), ceiling["per_second"]["median"]), ".2f"),
            )
            for kind, ceiling in results["ceilings"].items()
            if "per_second" in ceiling
        ],
    )


def _worker_of(ceiling: str) -> str:
    """Name the contender whose network a ceiling is about."""
    bundle = ceiling.rpartition("-")[0]
    return f"{SHIPPED}{bundle}" if bundle in FLAGSHIPS else EXACTLY_ONCE


def _share(rate: float | None, ceiling: float) -> float | None:
    return None if rate is None else rate / ceiling


def _latency(modes: dict[str, list[dict[str, Any]]]) -> str:
    rows = [
        (
            f"{MODES[mode]}, {share:.0%} of capacity",
            f"{load['offered_per_second']:,.0f}",
            *(f"{load['milliseconds'][name]:,.0f}" for name in ("p50", "p95", "p99", "max")),
            "yes" if load["kept_up"] else "no",
            *(f"{load['cores'][name]:.2f}" for name in _PROCESSES),
        )
        for mode, loads in modes.items()
        for share, load in zip(SHARES, loads, strict=False)
        if "failed" not in load
    ]
    head = ("load", "offered, tweets/s", "p50, ms", "p95, ms", "p99, ms", "max, ms", "kept up", *_PROCESSES)
    note = (
        "From a record's timestamp to a `read_committed` reader that has its result. The producer and that reader "
        "run on the same cores and take their part of them: the last columns say how many cores each process kept busy."
    )
    return f"{note}\n\n{table(head, rows)}"


def _growth(results: dict[str, Any]) -> str:
    rows = []
    titles = {"words": "tweets of {} words", "batch_limit": "at most {} tweets a batch", "workers": "{} workers"}
    for name, title in titles.items():
        for count, found in results["growth"][name].items():
            if "failed" not in found:
                rows.append(
                    (
                        title.format(f"{int(count):,}"),
                        _number(found["per_second"], ",.0f"),
                        _number(found["cpu_s_per_1000"], ".3f"),
                        _number(found["rss_mb"], ",.0f"),
                    )
                )
    rows += [
        (f"a backlog of {int(count):,}, to its end", _NONE, _NONE, _number(found["rss_mb"], ",.0f"))
        for count, found in results["growth"]["backlog"].items()
        if "failed" not in found
    ]
    grown = table(("Warble, exactly once", "tweets/s", "CPU s per 1,000", "RSS, MB"), rows)
    start = results["start"].get("start_to_ready_s")
    return grown if start is None else f"{grown}\n\nFrom start to ready: {_spread(start, '.2f')} s."


def _profiled(results: dict[str, Any], name: str) -> str:
    found = profile_section(results["profiles"][name], name)
    title = next((row["title"] for row in results["contenders"] if row["name"] == name), name)
    return f"### {title}\n\n{found}" if found else ""


def profile_section(profile: dict[str, Any] | None, contender: str) -> str:
    """Return what a profile of a contender found as tables; empty when there is none."""
    if profile is None or "failed" in profile:
        return ""
    rows = [(stage, f"{microseconds:.2f}") for stage, microseconds in profile["stage_us"].items()]
    rows.append(("processor time, all threads", f"{profile['cpu_us']:.2f}"))
    parts = [table(("stage", "microseconds a tweet"), rows)]
    functions = profile["functions"]
    if isinstance(functions, str):
        parts.append(f"No functions: {functions}")
    elif functions:
        shares = [(f"`{found['function']}`", f"{found['share']:.1%}") for found in functions]
        parts.append(table(("function, by samples that ended in it", "share"), shares))
    parts.append(f"`python -m bench profile --contender {contender}` makes this section anew.")
    return "\n\n".join(parts)


def _picture(pictures: Sequence[str], name: str) -> str:
    return f"![{_PICTURES[name]}]({name})" if name in pictures else ""


def _spread(found: dict[str, Any], form: str = ",.0f") -> str:
    return f"{found['median']:{form}} ({found['lowest']:{form}}-{found['highest']:{form}})"


def _number(value: float | None, form: str, unit: str = "") -> str:
    return _NONE if value is None else f"{value:{form}}{unit}"

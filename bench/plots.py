"""The pictures of the figures, as SVG."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bench.plan import EXACTLY_ONCE, MODES

OURS: Final = "#1b6ca8"
OTHERS: Final = "#9aa5b1"
_STAGE_COLOURS: Final = {"encode": "#1b6ca8", "predict": "#e07a5f", "publish": "#3d9970", "commit": "#f2cc8f"}


def draw(results: dict[str, Any], directory: Path) -> list[str]:
    """Draw every picture that there are figures for; return the names of the files."""
    drawings: dict[str, Callable[[Axes, dict[str, Any]], bool]] = {
        "speed-throughput.svg": throughput,
        "speed-latency.svg": latency,
        "speed-workers.svg": workers,
        "speed-stages.svg": stages,
    }
    directory.mkdir(parents=True, exist_ok=True)
    drawn = []
    # Without a date and with a fixed salt, the same figures are the same file.
    with mpl.rc_context(
        {"svg.hashsalt": "warble", "font.size": 9, "axes.spines.top": False, "axes.spines.right": False}
    ):
        for name, drawing in drawings.items():
            figure = Figure(figsize=(8, 4.2), layout="constrained")
            if drawing(figure.subplots(), results):
                figure.savefig(directory / name, format="svg", metadata={"Date": None})
                drawn.append(name)
    return drawn


def throughput(axes: Axes, results: dict[str, Any]) -> bool:
    """Bars of the medians, with the lowest and the highest round."""
    rows = sorted(
        (row for row in results["contenders"] if "per_second" in row), key=lambda row: row["per_second"]["median"]
    )
    rates = [row["per_second"] for row in rows]
    medians = [rate["median"] for rate in rates]
    below = [rate["median"] - rate["lowest"] for rate in rates]
    above = [rate["highest"] - rate["median"] for rate in rates]
    titles = [f"{row['title'].replace('`', '')} ({row['guarantee']})" for row in rows]
    colours = [OURS if row["ours"] else OTHERS for row in rows]
    axes.barh(titles, medians, color=colours, xerr=[below, above], error_kw={"elinewidth": 1, "capsize": 2})
    for place, median in enumerate(medians):
        axes.annotate(f" {median:,.0f}", (rates[place]["highest"], place), va="center")
    axes.set_xlabel("tweets a second (median, lowest and highest round)")
    axes.margins(x=0.12)
    return bool(rows)


def latency(axes: Axes, results: dict[str, Any]) -> bool:
    """Percentiles against offered load, one colour a mode."""
    some = False
    for colour, (mode, title) in zip((OURS, "#e07a5f"), MODES.items(), strict=True):
        loads = [load for load in results["latency"].get(mode, []) if "failed" not in load]
        offered = [load["offered_per_second"] for load in loads]
        for percentile, style in {"p50": ":", "p95": "--", "p99": "-"}.items():
            values = [load["milliseconds"][percentile] for load in loads]
            axes.plot(offered, values, style, marker="o", markersize=3, color=colour, label=f"{title}, {percentile}")
        some = some or bool(loads)
    axes.set_xlabel("tweets a second offered")
    axes.set_ylabel("milliseconds, record to committed result")
    axes.set_yscale("log")
    if some:
        axes.legend(frameon=False, ncols=2)
    return some


def workers(axes: Axes, results: dict[str, Any]) -> bool:
    """Throughput and processor time by the number of workers."""
    counts = {count: found for count, found in results["growth"]["workers"].items() if "failed" not in found}
    axes.bar(list(counts), [found["per_second"] for found in counts.values()], color=OURS, width=0.5)
    axes.set_xlabel("workers")
    axes.set_ylabel("tweets a second")
    costs = axes.twinx()
    costs.plot(list(counts), [found["cpu_s_per_1000"] or 0 for found in counts.values()], "o-", color="#e07a5f")
    costs.set_ylabel("processor seconds per 1,000 tweets (line)")
    costs.set_ylim(bottom=0)
    return bool(counts)


def stages(axes: Axes, results: dict[str, Any]) -> bool:
    """Microseconds a tweet by stage, beside the processor time of the whole process."""
    profile = results["profiles"][EXACTLY_ONCE]
    if profile is None or "failed" in profile:
        return False
    left = 0.0
    for stage, microseconds in profile["stage_us"].items():
        axes.barh("stages, by the clock", microseconds, left=left, color=_STAGE_COLOURS[stage], label=stage)
        left += microseconds
    axes.barh("processor, all threads", profile["cpu_us"], color=OTHERS)
    axes.set_xlabel("microseconds a tweet (predict overlaps with the rest)")
    axes.legend(frameon=False, ncols=4, loc="upper center", bbox_to_anchor=(0.5, 1.12))
    return True

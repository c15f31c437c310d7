#!/usr/bin/env python3
"""Draw the dashboard without Grafana: the same panels and queries, from a Prometheus' own answers.

``.venv/bin/python deploy/grafana/render.py http://127.0.0.1:9090 dashboard.png``
"""

import argparse
import json
import math
import re
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any, NamedTuple

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.figure import Figure

DASHBOARD = Path(__file__).absolute().with_name("dashboards") / "warble.json"
POINTS = 240
"""Steps of a panel's time."""
EVERYTHING = ".*"
"""What each variable is: all groups, workers and models."""


class AskError(Exception):
    """Prometheus did not answer a query. The message is for a person."""


class Series(NamedTuple):
    """One line, or one value, of a panel."""

    name: str
    labels: dict[str, str]
    points: list[tuple[float, float]]
    """Seconds since the epoch, and values."""


class Prometheus:
    """Asks a Prometheus at ``address``, a URL, about the ``span_s`` seconds before ``end``."""

    def __init__(self, address: str, end: float, span_s: float) -> None:
        self._address = address.rstrip("/")
        self._end = end
        self._span_s = span_s

    def answer(self, target: dict[str, Any]) -> list[Series]:
        """Return what a panel's target gives: points for a range, one for an instant. Raises AskError."""
        query = substituted(target["expr"])
        if target.get("instant"):
            found = self._get("query", query=query, time=self._end)
            each = [(one["metric"], [one["value"]]) for one in found]
        else:
            step = max(1.0, self._span_s / POINTS)
            found = self._get("query_range", query=query, start=self._end - self._span_s, end=self._end, step=step)
            each = [(one["metric"], one["values"]) for one in found]
        return [
            Series(legend(target.get("legendFormat", ""), labels), labels, [(at, float(value)) for at, value in points])
            for labels, points in each
        ]

    def _get(self, path: str, **parameters: str | float) -> list[dict[str, Any]]:
        url = f"{self._address}/api/v1/{path}?{urllib.parse.urlencode(parameters)}"
        try:
            with urllib.request.urlopen(url, timeout=30) as response:  # noqa: S310 - the address that a person gave
                body = json.load(response)
        except urllib.error.HTTPError as error:
            with error:
                told = json.loads(error.read() or b"{}").get("error", error.reason)
            raise AskError(f"{parameters['query']}: {told}") from None
        except (OSError, ValueError) as error:
            raise AskError(f"no answer from {self._address}: {error}: is that a Prometheus?") from None
        result: list[dict[str, Any]] = body["data"]["result"]
        return result


def load(file: Path = DASHBOARD) -> dict[str, Any]:
    """Read the dashboard."""
    dashboard: dict[str, Any] = json.loads(file.read_text("utf-8"))
    return dashboard


def panels(dashboard: dict[str, Any]) -> list[dict[str, Any]]:
    """Panels that show something: all but the rows' titles."""
    return [panel for panel in dashboard["panels"] if panel["type"] != "row"]


def substituted(expression: str) -> str:
    """Return a query with every variable standing for everything."""
    return re.sub(r"\$\{?\w+\}?", EVERYTHING, expression)


def legend(template: str, labels: dict[str, str]) -> str:
    """Return a series' name: ``{{label}}`` replaced, or all labels without a template."""
    if not template:
        return ", ".join(f"{name}={value}" for name, value in sorted(labels.items()) if name != "__name__")
    return re.sub(r"\{\{\s*(\w+)\s*\}\}", lambda match: labels.get(match[1], ""), template)


def shown(value: float, unit: str) -> str:
    """Return a value in a panel's unit, as a person reads it."""
    if math.isnan(value):
        return "-"
    if unit == "percentunit":
        return f"{value:.0%}"
    if unit == "bytes":
        return f"{value / 2**20:.0f} MiB"
    number = f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"  # noqa: PLR2004 - from there on digits matter less
    return number + (" s" if unit == "s" else "")


def draw(dashboard: dict[str, Any], prometheus: Prometheus) -> tuple[Figure, list[str]]:
    """Draw every panel in its place. Returns the picture and the titles of panels without any data."""
    mpl.rcParams.update({"font.size": 6, "axes.titlesize": 7, "axes.grid": True, "grid.alpha": 0.2})
    rows = max(panel["gridPos"]["y"] + panel["gridPos"]["h"] for panel in dashboard["panels"])
    figure = Figure(figsize=(16, rows * 0.27), dpi=110)
    empty = []
    for panel in dashboard["panels"]:
        place = panel["gridPos"]
        left, top = place["x"] / 24, 1 - place["y"] / rows
        if panel["type"] == "row":
            figure.text(0.01, top - 0.6 / rows, panel["title"], fontsize=11, weight="bold")
            continue
        axes = figure.add_axes(
            (left + 0.02, top - (place["h"] - 1.1) / rows, place["w"] / 24 - 0.035, (place["h"] - 2.4) / rows)
        )
        axes.set_title(panel["title"], loc="left")
        if not _panel(axes, panel, [series for target in panel["targets"] for series in prometheus.answer(target)]):
            empty.append(panel["title"])
    return figure, empty


def _panel(axes: Axes, panel: dict[str, Any], found: list[Series]) -> bool:
    """Draw one panel; return whether there was anything to draw."""
    unit = panel["fieldConfig"]["defaults"].get("unit", "none")
    some = any(not math.isnan(value) for series in found for _, value in series.points)
    if not some:
        axes.text(0.5, 0.5, "no data", ha="center", va="center", transform=axes.transAxes, color="grey")
    if panel["type"] == "timeseries":
        _lines(axes, panel, found)
    elif panel["type"] == "heatmap":
        _heat(axes, found)
    elif panel["type"] == "bargauge":
        axes.barh([series.name for series in found], [series.points[-1][1] for series in found])
    else:
        axes.axis("off")
        if panel["type"] == "stat" and some:
            told = shown(found[0].points[-1][1], unit)
            axes.text(0, 0.3, told, fontsize=18, transform=axes.transAxes)
        elif some:
            names = [legend("", _brief(series.labels)) for series in found]
            axes.text(0, 1, "\n".join(names), va="top", transform=axes.transAxes, fontsize=5, wrap=True)
    return some


def _lines(axes: Axes, panel: dict[str, Any], found: list[Series]) -> None:
    unit = panel["fieldConfig"]["defaults"].get("unit", "none")
    stacked = panel["fieldConfig"]["defaults"]["custom"]["stacking"]["mode"] == "normal"
    below: dict[float, float] = {}
    for series in found:
        at = [time_of for time_of, _ in series.points]
        values = [value for _, value in series.points]
        if stacked:
            floor = [below.get(time_of, 0.0) for time_of in at]
            values = [low + value for low, value in zip(floor, values, strict=True)]
            axes.fill_between(_dates(at), floor, values, alpha=0.4, label=series.name)
            below.update(zip(at, values, strict=True))
        else:
            axes.plot(_dates(at), values, linewidth=1, label=series.name)
    axes.set_ylim(bottom=0)
    axes.yaxis.set_major_formatter(lambda value, _: shown(value, unit))
    _time_below(axes)
    if found:
        axes.legend(fontsize=5, ncols=2, loc="upper left", framealpha=0.5)


def _heat(axes: Axes, found: list[Series]) -> None:
    """Draw a histogram's buckets over time; ``found`` is cumulative, one series a bound."""
    bounds = sorted((float(series.labels["le"]), dict(series.points)) for series in found)
    if not bounds:
        return
    times = sorted(bounds[-1][1])
    below = dict.fromkeys(times, 0.0)
    cells = []
    for _, points in bounds:
        cells.append([max(0.0, points.get(at, 0.0) - below[at]) for at in times])
        below = {at: points.get(at, 0.0) for at in times}
    axes.pcolormesh(_dates(times), range(len(bounds)), cells, cmap="Blues", shading="nearest")
    axes.set_yticks(range(len(bounds)), [f"{bound:g}" for bound, _ in bounds])
    _time_below(axes)


def _dates(times: list[float]) -> list[float]:
    return [at / 86_400 for at in times]


def _time_below(axes: Axes) -> None:
    locator = AutoDateLocator(maxticks=6)  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))  # type: ignore[no-untyped-call]


def _brief(labels: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in labels.items() if name != "__name__"}


def main() -> int:
    """Draw the picture. Returns the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("address", help="URL of Prometheus, such as http://127.0.0.1:9090")
    parser.add_argument("out", type=Path, help="picture to write (.png, .svg, .pdf)")
    parser.add_argument("--minutes", type=float, default=60, help="how far back to look (default: 60)")
    arguments = parser.parse_args()
    try:
        figure, empty = draw(load(), Prometheus(arguments.address, time.time(), arguments.minutes * 60))
    except AskError as error:
        print(f"render: error: {error}", file=sys.stderr)
        return 2
    figure.savefig(arguments.out)
    print(f"{arguments.out}: {len(panels(load())) - len(empty)} panels; without data: {', '.join(empty) or 'none'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

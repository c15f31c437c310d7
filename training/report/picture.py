"""The headline of every candidate as a dot plot."""

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from training.evaluation.result import Protocol
from training.pictures import COLOURS, MARKERS, figure, save
from training.report.collect import Candidate
from training.report.measures import estimate, title

_TITLES: Final[dict[Protocol, str]] = {"grouped": "grouped 5-fold", "study": "the study's split (leaky)"}
_WIDTH = 8.0
_ROW_HEIGHT = 0.42
_FRAME_HEIGHT = 1.6
_APART = 0.14
"""Of a row: how far from its middle each protocol's dot is drawn."""


def dot_plot(study: str, headline: str, candidates: Sequence[Candidate]) -> str | None:
    """Draw one row a candidate, best first, with 95 % intervals; return the SVG, or None if there is nothing in it."""
    shown = [row for row in candidates if row.results.keys() & _TITLES.keys()]
    if not shown:
        return None
    shown.sort(key=lambda row: _value(row, headline), reverse=True)
    drawing, axes = figure(
        f"{title(headline)} on the tweets of the {study} study, with 95 % intervals",
        title(headline),
        "candidate",
        size=(_WIDTH, _FRAME_HEIGHT + _ROW_HEIGHT * len(shown)),
    )
    for index, (protocol, label) in enumerate(_TITLES.items()):
        places, values, lows, highs = [], [], [], []
        for place, row in enumerate(shown):
            result = row.results.get(protocol)
            found = estimate(headline, result.figures) if result else None
            if found:
                places.append(place + (2 * index - 1) * _APART)
                values.append(found.value)
                lows.append(max(0.0, found.value - found.low))
                highs.append(max(0.0, found.high - found.value))
        if values:
            axes.errorbar(
                values,
                places,
                xerr=(lows, highs),
                linestyle="none",
                marker=MARKERS[index],
                color=COLOURS[index],
                markerfacecolor=COLOURS[index] if protocol == "grouped" else "white",
                capsize=2.5,
                elinewidth=1.4,
                label=label,
            )
    axes.set_yticks(range(len(shown)), [row.name for row in shown])
    axes.invert_yaxis()
    axes.set_xlim(left=0)
    drawing.legend(loc="outside lower center", ncols=2)
    with TemporaryDirectory() as directory:
        svg, _ = save(drawing, Path(directory) / "picture")
        return svg.read_text(encoding="utf-8")


def _value(row: Candidate, headline: str) -> float:
    for protocol in _TITLES:
        found = estimate(headline, row.results[protocol].figures) if protocol in row.results else None
        if found:
            return found.value
    return 0.0

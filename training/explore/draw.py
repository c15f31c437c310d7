"""The pictures of a report, each from the figures that it shows."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

import numpy as np

from training.explore.examine import Measures, Values
from training.explore.figures import Agreement, Count, Exploration, Repeats, Share, percent
from training.explore.repeats import EXACT, NEAR
from training.explore.subject import LabelLook
from training.pictures import COLOURS, figure, figures, printable

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Looks = Mapping[str, LabelLook]
_LONGEST_NAME: Final = 44
"""Most characters of a word or an address on an axis."""
_BAR_INCHES: Final = 0.3
_SIZES: Final = ((1, 1), (2, 2), (3, 3), (4, 4), (5, 9), (10, 19), (20, 49), (50, 99), (100, None))
"""Cluster sizes that share a bar: first and last."""


def draw_classes(exploration: Exploration, looks: Looks) -> "Figure":
    """Draw each class's share."""
    drawing, axes = figure("Tweets by class", "tweets", "class", size=(7, 1.4 + 0.5 * len(exploration.labels)))
    _bars(
        axes,
        [looks[label].title for label in exploration.labels],
        [part.count for part in exploration.labels.values()],
        [f"{part.count:,} ({percent(part.share)})" for part in exploration.labels.values()],
        [looks[label].colour for label in exploration.labels],
    )
    return drawing


def draw_counts(counts: Sequence[Count], title: str, what: str) -> "Figure":
    """Draw how often each of some words or marks occurs."""
    drawing, axes = figure(title, "occurrences", what, size=(7, 1.2 + _BAR_INCHES * len(counts)))
    values = [count.count for count in counts]
    _bars(axes, [count.name for count in counts], values, [f"{value:,}" for value in values], [COLOURS[0]])
    return drawing


def draw_by_class(
    counts: Mapping[str, Sequence[Count]], exploration: Exploration, looks: Looks, title: str
) -> "Figure":
    """Draw words, one pair of axes a class, by occurrences in 100 tweets of the class."""
    rows = -(-len(counts) // 2)
    drawing, grid = figures(title, rows, min(2, len(counts)), size=(10, 0.5 + 4.6 * rows))
    for axes, (label, words) in zip(grid, counts.items(), strict=False):
        tweets = exploration.labels[label].count
        rates = [100 * word.count / tweets for word in words]
        axes.set_title(looks[label].title)
        axes.set_xlabel("occurrences in 100 tweets of the class")
        axes.set_ylabel("word")
        _bars(axes, [word.name for word in words], rates, [f"{rate:.1f}" for rate in rates], [looks[label].colour])
    for axes in grid[len(counts) :]:
        axes.set_axis_off()
    return drawing


def draw_lengths(values: Values, measures: Measures, looks: Looks, title: str, unit: str) -> "Figure":
    """Draw how long the tweets of each class are, with each class's median."""
    drawing, axes = figure(title, f"length of a tweet ({unit})", "share of the class's tweets (%)")
    most = max(float(values.max()), 1.0)
    edges = np.linspace(0, most, 41) if most > 60 else np.arange(-0.5, most + 1)  # noqa: PLR2004 - few: one bar each
    for (label, mine), style in zip(measures.of.items(), ("-", "--", "-.", ":"), strict=False):
        shares = np.histogram(values[mine], edges)[0] / mine.sum() * 100
        median = float(np.median(values[mine]))
        name = f"{looks[label].title} (median {median:g})"
        axes.stairs(shares, edges, color=looks[label].colour, linestyle=style, linewidth=1.8, label=name)
        axes.axvline(median, color=looks[label].colour, linestyle=style, linewidth=1, alpha=0.6)
    axes.set_xlim(left=max(0.0, edges[0]))
    axes.set_ylim(bottom=0)
    axes.legend(title="class; thin lines: medians")
    return drawing


def draw_boxes(panels: Mapping[str, Values], measures: Measures, looks: Looks, title: str) -> "Figure":
    """Draw a figure of a tweet by class, one pair of axes a figure; ``panels``: values by the name of their axis."""
    drawing, grid = figures(title, 1, len(panels), size=(3.5 * len(panels), 4))
    for axes, (name, values) in zip(grid, panels.items(), strict=True):
        boxes = axes.boxplot(
            [values[mine] for mine in measures.of.values()],
            tick_labels=[looks[label].title for label in measures.of],
            patch_artist=True,
            widths=0.6,
            whis=(5, 95),
            showfliers=False,
            medianprops={"color": "black", "linewidth": 2.4},
            showmeans=True,
            meanprops={"marker": "D", "markerfacecolor": "white", "markeredgecolor": "black", "markersize": 5},
        )
        for box, label in zip(boxes["boxes"], measures.of, strict=True):
            box.set_facecolor(looks[label].colour)
        axes.set_xlabel("class")
        axes.set_ylabel(name)
        axes.margins(y=0.08)
        axes.grid(visible=False, axis="x")
    return drawing


def draw_repeats(repeats: Mapping[str, Repeats]) -> "Figure":
    """Draw how many tweets stand alone and how many in groups of each size."""
    drawing, axes = figure("Tweets that are there several times", "size of the group (tweets)", "tweets", size=(9, 4.5))
    width = 0.4
    for offset, (name, colour, hatch) in enumerate(((EXACT, COLOURS[5], "//"), (NEAR, COLOURS[0], None))):
        tweets = [
            sum(size * groups for size, groups in repeats[name].sizes.items() if first <= size <= (last or size))
            for first, last in _SIZES
        ]
        places = np.arange(len(_SIZES)) + (offset - 0.5) * width
        bars = axes.bar(places, tweets, width, color=colour, hatch=hatch, edgecolor="white", label=name)
        axes.bar_label(bars, [f"{count:,}" if count else "" for count in tweets], fontsize=6.5, padding=1, rotation=20)
    axes.set_yscale("symlog", linthresh=10)
    axes.set_ylim(0, 4 * max(sum(size * groups for size, groups in part.sizes.items()) for part in repeats.values()))
    axes.yaxis.set_major_formatter("{x:,.0f}")
    axes.set_xticks(range(len(_SIZES)), [_range(first, last) for first, last in _SIZES])
    axes.grid(visible=False, axis="x")
    axes.legend(title="same means")
    return drawing


def draw_agreement(agreement: Mapping[str, Agreement], chance: float) -> "Figure":
    """Draw how often two tweets that are the same have the same label."""
    shown = {name: part for name, part in agreement.items() if part.agreeing_pairs is not None}
    drawing, axes = figure(
        "Two tweets that are the same: do they have the same label?",
        "pairs with the same label (%)",
        "the same means",
        size=(8.5, 1.6 + 0.5 * len(shown)),
    )
    shares = [100 * (part.agreeing_pairs or 0.0) for part in shown.values()]
    texts = [f"{value:.1f} % in {part.groups:,} groups" for value, part in zip(shares, shown.values(), strict=True)]
    _bars(axes, list(shown), shares, texts, [COLOURS[0]], room=1.6)
    axes.axvline(100 * chance, color=COLOURS[1], linestyle="--", label=f"labels dealt at random: {percent(chance)}")
    axes.set_xticks(range(0, 101, 20))
    drawing.legend(loc="outside lower center")
    return drawing


def draw_shares(parts: Mapping[str, Share], looks: Looks, title: str, what: str) -> "Figure":
    """Draw a share of each class's tweets."""
    drawing, axes = figure(title, f"{what} (% of the class's tweets)", "class", size=(7, 1.4 + 0.5 * len(parts)))
    _bars(
        axes,
        [looks[label].title for label in parts],
        [100 * part.share for part in parts.values()],
        [f"{percent(part.share)} ({part.count:,})" for part in parts.values()],
        [looks[label].colour for label in parts],
    )
    return drawing


def _bars(
    axes: "Axes",
    names: Sequence[str],
    values: Sequence[float],
    texts: Sequence[str],
    colours: Sequence[str],
    room: float = 1.25,
) -> None:
    """Draw bars from top to bottom, each with its value at its end; ``room``: the axis' length in longest bars."""
    from matplotlib.ticker import MaxNLocator  # noqa: PLC0415 - keeps `--help` quick

    places = range(len(names))
    bars = axes.barh(places, values, color=colours if len(colours) > 1 else colours[0], height=0.72)
    axes.bar_label(bars, texts, padding=3, fontsize=9)
    axes.set_yticks(places, [_name(name) for name in names])
    axes.invert_yaxis()
    axes.grid(visible=False, axis="y")
    axes.set_xlim(0, max([*values, 0.0]) * room or 1.0)
    if all(isinstance(value, int) for value in values):
        axes.xaxis.set_major_locator(MaxNLocator(nbins=6, integer=True))
        axes.xaxis.set_major_formatter("{x:,.0f}")


def _name(text: str) -> str:
    return printable(text if len(text) <= _LONGEST_NAME else f"{text[: _LONGEST_NAME - 1]}…")


def _range(first: int, last: int | None) -> str:
    if last is None:
        return f"{first}+"
    return str(first) if first == last else f"{first}-{last}"

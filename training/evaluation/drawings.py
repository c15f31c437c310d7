"""The pictures of an evaluation: confusion matrices, ROC, precision-recall and reliability curves, slices."""

from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from training.evaluation.result import Estimate, EvaluationResult
from training.pictures import COLOURS, figure, figures, printable, save

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_LINES: Final = ("-", "--", "-.", ":")
"""Beside the colours, for who tells none apart."""
_DARK: Final = 0.65
"""Share from which on black would be hard to read on the colour map."""
_BINARY: Final = 2


def draw(result: EvaluationResult, directory: Path) -> None:
    """Draw every picture of a result into a directory, as SVG and PNG."""
    _draw_confusion(result, directory / "confusion")
    _draw_roc(result, directory / "roc")
    _draw_precision_recall(result, directory / "precision-recall")
    _draw_reliability(result, directory / "reliability")
    _draw_slices(result, directory / "slices")


def describe(result: EvaluationResult) -> str:
    """Name what was evaluated, on what and how."""
    protocol = {
        "grouped": f"grouped {len(result.folds)}-fold",
        "study": "the study's split, which leaks",
        "whole": "the whole file, once",
    }[result.protocol]
    return f"{result.candidate} on {result.data} ({protocol})"


def _draw_confusion(result: EvaluationResult, path: Path) -> None:
    counts = np.array(result.figures.confusion)
    shares = counts / np.maximum(1, counts.sum(axis=1, keepdims=True))
    side = 1.6 + 0.8 * len(result.labels)
    drawing, axes = figures("Confusion matrix", 1, 2, size=(2 * side + 1, side))
    panels = (("tweets", counts, "{:,.0f}"), ("share of the true label", shares, "{:.1%}"))
    for panel, (title, values, pattern) in zip(axes, panels, strict=True):
        # By shares in both: by counts, a rare class would be blank.
        panel.imshow(shares, cmap="Blues", vmin=0, vmax=1)
        ticks = range(len(result.labels))
        names = [printable(label) for label in result.labels]
        panel.set_xticks(ticks, names, rotation=20, ha="right", rotation_mode="anchor")
        panel.set_yticks(ticks, names)
        panel.set(title=title, xlabel="decided label", ylabel="true label")
        panel.grid(visible=False)
        for row in ticks:
            for column in ticks:
                colour = "white" if shares[row, column] > _DARK else "black"
                text = pattern.format(values[row, column])
                panel.text(column, row, text, ha="center", va="center", color=colour)
    _say_of_what(drawing, result)
    save(drawing, path)


def _draw_roc(result: EvaluationResult, path: Path) -> None:
    drawing, axes = figure("ROC", "false positive rate", "true positive rate", size=(6.5, 6.0))
    axes.plot([0, 1], [0, 1], color="grey", linewidth=1, linestyle=(0, (1, 3)), label="a constant, area .5")
    for index, classified in enumerate(result.figures.per_class):
        if classified.auc is not None and (values := result.curves.roc.get(classified.label)):
            _line(axes, index, result.curves.grid, values, f"{classified.label}, area {_shown(classified.auc)}")
    _unit_square(axes)
    axes.legend(loc="lower right")
    _say_of_what(drawing, result)
    save(drawing, path)


def _draw_precision_recall(result: EvaluationResult, path: Path) -> None:
    drawing, axes = figure("Precision and recall", "recall", "precision", size=(6.5, 6.0))
    for index, classified in enumerate(result.figures.per_class):
        values = result.curves.precision_recall.get(classified.label)
        if classified.average_precision is None or not values:
            continue
        label = f"{classified.label}, average precision {_shown(classified.average_precision)}"
        _line(axes, index, result.curves.grid, values, label)
        axes.axhline(
            classified.tweets / result.figures.tweets, color=COLOURS[index], linewidth=0.9, linestyle=(0, (1, 3))
        )
    axes.plot([], [], color="grey", linewidth=0.9, linestyle=(0, (1, 3)), label="share of the class: a constant")
    _unit_square(axes)
    axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=1)
    _say_of_what(drawing, result)
    save(drawing, path)


def _draw_reliability(result: EvaluationResult, path: Path) -> None:
    binary = len(result.labels) == _BINARY
    what = f"probability of {result.labels[0]}" if binary else "probability of the most probable label"
    error = _shown(result.figures.expected_calibration_error)
    drawing, (above, below) = figures("Reliability", 2, 1, size=(6.5, 7.0))
    filled = [found for found in result.curves.reliability if found.tweets]
    above.plot([0, 1], [0, 1], color="grey", linewidth=1, linestyle=(0, (1, 3)), label="perfectly calibrated")
    predicted = [found.predicted or 0.0 for found in filled]
    actual = [found.actual or 0.0 for found in filled]
    above.plot(predicted, actual, color=COLOURS[0], linewidth=0.8)
    # The larger, the more tweets: a bin of one tweet says next to nothing.
    sizes = [12 + 14 * float(np.log10(found.tweets)) for found in filled]
    label = f"by bin; expected calibration error {error}"
    above.scatter(predicted, actual, s=sizes, color=COLOURS[0], zorder=3, label=label)
    _unit_square(above, equal=False)
    above.set(xlabel=f"mean predicted {what}", ylabel="how often it was so")
    above.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0))
    bins = result.curves.reliability
    below.bar(
        [found.low for found in bins],
        [found.tweets for found in bins],
        width=[found.high - found.low for found in bins],
        align="edge",
        color=COLOURS[0],
        edgecolor="white",
    )
    below.set_yscale("symlog", linthresh=1)
    below.set(xlim=(0, 1), xlabel=f"predicted {what}", ylabel="tweets (log scale)")
    below.set_ylim(bottom=0)
    _say_of_what(drawing, result)
    save(drawing, path)


def _draw_slices(result: EvaluationResult, path: Path) -> None:
    binary = result.figures.binary
    what = f"F1 of {binary.positive}" if binary else "macro-F1 over the labels that occur"
    overall = binary.f1 if binary else result.figures.macro_f1
    drawing, axes = figure("Where it fails", what, "", size=(8.5, 1.6 + 0.32 * len(result.slices)))
    names, at = [], 0.0
    previous = ""
    places = []
    for found in result.slices:
        score = found.f1_positive if binary else found.macro_f1
        if score is None:
            continue
        at += 1.6 if found.by != previous and previous else 1.0
        previous = found.by
        places.append(at)
        names.append(f"{found.title} ({found.tweets:,})")
        axes.plot([score.low, score.high], [at, at], color=COLOURS[0], linewidth=2.5, alpha=0.45)
        axes.plot([score.value], [at], color=COLOURS[0], marker="o", markersize=5)
    axes.axvline(overall.value, color=COLOURS[1], linestyle="--", label=f"all tweets: {_shown(overall)}")
    axes.set_yticks(places, names)
    axes.set_ylabel("tweets of a kind (how many)")
    axes.set_xlim(0, 1)
    axes.invert_yaxis()
    axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0))
    _say_of_what(drawing, result)
    save(drawing, path)


def _say_of_what(drawing: "Figure", result: EvaluationResult) -> None:
    """Add to the title, in a line of its own, because names are long."""
    title = f"{drawing.get_suptitle()}\n{printable(describe(result))}"
    drawing.suptitle(title, fontsize=12, fontweight="bold")


def _line(axes: "Axes", index: int, xs: tuple[float, ...], ys: tuple[float, ...], label: str) -> None:
    colour, style = COLOURS[index % len(COLOURS)], _LINES[index % len(_LINES)]
    axes.plot(xs, ys, color=colour, linestyle=style, label=printable(label))


def _unit_square(axes: "Axes", *, equal: bool = True) -> None:
    axes.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02))
    if equal:
        axes.set_aspect("equal")


def _shown(estimate: Estimate) -> str:
    return f"{estimate.value:.3f} ({estimate.low:.3f} to {estimate.high:.3f})"

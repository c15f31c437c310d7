"""Figures, runs and marks as a page words them."""

import textwrap
from collections.abc import Iterable

from training.evaluation.result import Difference, Estimate, EvaluationResult, Protocol
from training.report.collect import Candidate
from training.report.measures import STUDY_MEASURES, estimate, title

_NOTHING = "-"
MARK = " †"
"""Stands by what was not trained in full."""
_SECONDS_A_MINUTE = 60
_COLUMNS = 120


def three(value: float) -> str:
    """Word a figure."""
    return f"{value:.3f}"


def percent(share: float) -> str:
    """Word a share."""
    return f"{100 * share:.1f} %"


def paragraph(text: str) -> str:
    """Fill lines anew: a template's numbers are shorter than what stands for them."""
    return textwrap.fill(" ".join(text.split()), _COLUMNS, break_long_words=False, break_on_hyphens=False)


def code(name: str) -> str:
    """Set a name as Markdown's code."""
    return f"`{name}`"


def cells(*texts: str | Iterable[str]) -> str:
    """Word a row of a Markdown table, each text a cell."""
    flat = [part for text in texts for part in ([text] if isinstance(text, str) else text)]
    return f"| {' | '.join(flat)} |"


def rule(columns: int) -> str:
    """Word the line below a table's header."""
    return "|" + "---|" * columns


def interval(found: Estimate | None) -> str:
    """Word a figure with its interval; a dash for one that is undefined."""
    return _NOTHING if found is None else f"{found.value:.3f} ({_short(found.low)} to {_short(found.high)})"


def difference(found: Difference) -> str:
    """Word a difference with its interval."""
    return f"{found.value:+.3f} ({found.low:+.3f} to {found.high:+.3f})"


def majority(result: EvaluationResult) -> float:
    """Accuracy of giving every tweet the most common label."""
    return max(map(sum, result.figures.confusion)) / result.figures.tweets


def in_full(row: Candidate, result: EvaluationResult) -> bool:
    """Say whether a result is of all the training tweets and epochs that the preset asks for."""
    asked = row.preset.fit.max_epochs if row.preset else 0
    return result.subset == 1 and (result.max_epochs is None or result.max_epochs >= asked)


def mark(row: Candidate, protocol: Protocol) -> str:
    """Return the mark of a row's result, or nothing."""
    return "" if in_full(row, row.results[protocol]) else MARK


def study_figures(row: Candidate) -> str:
    """Word what the study says of a row."""
    return "<br>".join(f"{figure.measure} {figure.value:g}" for figure in row.study) or _NOTHING


def cell(row: Candidate, protocol: Protocol, headline: str) -> str:
    """Word a row's result in the main table: the headline, then the study's own measures."""
    result = row.results.get(protocol)
    if result is None:
        return "not run"
    theirs = dict.fromkeys(STUDY_MEASURES[figure.measure] for figure in row.study)
    measures = [headline, *(measure for measure in theirs if measure != headline)]
    lines = [f"{title(measure)} {interval(estimate(measure, result.figures))}" for measure in measures]
    return "<br>".join([f"**{lines[0]}**{mark(row, protocol)}", *lines[1:]])


def extent(result: EvaluationResult) -> str:
    """Word how much was trained on."""
    counts = [fold.train for fold in result.folds]
    tweets = f"{min(counts):,}" if min(counts) == max(counts) else f"{min(counts):,} to {max(counts):,}"
    share = "" if result.subset == 1 else f"{100 * result.subset:g} % of the training part: "
    return f"{share}{tweets} tweets{_each(result)}"


def epochs(row: Candidate, result: EvaluationResult) -> str:
    """Word how many epochs each fold took, and how many it was allowed."""
    if row.preset is None:
        return _NOTHING
    asked = row.preset.fit.max_epochs
    allowed = min(asked, result.max_epochs or asked)
    usual = f", the preset {asked}" if allowed < asked else ""
    return f"{', '.join(str(fold.epochs) for fold in result.folds)} (at most {allowed}{usual})"


def machine(result: EvaluationResult) -> str:
    """Word on what it was trained."""
    return f"{result.device}, {result.cores} {'core' if result.cores == 1 else 'cores'}"


def minutes(result: EvaluationResult) -> str:
    """Word how long the training of all folds took."""
    total = sum(fold.seconds for fold in result.folds) / _SECONDS_A_MINUTE
    return f"{total:.1f}" if total >= 1 else "under 1"


def remarks(runs: Iterable[tuple[Candidate, EvaluationResult]]) -> list[tuple[str, str]]:
    """Return each note of the results once, with the rows that it is about."""
    about: dict[str, list[str]] = {}
    for row, result in runs:
        for note in result.notes:
            about.setdefault(note, []).append(f"`{row.name}`, {result.protocol}")
    return [(note, "; ".join(names)) for note, names in about.items()]


def _short(value: float) -> str:
    return f"{value:.3f}".removeprefix("0")


def _each(result: EvaluationResult) -> str:
    return " a fold" if len(result.folds) > 1 else ""

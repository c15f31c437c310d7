"""A study's page, from its notes and results."""

from collections.abc import Mapping, Sequence
from functools import partial
from importlib.resources import files

from jinja2 import Environment, StrictUndefined

from training.data.datasets import DatasetName
from training.evaluation.result import EvaluationResult, Protocol
from training.report import wording
from training.report.collect import PROTOCOLS, Candidate
from training.report.measures import estimate, title
from training.report.notes import Finding, Notes, NotRun

UNEXPLAINED = "not yet"
_BINARY = 2
_WORDED = ("cells", "rule", "code", "study_figures", "mark", "extent", "epochs", "minutes", "machine")
_READING = """
In parentheses: bootstrap 95 % intervals, over the scored tweets. The study's split has near-duplicates of its training
tweets in its test part{leak}, so its column flatters. In the last column no cluster of near-duplicates spans two folds,
one tweet a cluster is scored, and whatever is chosen (when to stop, {threshold}which words to know) is chosen inside
the training folds. † marks what was not trained in full: see [what was run](#what-was-run).
"""
_LEGEND = """
AUC: area under the ROC curve; macro: each class against the rest, then the mean; flat: over all pairs of a tweet and a
class, which rewards knowing the class shares. AP: average precision. ECE: expected calibration error, the lower the
better.
"""
_ANSWERS = """
Of the answers: the mean over the labels that are one, so without `i can't tell`, whose tweets still count; published
figures are often those.
"""


def page(
    study: DatasetName,
    notes: Notes,
    candidates: Sequence[Candidate],
    results: Mapping[str, EvaluationResult],
    *,
    picture: str | None,
) -> str:
    """Return the page in Markdown. picture: path of the headline's picture, as seen from the page."""
    environment = markdown_templates()
    environment.filters |= {
        "f3": wording.three,
        "percent": wording.percent,
        "paragraph": wording.paragraph,
        "measure_title": title,
        "interval": wording.interval,
        "majority": wording.majority,
    }
    environment.globals["below"] = partial(_below, notes, candidates)
    labels = next((result.labels for result in results.values()), ())
    runs = [(row, row.results[protocol]) for row in candidates for protocol in PROTOCOLS if protocol in row.results]
    template = environment.from_string((files("training.report") / "page.md.jinja").read_text(encoding="utf-8"))
    text: str = template.render(
        study=study,
        notes=notes,
        candidates=candidates,
        picture=picture,
        headline=title(notes.headline),
        labels=labels,
        binary=len(labels) == _BINARY or notes.headline == "f1",
        classes=len(labels) > _BINARY and _having(candidates, "grouped"),
        best=_best(notes, candidates),
        reading=_READING.format(leak=_leak(candidates), threshold="the threshold, " if notes.headline == "f1" else ""),
        legend=_LEGEND + (_ANSWERS if "answers_macro_f1" in notes.measures else ""),
        findings=[_filled(finding, environment, results) for finding in notes.findings],
        runs=runs,
        remarks=wording.remarks(runs),
        gaps=_gaps(notes, candidates),
        with_result=partial(_having, candidates),
        cell=partial(wording.cell, headline=notes.headline),
        figures=partial(_figures, notes),
        class_figures=_class_figures,
        **{name: getattr(wording, name) for name in _WORDED},
    )
    return text


def markdown_templates() -> Environment:
    """Return what fills the templates of pages."""
    return Environment(
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701 - Markdown from our own files
    )


def _having(candidates: Sequence[Candidate], protocol: Protocol) -> list[Candidate]:
    return [row for row in candidates if protocol in row.results]


def _figures(notes: Notes, row: Candidate, protocol: Protocol) -> list[str]:
    figures = row.results[protocol].figures
    return [wording.interval(estimate(measure, figures)) for measure in notes.measures]


def _class_figures(row: Candidate, protocol: Protocol) -> list[str]:
    per_class = row.results[protocol].figures.per_class
    return [f"{wording.three(found.f1.value)} ({wording.three(found.recall.value)})" for found in per_class]


def _headline(notes: Notes, row: Candidate) -> float:
    found = estimate(notes.headline, row.results["grouped"].figures)
    return found.value if found else 0.0


def _best(notes: Notes, candidates: Sequence[Candidate]) -> Candidate | None:
    presets = [row for row in _having(candidates, "grouped") if row.preset]
    return max(presets, key=partial(_headline, notes), default=None)


def _leak(candidates: Sequence[Candidate]) -> str:
    """Word how many of the scored tweets have a near-duplicate in training, over the candidates' splits."""
    shares = {row.results["study"].twins_in_training for row in candidates if "study" in row.results} - {None}
    worded = sorted({wording.percent(share) for share in shares if share is not None})
    return f" ({' to '.join(dict.fromkeys((worded[0], worded[-1])))} of it)" if worded else ""


def _below(notes: Notes, candidates: Sequence[Candidate], floor: str) -> str:
    """Word which networks stay below another candidate's headline, grouped."""
    least = next(_headline(notes, row) for row in candidates if row.name == floor)
    networks = [row for row in _having(candidates, "grouped") if row.preset]
    count = sum(_headline(notes, row) < least for row in networks)
    return f"Below its {title(notes.headline)}: {count} of the {len(networks)} networks that were scored so."


def _filled(finding: Finding, environment: Environment, results: Mapping[str, EvaluationResult]) -> Finding:
    there = all(name in results for name in finding.needs)
    measured = environment.from_string(finding.measured).render(results=results) if there else ""
    return finding.model_copy(update={"measured": measured})


def _gaps(notes: Notes, candidates: Sequence[Candidate]) -> list[NotRun]:
    """Return every gap of the main table with its reason."""
    why = {(gap.name, gap.protocol): gap.why for gap in notes.not_run}
    return [
        NotRun(name=row.name, protocol=protocol, why=why.get((row.name, protocol), UNEXPLAINED))
        for row in candidates
        for protocol in PROTOCOLS
        if protocol not in row.results
    ]

"""``docs/quality.md``: what the flagships aimed at, what they reached, and what each part of their recipes adds."""

import json
import tomllib
from collections.abc import Iterator, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Final, NamedTuple

from pydantic import NonNegativeInt

from model.errors import UsageError
from model.strict import Strict
from training.data.datasets import DatasetName
from training.evaluation.result import Estimate
from training.flagship.ablation import SUFFIX as ABLATION
from training.flagship.ablation import VECTORS
from training.flagship.checks import AGAIN, LEAKY, SHUFFLED, UNLIKE, curve_name
from training.flagship.elsewhere import SUFFIX
from training.flagship.scores import ScoreFile, Scores
from training.output import whole_file
from training.report import wording
from training.report.flagships import read_flagship
from training.report.page import markdown_templates
from training.report.report import check_replaceable

_TITLES: Final = {
    "linear": "TF-IDF and logistic regression, which also teaches (the floor)",
    "encoder": "fine-tuned MiniLM, the other teacher",
    "ensemble": "both teachers together",
    "wide": "the student as it is trained",
    "student": "the student, its word vectors narrowed: **the flagship**",
}
_VECTORS: Final = "... and word vectors that start at MiniLM's"
_ADDED: Final = {
    "linear": "TF-IDF and logistic regression (the floor)",
    "labels": "student of the training tweets' labels",
    "soft": "... of what the teachers say of them",
    "unlabelled": "... and of tweets without labels",
    "some-copies": "... and of a quarter of the altered copies",
    "copies": "... and of all altered copies",
    VECTORS: _VECTORS,
    "wide": "... and weights of their own for runs of words",
    "student": "... made narrower: **the flagship**",
    "ensemble": "its teachers",
}
_GUARDED: Final = {
    "linear": "the linear model, as it is judged everywhere",
    SHUFFLED: "the same, learning and judged by shuffled labels",
    AGAIN: "on tweets that were posted more than once, none of which it has seen",
    LEAKY: "on those, their near-duplicates put back into training",
    f"linear{UNLIKE}": "on tweets that hardly resemble any of another fold",
    f"student{UNLIKE}": "the flagship on those",
}
_CURVES: Final = {"linear": "linear model", "encoder": "MiniLM", "ensemble": "both"}
_SHARES: Final = {8: "an eighth", 4: "a quarter", 2: "half", 1: "all"}
_NOTHING: Final = "-"
_STUDY: Final = ".study"


class Goal(Strict):
    """A figure that is aimed at."""

    figure: str
    on: str = ""
    """Where it is measured, if not in the folds: on the study's split."""
    study: str = _NOTHING
    published: str = _NOTHING
    aim: float
    suspect: float | None = None
    below: bool = False


class Cause(Strict):
    """Why mistakes were made, of those that were read."""

    cause: str
    count: NonNegativeInt


class Task(Strict):
    """One flagship's part of the page."""

    task: DatasetName
    title: str
    goals: tuple[Goal, ...]
    speed: str = ""
    """And size: goals that the benchmark is about."""
    added: str = ""
    """Of what each part of the recipe adds."""
    elsewhere: str = ""
    """Of the tweets on other topics."""
    guarded: str = ""
    """Of what the protocol guards against."""
    curve: str = ""
    """Of the learning curve."""
    tried: tuple[str, ...] = ()
    mistakes: tuple[Cause, ...] = ()
    ceiling: str = ""


class Notes(Strict):
    """What the page says that no result file knows."""

    intro: str
    tasks: tuple[Task, ...]


class Row(NamedTuple):
    """A candidate's."""

    title: str
    figures: list[str]
    tweets: str
    """How many it is judged by."""


class Share(NamedTuple):
    """What teachers reach with a share of the training tweets."""

    title: str
    figures: list[str]


def write_quality(scores: Path, out: Path) -> Path:
    """Write the page from a flagship's scores (:func:`read_flagship`); return its path.

    A task without any is left out. Raises UsageError if ``out`` is something else, or a file is no scores file.
    """
    check_replaceable(out)
    notes = load_notes()
    found = [(task, read_flagship(scores, task.task)) for task in notes.tasks]
    pages = [(task, one) for task, one in found if one is not None]
    if not pages:
        raise UsageError(f"{scores} has no {notes.tasks[0].task}.json: give the directory of the flagships' scores")
    with whole_file(out, overwrite=True) as file:
        file.write(_page(notes, pages))
    return out


def load_notes() -> Notes:
    """Read the notes."""
    text = (files("training.report") / "quality.toml").read_text(encoding="utf-8")
    return Notes.model_validate_json(json.dumps(tomllib.loads(text)))


def _page(notes: Notes, pages: list[tuple[Task, ScoreFile]]) -> str:
    environment = markdown_templates()
    environment.filters["paragraph"] = wording.paragraph
    template = environment.from_string((files("training.report") / "quality.md.jinja").read_text(encoding="utf-8"))
    text: str = template.render(
        notes=notes,
        pages=pages,
        goals=lambda task, scores: list(_goals(task, scores)),
        names=lambda scores: list(_of(scores, "student").named),
        candidates=lambda scores: list(_rows(scores)),
        beyond=lambda scores: [wording.difference(one) for one in scores.over_linear.values()],
        elsewhere=lambda scores: list(_rows(scores, suffix=SUFFIX)),
        added=lambda scores: list(_rows(scores, _added(scores), suffix=ABLATION)),
        ablated=lambda scores: _of(scores, f"student{ABLATION}").all_labels.tweets,
        guarded=lambda scores: list(_rows(scores, _GUARDED)) if _has(scores, SHUFFLED) else [],
        curve=lambda scores: list(_curve(scores)),
        curves=list(_CURVES.values()),
        scored=lambda scores: _of(scores, "student").all_labels.tweets,
        answered=_answered,
        judged=lambda scores: _of(scores, f"student{SUFFIX}").all_labels.tweets,
        cells=wording.cells,
        rule=wording.rule,
    )
    return text


def _of(scores: ScoreFile, name: str) -> Scores:
    found = next((one for one in scores.scores if one.candidate == name), None)
    if found is None:
        raise UsageError(f"the scores of {scores.task} have no {name}: run 'warble-train flagship' to its end")
    return found


def _answered(scores: ScoreFile) -> int | None:
    """Count the tweets that have an answer; None where every label is one."""
    found = _of(scores, "student").without_no_answer
    return None if found is None else found.tweets


def _has(scores: ScoreFile, name: str) -> bool:
    return any(one.candidate == name for one in scores.scores)


def _rows(scores: ScoreFile, titles: Mapping[str, str] = _TITLES, *, suffix: str = "") -> Iterator[Row]:
    there = {one.candidate: one for one in scores.scores}
    for name, title in titles.items():
        if (one := there.get(f"{name}{suffix}")) is not None:
            shown = one.without_no_answer or one.all_labels
            yield Row(title, [wording.interval(found) for found in one.named.values()], f"{shown.tweets:,}")


def _added(scores: ScoreFile) -> Mapping[str, str]:
    """Return what the ablated students add; where none lacks n-grams only, it is the whole one that adds vectors."""
    return _ADDED if _has(scores, f"{VECTORS}{ABLATION}") else _ADDED | {"wide": _VECTORS}


def _curve(scores: ScoreFile) -> Iterator[Share]:
    """Yield what the teachers reach with parts of the training tweets, by the figure that comes first."""
    there = {one.candidate: next(iter(one.named.values())) for one in scores.scores}
    for parts, share in _SHARES.items():
        found = [there.get(curve_name(teacher, parts)) for teacher in _CURVES]
        if any(found):
            yield Share(share, [wording.interval(one) for one in found])


def _goals(task: Task, scores: ScoreFile) -> Iterator[list[str]]:
    for goal in task.goals:
        suffix = _STUDY if goal.on else ""
        ours, floor = (_of(scores, f"{name}{suffix}").named.get(goal.figure) for name in ("student", "linear"))
        yield [
            f"{goal.figure}, on {goal.on}" if goal.on else goal.figure,
            goal.study,
            goal.published,
            wording.interval(floor),
            f"{'below' if goal.below else 'at least'} {goal.aim:g}",
            f"**{wording.interval(ours)}**",
            _verdict(goal, ours),
            _NOTHING if goal.suspect is None else f"{goal.suspect:g}",
        ]


def _verdict(goal: Goal, found: Estimate | None) -> str:
    if found is None:
        return _NOTHING
    short = found.value - goal.aim if goal.below else goal.aim - found.value
    reached = short < 0 if goal.below else short <= 0
    return "yes" if reached else f"no, by {short:.3f}"

"""``scores.json``: the figures that the goals name, each with its interval, of everything that answered the folds."""

from dataclasses import replace
from typing import Final

import numpy as np
from pydantic import Field

from model.strict import Strict
from training.data.datasets import DatasetName
from training.evaluation.oof import Oof
from training.evaluation.recompute import NO_ANSWER, RECALL_ASKED, differences, figures
from training.evaluation.result import Difference, Estimate, Figures, indented
from training.precision import Precision

FILE_NAME: Final = "scores.json"
PARTIAL_FILE_NAME: Final = "scores-of-folds.json"
"""Of what some folds have beside a whole run's scores; another name, so that neither replaces the other."""


class Scores(Strict):
    """What one candidate scored."""

    candidate: str
    all_labels: Figures
    without_no_answer: Figures | None
    """Over the tweets with another label than "i can't tell", its probability taken out and the rest made to sum to 1:
    how published figures on the brand tweets are made. None where every label is an answer."""

    @property
    def named(self) -> dict[str, Estimate | None]:
        """The figures of the goals, by their names."""
        if (binary := self.all_labels.binary) is not None:
            return {
                f"F1 of {binary.positive}": binary.f1,
                f"average precision of {binary.positive}": binary.average_precision,
                f"precision at recall {binary.recall_asked:g}": binary.precision_at_recall,
                "calibration error": self.all_labels.expected_calibration_error,
            }
        shown = self.without_no_answer or self.all_labels
        classes = f", {len(shown.per_class)} classes"
        found: dict[str, Estimate | None] = {
            f"macro-F1{classes}": shown.macro_f1,
            f"accuracy{classes}": shown.accuracy,
            f"macro ROC-AUC{classes}": shown.auc_macro,
        }
        found |= {f"F1 of {one.label}{classes}": one.f1 for one in shown.per_class}
        return found | {
            f"calibration error{classes}": shown.expected_calibration_error,
            "calibration error, all labels": self.all_labels.expected_calibration_error,
            "flat ROC-AUC, all labels": self.all_labels.auc_flat,
        }


class ScoreFile(Strict):
    """All candidates of a task."""

    recipe: str
    recipe_digest: str
    """SHA-256 of what it says."""
    task: DatasetName
    data_digest: str
    """SHA-256 of the labelled file."""
    folds: int
    seed: int
    precision: Precision
    """In which networks learnt and answered."""
    notes: tuple[str, ...]
    scores: tuple[Scores, ...]
    over_linear: dict[str, Difference] = Field(default_factory=dict)
    """By how much the student's figures exceed the linear model's, on the same tweets; empty where there is none."""

    def with_more(self, other: "ScoreFile") -> "ScoreFile":
        """Add the candidates of another run at the same folds of the same tweets.

        Raises ValueError for others, for another task or recipe, and for a candidate that is there already.
        """
        for name in ("recipe", "recipe_digest", "task", "data_digest", "folds", "seed", "precision"):
            ours, theirs = getattr(self, name), getattr(other, name)
            if ours != theirs:
                raise ValueError(f"its {name} is {theirs}, that of the others {ours}")
        there = {one.candidate for one in self.scores}
        if twice := [one.candidate for one in other.scores if one.candidate in there]:
            raise ValueError(f"{twice[0]} is among the others")
        return self.model_copy(update={"notes": (*self.notes, *other.notes), "scores": (*self.scores, *other.scores)})

    def to_json(self) -> str:
        """Write the file: indented, but a list of numbers is one line."""
        return indented(self.model_dump(mode="json"))


def scored(candidate: str, oof: Oof) -> Scores:
    """Make a candidate's figures from what it answered."""
    answered = without_no_answer(oof) if NO_ANSWER in oof.labels else None
    return Scores(
        candidate=candidate,
        all_labels=figures(oof),
        without_no_answer=None if answered is None else figures(answered),
    )


def compared(one: Oof, other: Oof) -> dict[str, Difference]:
    """Tell by how much one's figures of the goals exceed the other's, by their names in :attr:`Scores.named`."""
    if NO_ANSWER in one.labels:
        one, other = without_no_answer(one), without_no_answer(other)
    if one.binary:
        named = {
            f"F1 of {one.labels[0]}": "f1 0",
            f"average precision of {one.labels[0]}": "average_precision 0",
            f"precision at recall {RECALL_ASKED:g}": "precision_at_recall",
        }
    else:
        classes = f", {len(one.labels)} classes"
        named = {
            f"macro-F1{classes}": "macro_f1",
            f"accuracy{classes}": "accuracy",
            f"macro ROC-AUC{classes}": "auc_macro",
            **{f"F1 of {label}{classes}": f"f1 {index}" for index, label in enumerate(one.labels)},
        }
    found = differences(one, other)
    return {name: difference for name, key in named.items() if (difference := found[key]) is not None}


def without_no_answer(oof: Oof) -> Oof:
    """Drop the tweets labelled "i can't tell" and its probability; the others' are made to sum to 1 again.

    A tweet whose whole probability was on that label gets the same one for all others.
    """
    gone = oof.labels.index(NO_ANSWER)
    kept = oof.taken(oof.target != gone)
    rest = np.delete(kept.probabilities, gone, axis=1)
    total = rest.sum(axis=1, keepdims=True)
    even = np.full_like(rest, 1 / rest.shape[1])
    return replace(
        kept,
        labels=tuple(label for label in oof.labels if label != NO_ANSWER),
        target=kept.target - (kept.target > gone),
        probabilities=np.where(total > 0, rest / np.where(total > 0, total, 1), even),
    )

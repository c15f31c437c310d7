"""The figures of a result that a page quotes, by name."""

from collections.abc import Callable, Mapping
from typing import Final

from training.evaluation.result import AnswerFigures, BinaryFigures, ClassFigures, Estimate, Figures


def _binary(figures: Figures) -> BinaryFigures:
    if figures.binary is None:
        raise TypeError("this is a figure of tasks with two labels")
    return figures.binary


def _positive(figures: Figures) -> ClassFigures:
    label = _binary(figures).positive
    return next(found for found in figures.per_class if found.label == label)


def _answers(figures: Figures) -> AnswerFigures:
    if figures.answers is None:
        raise TypeError("this is a figure of tasks in which a label is no answer")
    return figures.answers


MEASURES: Final[Mapping[str, tuple[str, Callable[[Figures], Estimate | None]]]] = {
    "accuracy": ("accuracy", lambda figures: figures.accuracy),
    "macro_f1": ("macro-F1", lambda figures: figures.macro_f1),
    "answers_macro_f1": ("macro-F1 of the answers", lambda figures: _answers(figures).macro_f1),
    "auc_macro": ("macro AUC", lambda figures: figures.auc_macro),
    "answers_auc_macro": ("macro AUC of the answers", lambda figures: _answers(figures).auc_macro),
    "auc_flat": ("flat AUC", lambda figures: figures.auc_flat),
    "average_precision_macro": ("macro AP", lambda figures: figures.average_precision_macro),
    "expected_calibration_error": ("ECE", lambda figures: figures.expected_calibration_error),
    "f1": ("F1", lambda figures: _binary(figures).f1),
    "precision": ("precision", lambda figures: _positive(figures).precision),
    "recall": ("recall", lambda figures: _positive(figures).recall),
    "auc": ("AUC", lambda figures: _positive(figures).auc),
    "average_precision": ("AP", lambda figures: _binary(figures).average_precision),
    "precision_at_recall": ("precision at the study's recall", lambda figures: _binary(figures).precision_at_recall),
    "specificity": ("specificity", lambda figures: _binary(figures).specificity),
}
"""Name to its title, and where it is in a result's figures."""

STUDY_MEASURES: Final[Mapping[str, str]] = {
    "accuracy": "accuracy",
    "recall": "recall",
    "macro-F1": "macro_f1",
    "flat AUC": "auc_flat",
    # Ours is of the test part all the same: a validation figure flatters whoever chose by it.
    "flat AUC, validation": "auc_flat",
}
"""What a preset calls the study's measure, to ours."""


def title(measure: str) -> str:
    """Name a measure for people."""
    return MEASURES[measure][0]


def estimate(measure: str, figures: Figures) -> Estimate | None:
    """Return a figure with its interval; None where it is undefined."""
    return MEASURES[measure][1](figures)

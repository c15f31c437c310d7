"""Every figure of an evaluation, from its ``oof.csv`` alone; there is no other way in which figures are made.

Figures of decisions (accuracy, F1, confusion matrix, ...) are over all scored tweets at once. Figures of a ranking
(areas, average precision, precision at a recall) are made within each fold and averaged, because the folds' networks
are different ones whose probabilities need not be comparable (Forman and Scholz, "Apples-to-apples in
cross-validation studies", 2010).
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from training.evaluation import bootstrap, weighted
from training.evaluation.bootstrap import estimates
from training.evaluation.oof import Oof
from training.evaluation.result import AnswerFigures, BinaryFigures, ClassFigures, Difference, Estimate, Figures
from training.evaluation.weighted import Floats, Ranking

RECALL_ASKED: Final = 0.767
"""The recall of the hate study's best network."""
NO_ANSWER: Final = "i can't tell"
"""The label that says nothing about a tweet."""
BINS: Final = 15
"""Of equal width, over which the calibration error is measured (Guo et al., 2017)."""


class Confidence(NamedTuple):
    """What calibration is about: of two labels the probability of the first, of more that of the most probable."""

    predicted: Floats
    """[tweets]"""
    came_true: npt.NDArray[np.bool_]
    """[tweets]"""
    bins: npt.NDArray[np.intp]
    """[tweets] number of the bin, 0 to ``BINS`` - 1; a bin includes its lower edge, the last one also its upper."""


def confidence(oof: Oof) -> Confidence:
    """Take what calibration is measured by."""
    if oof.binary:
        predicted, came_true = oof.probabilities[:, 0], oof.target == 0
    else:
        predicted = oof.probabilities.max(axis=1)
        came_true = oof.probabilities.argmax(axis=1) == oof.target
    bins = np.clip((predicted * BINS).astype(np.intp), 0, BINS - 1)
    return Confidence(predicted, came_true, bins)


def figures(oof: Oof) -> Figures:
    """Make every figure, with its interval."""
    statistics = _Statistics(oof)
    found = estimates(statistics, len(oof))
    per_class = tuple(
        ClassFigures(
            label=label,
            tweets=int((oof.target == index).sum()),
            precision=_defined(found[f"precision {index}"]),
            recall=_defined(found[f"recall {index}"]),
            f1=_defined(found[f"f1 {index}"]),
            auc=found[f"auc {index}"],
            average_precision=found[f"average_precision {index}"],
        )
        for index, label in enumerate(oof.labels)
    )
    confusion = weighted.confusions(oof.target, oof.decided, len(oof.labels), np.ones((1, len(oof))))[0]
    return Figures(
        tweets=len(oof),
        accuracy=_defined(found["accuracy"]),
        macro_f1=_defined(found["macro_f1"]),
        auc_macro=_defined(found["auc_macro"]),
        auc_flat=_defined(found["auc_flat"]),
        average_precision_macro=_defined(found["average_precision_macro"]),
        expected_calibration_error=_defined(found["expected_calibration_error"]),
        per_class=per_class,
        binary=_binary(oof, per_class[0], found) if oof.binary else None,
        answers=_answers(found) if NO_ANSWER in oof.labels else None,
        confusion=tuple(tuple(int(count) for count in row) for row in confusion),
    )


def differences(one: Oof, other: Oof) -> dict[str, Difference | None]:
    """Tell by how much the figures of one exceed the other's, whose tweets are the same in the same order.

    Returns what its statistics are called: ``macro_f1``, ``f1 0`` and so on. Raises ValueError for other tweets.
    """
    if not np.array_equal(one.row, other.row):
        raise ValueError("what is compared must have answered the same tweets")
    return bootstrap.differences(_Statistics(one), _Statistics(other), len(one))


def decision_estimates(oof: Oof) -> dict[str, Estimate]:
    """Make the figures of decisions only: ``accuracy``, ``macro_f1`` and, of each label, ``f1 INDEX``."""

    def statistic(weights: Floats) -> dict[str, Floats]:
        found = _decided(oof, weights)
        names = ("accuracy", "macro_f1", *(f"f1 {index}" for index in range(len(oof.labels))))
        return {name: found[name] for name in names}

    return {name: _defined(estimate) for name, estimate in estimates(statistic, len(oof)).items()}


class _Statistics:
    """All figures under weights; what does not depend on the weights is done once."""

    def __init__(self, oof: Oof) -> None:
        self._oof = oof
        self._confidence = confidence(oof)
        self._places = [np.flatnonzero(oof.fold == fold) for fold in np.unique(oof.fold)]
        classes = len(oof.labels)
        self._rankings = [
            [Ranking(oof.target[places] == index, oof.probabilities[places, index]) for index in range(classes)]
            for places in self._places
        ]
        one_hot = oof.target[:, None] == np.arange(classes)
        self._flat = [Ranking(one_hot[places].ravel(), oof.probabilities[places].ravel()) for places in self._places]

    def __call__(self, weights: Floats) -> Mapping[str, Floats]:
        found = _decided(self._oof, weights)
        classes = range(len(self._oof.labels))
        ranked = {
            name: np.full((len(weights), len(classes), len(self._places)), np.nan)
            for name in ("auc", "average_precision")
        }
        flat = np.full((len(weights), len(self._places)), np.nan)
        at_recall = flat.copy()
        for fold, places in enumerate(self._places):
            drawn = weights[:, places]
            for index in classes:
                counts = self._rankings[fold][index].under(drawn)
                ranked["auc"][:, index, fold] = weighted.roc_area(counts)
                ranked["average_precision"][:, index, fold] = weighted.average_precision(counts)
                if index == 0:
                    at_recall[:, fold] = weighted.precision_at_recall(counts, RECALL_ASKED)
            pairs = np.repeat(drawn, len(classes), axis=1)
            flat[:, fold] = weighted.roc_area(self._flat[fold].under(pairs))
        for name, values in ranked.items():
            of_classes = weighted.mean_of_defined(values)
            found |= {f"{name} {index}": of_classes[:, index] for index in classes}
            found[f"{name}_macro"] = weighted.mean_of_defined(of_classes)
        found |= self._without_no_answer(found)
        found["auc_macro"] = np.where(np.isnan(found["auc_macro"]), weighted.NO_AREA, found["auc_macro"])
        found["auc_flat"] = weighted.mean_of_defined(flat)
        found["precision_at_recall"] = weighted.mean_of_defined(at_recall)
        found["expected_calibration_error"] = weighted.calibration_error(
            self._confidence.bins, self._confidence.predicted, self._confidence.came_true, weights
        )
        return found

    def _without_no_answer(self, found: Mapping[str, Floats]) -> dict[str, Floats]:
        """Average F1 and areas over the other labels, those that do not occur left out."""
        kept = [index for index, label in enumerate(self._oof.labels) if label != NO_ANSWER]
        occurs = [index for index in kept if (self._oof.target == index).any() or (self._oof.decided == index).any()]
        if not occurs:
            nothing = np.full_like(found["accuracy"], np.nan)
            return {"answers_f1": nothing, "answers_auc": nothing}
        return {
            "answers_f1": np.mean([found[f"f1 {index}"] for index in occurs], axis=0),
            "answers_auc": weighted.mean_of_defined(np.stack([found[f"auc {index}"] for index in occurs], axis=1)),
        }


def _decided(oof: Oof, weights: Floats) -> dict[str, Floats]:
    made = weighted.decisions(weighted.confusions(oof.target, oof.decided, len(oof.labels), weights))
    found = {"accuracy": made.accuracy, "macro_f1": made.macro_f1}
    for name in ("precision", "recall", "f1", "specificity"):
        found |= {f"{name} {index}": getattr(made, name)[:, index] for index in range(len(oof.labels))}
    return found


def _answers(found: Mapping[str, Estimate | None]) -> AnswerFigures | None:
    macro_f1, auc_macro = found["answers_f1"], found["answers_auc"]
    if macro_f1 is None or auc_macro is None:
        return None
    return AnswerFigures(without=NO_ANSWER, macro_f1=macro_f1, auc_macro=auc_macro)


def _binary(oof: Oof, positive: ClassFigures, found: Mapping[str, Estimate | None]) -> BinaryFigures:
    return BinaryFigures(
        positive=oof.labels[0],
        f1=positive.f1,
        average_precision=positive.average_precision,
        recall_asked=RECALL_ASKED,
        precision_at_recall=found["precision_at_recall"],
        specificity=_defined(found["specificity 0"]),
    )


def _defined(estimate: Estimate | None) -> Estimate:
    if estimate is None:
        raise ValueError("a figure is undefined that should be defined for any tweets")
    return estimate

"""``metrics.json``: what an evaluation found, and under which conditions; no tweets in it."""

import json
import re
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import Field, NonNegativeFloat, NonNegativeInt, PositiveInt, ValidationError

from model.errors import UsageError
from model.strict import Strict
from training.data.datasets import DatasetName

FILE_NAME: Final = "metrics.json"
FORMAT_VERSION: Final = 1
Share = Annotated[float, Field(ge=0, le=1)]
Protocol = Literal["grouped", "study", "whole"]
"""``grouped``: cross-validation over clusters of near-duplicates, one representative of each scored: the honest one.
``study``: the study's own split, every row of its test part scored; near-duplicates leak from training into it.
``whole``: representatives of the whole file, answered by a finished bundle, which may have been trained on them."""


class Estimate(Strict):
    """A figure with its bootstrap 95 % interval (percentiles over resampled rows)."""

    value: Share
    low: Share
    high: Share


class Difference(Strict):
    """By how much a figure of one exceeds another's, both of the same tweets, with the same kind of interval."""

    value: Annotated[float, Field(ge=-1, le=1)]
    low: Annotated[float, Field(ge=-1, le=1)]
    high: Annotated[float, Field(ge=-1, le=1)]


class ClassFigures(Strict):
    """One class against the rest."""

    label: str
    tweets: NonNegativeInt
    precision: Estimate
    recall: Estimate
    f1: Estimate
    auc: Estimate | None
    """Area under the ROC curve; None if the class does not occur, or nothing else does."""
    average_precision: Estimate | None
    """None if the class does not occur."""


class BinaryFigures(Strict):
    """Of a task with two labels: its first one (``hateful``) against the other."""

    positive: str
    f1: Estimate
    average_precision: Estimate | None
    recall_asked: Share
    precision_at_recall: Estimate | None
    """Best precision at a threshold with at least the recall asked for."""
    specificity: Estimate
    """Share of the other label's tweets that are left alone: TN / (TN + FP). What the hate study calls specificity is
    the recall of ``hateful``."""


class AnswerFigures(Strict):
    """Macro figures without the label that the annotators gave where they could not say; its tweets still count."""

    without: str
    macro_f1: Estimate
    auc_macro: Estimate


class Figures(Strict):
    """Everything that is said about predictions; see ``training.evaluation.recompute`` for how each is made."""

    tweets: PositiveInt
    accuracy: Estimate
    macro_f1: Estimate
    auc_macro: Estimate
    auc_flat: Estimate
    """Over all (tweet, class) pairs at once: rewards knowing the class shares. Never quote it alone."""
    average_precision_macro: Estimate
    expected_calibration_error: Estimate
    per_class: tuple[ClassFigures, ...]
    binary: BinaryFigures | None
    """None for a task of more than two labels."""
    answers: AnswerFigures | None
    """None where every label is an answer. Published figures on the brand tweets are often over the other three."""
    confusion: tuple[tuple[NonNegativeInt, ...], ...]
    """[labels, labels] tweets: row true label, column decided label."""


class ReliabilityBin(Strict):
    """Tweets of about the same predicted probability."""

    low: Share
    high: Share
    tweets: NonNegativeInt
    predicted: Share | None
    """Mean predicted probability; None for an empty bin."""
    actual: Share | None
    """How often it was so."""


class Curves(Strict):
    """Decimated; each the mean of the folds' curves."""

    grid: tuple[Share, ...]
    """What the curves are sampled at: false positive rate or recall."""
    roc: dict[str, tuple[Share, ...]]
    """Label to true positive rates at ``grid``; labels whose curve is undefined are left out."""
    precision_recall: dict[str, tuple[Share, ...]]
    """Label to precisions at recall ``grid``."""
    reliability: tuple[ReliabilityBin, ...]


class Slice(Strict):
    """Some of the tweets, those of one kind."""

    by: str
    """The column of ``oof.csv`` that tells them apart: ``words``, ``unknown_share``, ``retweet``, ``cluster_size`` or
    ``twin_in_training``; ``text`` where only the text does."""
    title: str
    """Which of them these are, in words."""
    tweets: PositiveInt
    accuracy: Estimate
    macro_f1: Estimate
    f1_positive: Estimate | None
    """Of a binary task's first label; None where it does not occur, and for other tasks."""


class FoldRun(Strict):
    """What happened in one fold."""

    fold: NonNegativeInt
    train: NonNegativeInt
    validation: NonNegativeInt
    test: PositiveInt
    epochs: NonNegativeInt
    seconds: NonNegativeFloat
    """Of training."""
    threshold: Share | None
    """Lowest probability of the first of two labels at which a tweet gets it; None for other tasks."""


class EvaluationResult(Strict):
    """One candidate on one data set under one protocol."""

    format_version: Literal[1] = FORMAT_VERSION
    candidate: str
    data: DatasetName
    data_file: str
    """Name, without its directory."""
    data_digest: str
    """SHA-256."""
    protocol: Protocol
    folds: tuple[FoldRun, ...]
    seed: NonNegativeInt
    """Of the folds."""
    subset: Annotated[float, Field(gt=0, le=1)]
    """Share of the training and validation parts that was used."""
    max_epochs: PositiveInt | None
    """What was allowed; None: what the candidate allows itself."""
    tweets: PositiveInt
    """In the file, with a text."""
    clusters: PositiveInt
    """Of near-duplicates among them."""
    twins_in_training: Share | None
    """Share of the scored tweets with a near-duplicate in their fold's training part: the leak. None for a bundle,
    which does not say what it was trained on."""
    labels: tuple[str, ...]
    device: str
    precision: str
    cores: PositiveInt
    versions: dict[str, str]
    notes: tuple[str, ...]
    """What a reader must know before believing the figures."""
    figures: Figures
    curves: Curves
    slices: tuple[Slice, ...]

    def to_json(self) -> str:
        """Write ``metrics.json``: indented, but a list of numbers is one line."""
        return indented(self.model_dump(mode="json"))


def indented(content: dict[str, Any]) -> str:
    """Write JSON: indented, but a list of numbers is one line."""
    text = json.dumps(content, indent=1, ensure_ascii=False)
    return re.sub(r"\[[-+.\deE,\s]*\]", lambda match: " ".join(match[0].split()), text) + "\n"


def read_result(path: Path) -> EvaluationResult:
    """Read a ``metrics.json``. Raises UsageError in one line for what is none."""
    try:
        return EvaluationResult.model_validate_json(path.read_bytes())
    except OSError as error:
        raise UsageError(f"the result file {path} cannot be read: {error.strerror or error}") from None
    except ValidationError as error:
        problem = error.errors(include_url=False, include_context=False)[0]
        place = ".".join(map(str, problem["loc"]))
        raise UsageError(
            f"{path} is no result of 'warble-train evaluate' ({place}: {problem['msg']}): evaluate again"
        ) from None

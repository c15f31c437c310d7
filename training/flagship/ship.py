"""The bundle of a flagship: the student of all tweets, with the figures of the folds' students."""

from pathlib import Path
from typing import Final

from pydantic import JsonValue

from training.evaluation.assemble import threshold_of
from training.evaluation.provenance import versions
from training.flagship.card import Evidence, flagship_card
from training.flagship.export import Naming, export_student
from training.flagship.students import NAME, FoldStudent
from training.reference import reference_of

DIRECTORY: Final = "bundle"


def ship(made: FoldStudent, evidence: Evidence, out: Path) -> Path:
    """Write the bundle of a student of all tweets; it answers as the student does.

    Threshold and reference are of its validation part, all that was held out from it.
    Raises UsageError if something is in the way at ``out``.
    """
    fold, recipe = made.teachers.fold, made.teachers.recipe
    tweets, rows = fold.corpus.tweets, fold.split.validation
    threshold = threshold_of(tweets, fold.split, made.answer())
    texts = fold.texts(rows)
    encoded = [made.student.encoder.encode(text) for text in texts]
    return export_student(
        made.student,
        out,
        Naming(recipe.name, recipe.version, recipe.task, tweets.labels),
        model_card=flagship_card(made, evidence, threshold=threshold, built_with=versions()),
        threshold=threshold,
        metrics=_metrics(evidence),
        reference=reference_of(tweets.labels, encoded, made.student.probabilities(texts), threshold),
    )


def _metrics(evidence: Evidence) -> dict[str, JsonValue]:
    scores = evidence.scores
    own = next(one for one in scores.scores if one.candidate == NAME)
    figures: dict[str, JsonValue] = {
        name: None if estimate is None else estimate.model_dump() for name, estimate in own.named.items()
    }
    return {
        "split": f"grouped {scores.folds}-fold: students made alike, each judged by what it had not seen",
        "tweets": own.all_labels.tweets,
        "figures": figures,
    }

"""A student as a bundle."""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from pydantic import JsonValue

from model.bundle.metadata import Metadata, Threshold
from model.reference import Reference
from training.evaluation.provenance import versions
from training.export import write_checked
from training.flagship.student import Student


class Naming(NamedTuple):
    """What a bundle and its answers are called."""

    name: str
    version: str
    task: str
    labels: tuple[str, ...]
    """Of the columns of the targets, which are in the alphabet's order."""


def export_student(
    student: Student,
    out: Path,
    naming: Naming,
    *,
    model_card: str,
    threshold: float | None = None,
    metrics: Mapping[str, JsonValue] | None = None,
    reference: Reference | None = None,
    overwrite: bool = False,
) -> Path:
    """Write a student's bundle; it answers as :meth:`Student.probabilities` does.

    threshold: lowest probability at which a text gets the first of two labels.
    Returns ``out``. Raises UsageError if something is in the way there, and pydantic's ValidationError for labels or a
    name that no bundle can have.
    """
    metadata = Metadata(
        name=naming.name,
        version=naming.version,
        task=naming.task,
        labels=naming.labels,
        threshold=None if threshold is None else Threshold(label=naming.labels[0], value=threshold),
        prior=tuple(student.prior.tolist()),
        preprocessing=student.preprocessing,
        architecture=student.architecture,
        built_with=versions(),
        metrics=dict(metrics or {}),
        reference=reference,
    )
    return write_checked(
        out,
        metadata=metadata,
        vocabulary=student.vocabulary,
        weights=student.weights,
        model_card=model_card,
        overwrite=overwrite,
    )

"""Results of no evaluation, for pages of tests."""

from pathlib import Path
from typing import Any

from training.data.datasets import DatasetName
from training.evaluation.result import (
    AnswerFigures,
    BinaryFigures,
    ClassFigures,
    Curves,
    Estimate,
    EvaluationResult,
    Figures,
    FoldRun,
    Slice,
)

LABELS: dict[DatasetName, tuple[str, ...]] = {
    "brands": ("i can't tell", "negative", "neutral", "positive"),
    "hate": ("hateful", "not_hateful"),
}


def about(value: float) -> Estimate:
    """A figure with an interval of .02."""
    return Estimate(value=value, low=max(0, value - 0.01), high=min(1, value + 0.01))


def result(data: DatasetName, candidate: str, protocol: str, value: float, **changes: Any) -> EvaluationResult:  # noqa: ANN401
    """A result in which every headline figure is ``value``."""
    labels = LABELS[data]
    per_class = tuple(
        ClassFigures(
            label=label,
            tweets=100,
            precision=about(value - 0.02),
            recall=about(value + 0.03),
            f1=about(value),
            auc=about(0.8),
            average_precision=about(0.7),
        )
        for label in labels
    )
    binary = BinaryFigures(
        positive=labels[0],
        f1=about(value),
        average_precision=about(value + 0.05),
        recall_asked=0.767,
        precision_at_recall=about(0.5),
        specificity=about(0.97),
    )
    size = len(labels)
    fields: dict[str, Any] = {
        "candidate": candidate,
        "data": data,
        "data_file": f"{data}.csv",
        "data_digest": "0" * 64,
        "protocol": protocol,
        "folds": tuple(
            FoldRun(fold=fold, train=700 + fold, validation=80, test=200, epochs=7 + fold, seconds=90.0, threshold=None)
            for fold in range(5 if protocol == "grouped" else 1)
        ),
        "seed": 67,
        "subset": 1.0,
        "max_epochs": None,
        "tweets": 1000,
        "clusters": 900,
        "twins_in_training": 0.0 if protocol == "grouped" else 0.319,
        "labels": labels,
        "device": "cpu",
        "precision": "float32",
        "cores": 2,
        "versions": {"keras": "3.15.1"},
        "notes": (),
        "figures": Figures(
            tweets=100 * size,
            accuracy=about(0.9),
            macro_f1=about(value),
            auc_macro=about(0.75),
            auc_flat=about(0.83),
            average_precision_macro=about(0.6),
            expected_calibration_error=about(0.05),
            per_class=per_class,
            binary=binary if data == "hate" else None,
            answers=(
                AnswerFigures(without=labels[0], macro_f1=about(value + 0.1), auc_macro=about(0.77))
                if data == "brands"
                else None
            ),
            confusion=tuple(tuple(90 if row == column else 0 for column in range(size)) for row in range(size)),
        ),
        "curves": Curves(grid=(0.0, 1.0), roc={}, precision_recall={}, reliability=()),
        "slices": (
            Slice(
                by="words",
                title="1 to 5 words",
                tweets=20,
                accuracy=about(0.5),
                macro_f1=about(0.4),
                f1_positive=about(0.3) if data == "hate" else None,
            ),
        ),
    }
    return EvaluationResult(**(fields | changes))


def write(directory: Path, name: str, written: EvaluationResult) -> Path:
    """Write a result where a report looks for it."""
    path = directory / f"{name}.{written.protocol}.json"
    path.write_text(written.to_json(), encoding="utf-8")
    return path


def brand_results(directory: Path) -> Path:
    """Write results of most of the brand study's rows."""
    for name, value in (("brands-prior", 0.19), ("brands-logistic-weighted", 0.57), ("brands-bilstm", 0.36)):
        for protocol in ("study", "grouped"):
            write(directory, name, result("brands", name, protocol, value))
    write(directory, "brands-bilstm-output-bias", result("brands", "brands-bilstm", "study", 0.185))
    write(
        directory,
        "brands-tfidf",
        result("brands", "brands-tfidf", "study", 0.5, subset=0.25, max_epochs=10, notes=("a quarter of the data",)),
    )
    return directory


def hate_results(directory: Path) -> Path:
    """Write results of some of the hate study's rows."""
    for name, value in (("hate-prior", 0.13), ("hate-logistic", 0.72), ("hate-narrow", 0.65)):
        for protocol in ("study", "grouped"):
            write(directory, name, result("hate", name, protocol, value))
    return directory

"""An evaluation at a glance, for people at a terminal."""

from rich.console import Console
from rich.table import Table

from training.evaluation.drawings import describe
from training.evaluation.result import Estimate, EvaluationResult


def print_result(result: EvaluationResult, console: Console) -> None:
    """Print figures with their intervals, and the notes."""
    figures = result.figures
    table = Table(title=describe(result), title_justify="left", box=None, pad_edge=False)
    table.add_column("figure")
    table.add_column("value", justify="right")
    table.add_column("95 % interval", justify="right")
    overall: tuple[tuple[str, Estimate | None], ...] = (
        ("accuracy", figures.accuracy),
        ("macro-F1", figures.macro_f1),
        ("ROC-AUC, macro", figures.auc_macro),
        ("ROC-AUC, flat (rewards class shares)", figures.auc_flat),
        ("average precision, macro", figures.average_precision_macro),
        ("expected calibration error", figures.expected_calibration_error),
    )
    if (binary := figures.binary) is not None:
        overall += (
            (f"precision at recall {binary.recall_asked:g} of {binary.positive}", binary.precision_at_recall),
            ("specificity, TN / (TN + FP)", binary.specificity),
        )
    if (answers := figures.answers) is not None:
        overall += (
            (f"macro-F1 without '{answers.without}'", answers.macro_f1),
            (f"ROC-AUC, macro, without '{answers.without}'", answers.auc_macro),
        )
    for name, estimate in overall:
        _row(table, name, estimate)
    for found in figures.per_class:
        table.add_section()
        of_class: tuple[tuple[str, Estimate | None], ...] = (
            ("precision", found.precision),
            ("recall", found.recall),
            ("F1", found.f1),
            ("ROC-AUC", found.auc),
            ("average precision", found.average_precision),
        )
        for name, estimate in of_class:
            _row(table, f"{found.label} ({found.tweets:,}): {name}", estimate)
    console.print(table, markup=False, highlight=False)
    for note in result.notes:
        console.print(f"NOTE: {note}", markup=False, highlight=False, soft_wrap=True)


def _row(table: Table, name: str, estimate: Estimate | None) -> None:
    if estimate is None:
        table.add_row(name, "undefined", "")
    else:
        table.add_row(name, f"{estimate.value:.4f}", f"{estimate.low:.4f} to {estimate.high:.4f}")

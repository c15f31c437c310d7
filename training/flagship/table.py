"""A flagship's scores at a glance, for people at a terminal."""

from rich.console import Console
from rich.table import Table

from training.flagship.scores import ScoreFile


def print_scores(scores: ScoreFile, console: Console) -> None:
    """Print the goals' figures of each candidate with their intervals, and the notes."""
    title = f"{scores.task}, recipe {scores.recipe}, grouped {scores.folds}-fold"
    table = Table(title=title, title_justify="left", box=None, pad_edge=False)
    for name in ("candidate", "figure"):
        table.add_column(name)
    for name in ("value", "95 % interval"):
        table.add_column(name, justify="right")
    for one in scores.scores:
        table.add_section()
        for name, estimate in one.named.items():
            if estimate is None:
                table.add_row(one.candidate, name, "undefined", "")
            else:
                table.add_row(
                    one.candidate, name, f"{estimate.value:.4f}", f"{estimate.low:.4f} to {estimate.high:.4f}"
                )
    console.print(table, markup=False, highlight=False)
    for note in scores.notes:
        console.print(f"NOTE: {note}", markup=False, highlight=False, soft_wrap=True)

"""`warble-train quality`: the flagships' page from their scores."""

from pathlib import Path
from typing import Annotated

import typer


def quality_command(
    out: Annotated[Path, typer.Option(help="The page to write, Markdown.")],
    scores: Annotated[
        Path | None,
        typer.Option(help="Directory of TASK.json, each the scores.json of 'warble-train flagship'. Default: ours."),
    ] = None,
) -> None:
    """Write what the flagships aimed at, what they reached, and what each part of their recipes adds.

    All from scores; nothing is trained.
    """
    from training.dependencies import require_training_packages

    require_training_packages()
    from training.report.flagships import packaged_scores
    from training.report.quality import write_quality

    typer.echo(write_quality(scores or packaged_scores(), out))

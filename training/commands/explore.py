"""`warble-train explore`: what a data set holds."""

from pathlib import Path
from typing import Annotated

import typer

from training.commands.options import DataOption
from training.data.datasets import DatasetName


def explore_command(
    name: Annotated[DatasetName, typer.Argument(help="Which data set the file is.", show_default=False)],
    data: DataOption,
    out: Annotated[Path, typer.Option(help="Directory to write.")],
    *,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace an earlier exploration in that directory.")
    ] = False,
) -> None:
    """Explore a data set: classes, words, word clouds, lengths, duplicates, labels that disagree, encoding damage.

    Writes report.html, which needs nothing beside it, the figures as explore.json, and every picture as SVG and PNG
    into pictures/. The directory appears when it is whole.
    """
    from training.dependencies import require_training_packages

    require_training_packages()
    from rich.console import Console

    from training.explore.progress import Steps
    from training.explore.run import explore

    with Steps(Console(stderr=True)) as steps:
        path = explore(name, data, out, steps.begin, overwrite=overwrite)
    typer.echo(path)

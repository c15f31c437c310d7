"""`warble-train evaluate`: how good something is, measured so that the figure can be believed."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from training.commands.options import DataOption, GloveOption, MaxEpochsOption, PrecisionOption, checked_subset
from training.data.splits import MOST_SEED
from training.precision import Precision
from training.weighting import ClassWeighting


class Protocol(StrEnum):
    """Which tweets are scored by what was trained on which."""

    GROUPED = "grouped"
    STUDY = "study"


def evaluate_command(  # noqa: PLR0913, PLR0917 - one parameter an option
    what: Annotated[
        str,
        typer.Argument(
            help="A preset's name or .toml file, a bundle's name or directory, or a baseline: "
            "prior (the classes' shares), logistic (TF-IDF of words and characters), logistic-weighted."
        ),
    ],
    data: DataOption,
    out: Annotated[Path, typer.Option(help="Directory to write.")],
    protocol: Annotated[
        Protocol,
        typer.Option(
            help="grouped: cross-validation in which near-duplicates stay together and count once. "
            "study: the study's own split, into which near-duplicates leak."
        ),
    ] = Protocol.GROUPED,
    folds: Annotated[int | None, typer.Option(min=2, max=100, help="Of a grouped evaluation. Default: 5.")] = None,
    subset: Annotated[
        float, typer.Option(help="Share of the training and validation parts to use; the test parts stay whole.")
    ] = 1.0,
    max_epochs: MaxEpochsOption = None,
    weighting: Annotated[
        ClassWeighting | None, typer.Option(help="Where a preset's class weights go. Default: the preset's.")
    ] = None,
    glove: GloveOption = None,
    precision: PrecisionOption = Precision.AUTO,
    seed: Annotated[
        int | None,
        typer.Option(min=0, max=MOST_SEED, help="Of the folds, and of a preset. Default: 67, and the preset's."),
    ] = None,
    work_dir: Annotated[
        Path | None,
        typer.Option(
            help="Where each fold's answers and checkpoints go; it is kept at the end. "
            "Default: beside the output, with .work appended, and deleted at the end."
        ),
    ] = None,
    *,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an evaluation.")] = False,
) -> None:
    """Evaluate a preset (trained anew in each fold), a bundle or a baseline.

    Writes figures with bootstrap intervals (metrics.json), what was answered for each tweet (oof.csv), the most
    confident mistakes (mistakes.csv) and pictures. Interrupted or killed, the same command goes on where it was.
    """
    from training.runtime import prepare_runtime

    prepare_runtime()
    from rich.console import Console

    from training.evaluation.contenders import Overrides
    from training.evaluation.progress import FoldReporter
    from training.evaluation.run import evaluate
    from training.evaluation.table import print_result
    from training.evaluation.work import Request

    request = Request(
        what=what,
        data=data,
        out=out,
        protocol=protocol.value,
        folds=folds,
        subset=checked_subset(subset),
        overrides=Overrides(seed=seed, weighting=weighting, max_epochs=max_epochs, glove=glove, precision=precision),
        work_dir=work_dir,
        overwrite=overwrite,
    )
    console = Console(stderr=True)
    with FoldReporter(console) as reporter:
        result = evaluate(request, reporter)
    print_result(result, console)
    typer.echo(out)

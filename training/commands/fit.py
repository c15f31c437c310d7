"""`warble-train fit`: from a labelled data file to a bundle."""

from pathlib import Path
from typing import Annotated

import typer

from training.commands.options import DataOption, GloveOption, MaxEpochsOption, PrecisionOption, checked_subset
from training.data.splits import MOST_SEED
from training.precision import Precision
from training.weighting import ClassWeighting


def fit_command(  # noqa: PLR0913, PLR0917 - one parameter an option
    preset: Annotated[str, typer.Argument(help="A preset's name (brands-bilstm), or the path of your own .toml file.")],
    data: DataOption,
    out: Annotated[Path, typer.Option(help="Directory of the bundle to write.")],
    glove: GloveOption = None,
    name: Annotated[str | None, typer.Option(help="The bundle's name. Default: that of its directory.")] = None,
    version: Annotated[str, typer.Option(help="The bundle's version.")] = "1.0.0",
    seed: Annotated[
        int | None, typer.Option(min=0, max=MOST_SEED, help="Initial weights, order, dropout. Default: the preset's.")
    ] = None,
    weighting: Annotated[
        ClassWeighting | None,
        typer.Option(
            help="Where the class weights go: into the loss, where they make rare classes count; into the output "
            "layer's bias, as the study did by mistake; or nowhere. Default: the preset's."
        ),
    ] = None,
    max_epochs: MaxEpochsOption = None,
    subset: Annotated[
        float, typer.Option(help="Share of the training and validation part to use; the test part stays whole.")
    ] = 1.0,
    precision: PrecisionOption = Precision.AUTO,
    work_dir: Annotated[
        Path | None,
        typer.Option(
            help="Where each epoch's checkpoint goes; it is kept at the end. "
            "Default: beside the bundle, with .work appended, and deleted at the end."
        ),
    ] = None,
    *,
    compare: Annotated[
        bool, typer.Option("--compare", help="Train under the other class weightings too, for the model card.")
    ] = False,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace the bundle, and the checkpoint of another run.")
    ] = False,
) -> None:
    """Train a network and write it as a bundle with its model card; a TF-IDF network, with its scores and weights.

    Every epoch ends in a checkpoint. Interrupted or killed, the same command goes on where it was, and ends with the
    same weights as if nothing had happened: a seed decides them entirely.
    """
    from training.runtime import prepare_runtime

    prepare_runtime()
    from rich.console import Console

    from training.fit import Request, fit
    from training.presets.preset import load_preset
    from training.progress import ConsoleReporter

    request = Request(
        preset=load_preset(preset).changed(seed=seed, weighting=weighting, max_epochs=max_epochs),
        data=data,
        glove=glove,
        out=out,
        name=name or out.resolve().name,
        version=version,
        work_dir=work_dir,
        compare=compare,
        overwrite=overwrite,
        subset=checked_subset(subset),
        precision=precision,
    )
    with ConsoleReporter(Console(stderr=True)) as reporter:
        path = fit(request, reporter)
    typer.echo(path)

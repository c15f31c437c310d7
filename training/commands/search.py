"""`warble-train search`: a randomised search over a preset's declared space."""

from pathlib import Path
from typing import Annotated

import typer

from training.commands.options import DataOption, GloveOption, MaxEpochsOption, PrecisionOption, checked_subset
from training.data.splits import MOST_SEED
from training.precision import Precision


def search_command(  # noqa: PLR0913, PLR0917 - one parameter an option
    preset: Annotated[str, typer.Argument(help="A preset's name (hate-base), or the path of your own .toml file.")],
    data: DataOption,
    out: Annotated[Path, typer.Option(help="Directory to write; a search that is there already goes on.")],
    trials: Annotated[int, typer.Option(min=1, max=10_000, help="How many draws.")] = 20,
    folds: Annotated[int, typer.Option(min=2, max=100, help="In how many each is cross-validated.")] = 3,
    subset: Annotated[float, typer.Option(help="Share of each fold's training and validation part to use.")] = 1.0,
    max_epochs: MaxEpochsOption = None,
    seed: Annotated[
        int | None, typer.Option(min=0, max=MOST_SEED, help="Of the draws and the folds. Default: the preset's.")
    ] = None,
    glove: GloveOption = None,
    precision: PrecisionOption = Precision.AUTO,
    *,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Throw a search away that is there.")] = False,
) -> None:
    """Draw optimizers, learning rates and hidden dense layers from the preset's [search], and score each draw.

    Each trial is cross-validated by macro-F1, near-duplicates kept together, inside the training part of the study's
    split: the test part stays unseen. A trial that fails, say because its loss is not finite, is recorded with its
    reason, and the search goes on. Writes trials.csv and the best trial as a preset (best.toml), after every trial.

    Interrupted or killed, the same command goes on where it was. More --trials add to those that are done.
    """
    from training.runtime import prepare_runtime

    prepare_runtime()
    from rich.console import Console

    from training.presets.preset import load_preset
    from training.search.progress import SearchReporter
    from training.search.search import Request, search

    loaded = load_preset(preset)
    request = Request(
        preset=loaded,
        data=data,
        glove=glove,
        out=out,
        trials=trials,
        folds=folds,
        subset=checked_subset(subset),
        max_epochs=max_epochs,
        seed=loaded.seed if seed is None else seed,
        precision=precision,
        overwrite=overwrite,
    )
    with SearchReporter(Console(stderr=True), trials=trials, folds=folds) as reporter:
        best = search(request, reporter)
    typer.echo(best)

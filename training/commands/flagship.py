"""`warble-train flagship`: the recipe of a task's flagship, stage by stage."""

from pathlib import Path
from typing import Annotated

import typer

from training.data.datasets import DatasetName
from training.flagship.stage import Stage
from training.precision import Precision


def flagship_command(  # noqa: PLR0913, PLR0917 - one parameter an option
    task: Annotated[DatasetName, typer.Option(help="Whose flagship.", show_default=False)],
    data: Annotated[
        Path,
        typer.Option(envvar="TWEETS_DATA", help="Directory of the data sets, in which the recipe's files are."),
    ],
    out: Annotated[Path, typer.Option(help="Directory of the scores and the bundle to write.")],
    encoder: Annotated[
        Path, typer.Option(help="Directory of the pretrained encoder, which 'make minilm' fetches.")
    ] = Path("runs/minilm"),
    unlabelled: Annotated[
        Path,
        typer.Option(
            help="Where unlabelled tweets are that are not among the data sets: 'make entity-tweets' fetches some."
        ),
    ] = Path("runs/entity-tweets"),
    recipe: Annotated[
        str | None, typer.Option(help="A recipe's name, or the path of your own .toml file. Default: the task's.")
    ] = None,
    fold: Annotated[
        list[str] | None,
        typer.Option(
            help="Work at this fold only (fold-0, study, final; repeatable), and write no scores but of --ablation "
            "and --checks."
        ),
    ] = None,
    until: Annotated[
        Stage,
        typer.Option(
            help="teach: the folds' teachers are trained and scored. transfer: they label what students learn from, "
            "too. student: the folds' students are trained and scored, too. final: all of it for the study's split, "
            "if the recipe says so, and for all tweets, too, and the bundle."
        ),
    ] = Stage.FINAL,
    precision: Annotated[
        Precision,
        typer.Option(help="bfloat16 computes products in 16 bits. Default: bfloat16 on a GPU, float32 on a CPU."),
    ] = Precision.AUTO,
    work_dir: Annotated[
        Path | None,
        typer.Option(help="Where everything that is made is kept. Default: beside the output, with .work appended."),
    ] = None,
    *,
    ablation: Annotated[
        int,
        typer.Option(
            min=0,
            help="In so many of the folds, train students that lack something, too, to see what each part adds.",
        ),
    ] = 0,
    checks: Annotated[
        bool,
        typer.Option(
            "--checks",
            help="Show what the protocol guards against (shuffled labels, near-duplicates in training), and in the "
            "first fold what teachers learn from fewer tweets.",
        ),
    ] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the scores and the bundle.")] = False,
) -> None:
    """Train a flagship's teachers in each fold on what that fold may know, and its student on what they say.

    Writes the figures of all of them with bootstrap intervals (scores.json), what each answered for each tweet
    (NAME/oof.csv), and the student of all tweets (bundle). Interrupted or killed, the same command goes on where it
    was; what was made on one machine is good on another. KERAS_BACKEND=jax runs the encoder on JAX, --until transfer.
    """
    from training.flagship.keras_runtime import prepare_keras

    prepare_keras()
    from rich.console import Console

    from model.errors import UsageError
    from training.flagship.progress import ConsoleReporter
    from training.flagship.recipe import load_recipe
    from training.flagship.run import Request, run
    from training.flagship.table import print_scores

    loaded = load_recipe(recipe or task)
    if loaded.task != task:
        raise UsageError(f"the recipe {loaded.name!r} is for the task {loaded.task!r}, not {task!r}: give another one")
    request = Request(
        recipe=loaded,
        data=data,
        unlabelled=unlabelled,
        encoder=encoder,
        out=out,
        work_dir=work_dir,
        only=tuple(fold or ()),
        until=until,
        precision=precision,
        overwrite=overwrite,
        ablation=ablation,
        checks=checks,
    )
    console = Console(stderr=True)
    with ConsoleReporter(console) as reporter:
        scores = run(request, reporter)
    if scores is not None:
        print_scores(scores, console)
        typer.echo(out)

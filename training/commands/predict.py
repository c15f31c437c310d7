"""`warble-train predict`: label a file of tweets."""

from pathlib import Path
from typing import Annotated

import typer

from model.engines.choose import DeviceChoice, EngineChoice


def predict_command(  # noqa: PLR0913 - one parameter an option
    file: Annotated[Path, typer.Argument(help="The CSV file of tweets.", show_default=False)],
    bundle: Annotated[str, typer.Option(help="A shipped bundle's name, or a path.")],
    out: Annotated[Path, typer.Option(help="The CSV file to write.")],
    text_column: Annotated[str, typer.Option(help="The column that holds the tweets.")] = "tweet",
    encoding: Annotated[str, typer.Option(help="What the file is encoded in.")] = "utf-8",
    prefix: Annotated[str, typer.Option(help="Put before the name of each column that is added.")] = "",
    engine: Annotated[
        EngineChoice, typer.Option(help="What runs the network; auto: TensorFlow on a GPU, else ONNX.")
    ] = "auto",
    device: Annotated[DeviceChoice, typer.Option(help="Where it runs.")] = "auto",
    *,
    include_text: Annotated[bool, typer.Option("--include-text", help="Write the tweets, too.")] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the file to write.")] = False,
) -> None:
    """Label the tweets of a CSV file, of any size, and write a CSV file (UTF-8), row by row in the same order.

    It has the columns of the input except the tweets, then label, score (the label's probability), the probability of
    each label under its name, empty (true: nothing was left after cleaning, the answer is the bundle's prior) and
    error (why a row has no label; that costs no other row).

    The file appears when it is whole. Interrupted or killed, the command leaves what was there, and starts anew when
    it is run again.
    """
    from rich.console import Console

    from model.classifier import Classifier
    from training.labelling.label import Request, label_file
    from training.labelling.progress import ConsoleReporter

    request = Request(
        file=file,
        out=out,
        text_column=text_column,
        encoding=encoding,
        include_text=include_text,
        prefix=prefix,
        overwrite=overwrite,
    )
    classifier = Classifier.load(bundle, engine=engine, device=device)
    with ConsoleReporter(Console(stderr=True)) as reporter:
        tally = label_file(request, classifier, reporter)
        reporter.end(tally)
    typer.echo(out)

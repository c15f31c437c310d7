"""``warble produce``: send a file of tweets to the input topic."""

from typing import Annotated

import typer

from stream.commands.options import Config
from stream.producing.formats import FileFormat


def produce(
    file: Annotated[str, typer.Argument(help="File to send; - reads standard input.", metavar="FILE")],
    *,
    rate: Annotated[
        float | None, typer.Option(min=0.001, help="Records a second; without it, as fast as the broker takes them.")
    ] = None,
    file_format: Annotated[
        FileFormat | None,
        typer.Option(
            "--format",
            help="text: one tweet a line; jsonl: one record a line, sent as it is; csv: one "
            "tweet a row. Default: by the name's ending; text for standard input.",
        ),
    ] = None,
    column: Annotated[
        str | None, typer.Option(help="CSV: column of the text. Default: the name in WARBLE_INPUT__TEXT_FIELD.")
    ] = None,
    id_column: Annotated[
        str | None, typer.Option(help="CSV: column of the id. Default: the number of the row.")
    ] = None,
    encoding: Annotated[str, typer.Option(help="Encoding of text and CSV files, such as latin-1.")] = "utf-8",
    topic: Annotated[str | None, typer.Option(help="Topic to send to. Default: WARBLE_KAFKA__INPUT_TOPIC.")] = None,
    config: Config = None,
) -> None:
    """Send a file of tweets to the input topic.

    Lines of text and rows of a CSV become records in the format that the worker reads (WARBLE_INPUT__FORMAT), with the
    number of the line or row as id and key. JSON lines go as they are, so that also broken ones can be sent; blank
    ones are passed over. Every record that the broker acknowledged is counted: the closing line on standard output
    gives the number, and what failed is named on standard error (exit code 4). Ctrl-C stops, waits for the open
    answers and reports.
    """
    from model.errors import UsageError
    from stream.logs import quiet_logs
    from stream.producing.records import Layout
    from stream.producing.run import produce_file
    from stream.producing.source import STDIN, check_topic, format_of
    from stream.settings import load_settings

    quiet_logs()
    settings = load_settings(config)
    if topic is not None:
        check_topic(topic)
    chosen = file_format or format_of(file)
    if chosen is not FileFormat.CSV and (column or id_column):
        raise UsageError(f"--column and --id-column need a CSV, {file} is read as {chosen}: give --format csv")
    layout = Layout(
        name="standard input" if file == STDIN else file,
        format=chosen,
        encoding=encoding,
        column=column,
        id_column=id_column,
        default_column=settings.input.text_field.rpartition(".")[2],
    )
    typer.echo(produce_file(settings, file, layout, settings.kafka.input_topic if topic is None else topic, rate))

"""The command line ``warble``."""

import sys

import typer

from model.console import run
from stream.commands import broker, dead, demo, produce, settings, tail, worker
from stream.errors import BrokerError
from stream.redaction import print_exception, redacted

app = typer.Typer(
    name="warble",
    help="Label tweets while they stream past: Kafka to Kafka, nothing lost, nothing twice.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
)
app.command(epilog=settings.EPILOG)(worker.worker)
app.command()(produce.produce)
app.command()(tail.tail)
app.command()(demo.demo)
app.command()(broker.broker)
app.add_typer(dead.app, name="dead")
app.command()(settings.settings)


def main() -> None:
    """Run ``warble``."""
    sys.excepthook = print_exception
    # To destroy a Kafka client that the broker has just fenced may crash it, and cost the exit code.
    run(app, "warble", redacted, at_once={BrokerError.exit_code})

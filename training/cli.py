"""`warble-train`: the program, and which commands it has."""

from typing import NoReturn

import typer

from model.console import run
from training.commands.evaluate import evaluate_command
from training.commands.explore import explore_command
from training.commands.fit import fit_command
from training.commands.flagship import flagship_command
from training.commands.predict import predict_command
from training.commands.quality import quality_command
from training.commands.reference import reference_command
from training.commands.report import report_command
from training.commands.search import search_command

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)


@app.callback()
def _program() -> None:
    """Train the networks that `warble` serves, each from a preset: a file that says all that decides the result."""


app.command("explore")(explore_command)
app.command("fit")(fit_command)
app.command("evaluate")(evaluate_command)
app.command("predict")(predict_command)
app.command("reference")(reference_command)
app.command("report")(report_command)
app.command("search")(search_command)
app.command("flagship")(flagship_command)
app.command("quality")(quality_command)


def main() -> NoReturn:
    """Run `warble-train`."""
    run(app, "warble-train")

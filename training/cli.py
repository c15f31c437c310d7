"""`warble-train`: the program, and which commands it has."""

from typing import NoReturn

import typer

from model.console import run
from training.commands.fit import fit_command

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)


@app.callback()
def _program() -> None:
    """Train the networks that `warble` serves, each from a preset: a file that says all that decides the result."""


app.command("fit")(fit_command)


def main() -> NoReturn:
    """Run `warble-train`."""
    run(app, "warble-train")

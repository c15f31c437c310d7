"""``warble settings``: what is set, and what may be."""

from typing import Annotated

import typer

from stream.commands.options import Config

EPILOG = (
    "Settings come from the environment (WARBLE_KAFKA__BOOTSTRAP_SERVERS and so on), below it from --config FILE.toml, "
    "below that from the defaults. `warble settings` lists them all with what they mean. "
    "Exit codes: 0 done; 2 bad usage or settings; 3 the bundle was refused; 4 the broker refused or fenced us, or none "
    "answered."
)


def settings(
    *,
    config: Config = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, also on a terminal.")] = False,
) -> None:
    """Show every setting: its name, value, default and meaning. Secrets are masked.

    A table on a terminal, JSON (name to value) in a pipe.
    """
    import sys

    import orjson

    from stream.settings import environment_name, load_settings, masked, setting_rows

    values = {
        environment_name(section, name): value
        for section, names in masked(load_settings(config)).items()
        for name, value in names.items()
    }
    if as_json or not sys.stdout.isatty():
        typer.echo(orjson.dumps(values, option=orjson.OPT_INDENT_2))
        return
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table("setting", "value", "default", "meaning")
    for row in setting_rows():
        value = values[row.name]
        shown = orjson.dumps(value).decode() if isinstance(value, dict | bool) else str(value)
        choices = f" One of {', '.join(row.choices)}." if row.choices else ""
        style = "" if shown == row.default else "bold"
        table.add_row(row.name, escape(shown), escape(row.default), escape(row.meaning + choices), style=style)
    Console().print(table)

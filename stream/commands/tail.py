"""``warble tail``: watch the labelled results go by."""

from typing import Annotated

import typer

from stream.commands.options import Config


def tail(
    *,
    from_beginning: Annotated[
        bool, typer.Option("--from-beginning", help="Start with the oldest result, not with the next one.")
    ] = False,
    count: Annotated[int | None, typer.Option("-n", "--count", min=1, help="End after this many results.")] = None,
    config: Config = None,
) -> None:
    """Watch the labelled results go by.

    On a terminal each result is a line coloured by its class (with the tweet, if WARBLE_OUTPUT__INCLUDE_TEXT is on
    for the worker); in a pipe it is its JSON, one a line. Only committed results are shown. It joins no
    consumer group and commits nothing, so any number may run beside the workers. Ctrl-C ends it.
    """
    from stream.logs import quiet_logs
    from stream.settings import load_settings
    from stream.tailing import run

    quiet_logs()
    try:
        run.tail(load_settings(config), from_beginning=from_beginning, most=count)
    except KeyboardInterrupt:
        return

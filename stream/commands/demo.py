"""``warble demo``: watch tweets being labelled, with nothing installed but this."""

from typing import Annotated

import typer

from stream.commands.options import Config
from stream.demo import DEFAULT_RATE


def demo(
    *,
    seconds: Annotated[
        float | None,
        typer.Option(min=1, help="End this long after the first labelled tweet. Default: run until Ctrl-C."),
    ] = None,
    rate: Annotated[float, typer.Option(min=1, max=5_000, help="Records a second.")] = DEFAULT_RATE,
    bundle: Annotated[
        str | None, typer.Option(help="Name of a shipped bundle, or path of one. Default: WARBLE_MODEL__BUNDLE.")
    ] = None,
    config: Config = None,
) -> None:
    """Watch tweets being labelled: broker, worker, producer and a live view in one process.

    It needs no Kafka: the embedded broker takes a free port, and so do metrics and health when their own is taken.
    Sample tweets flow through a real worker, some of them broken on purpose; what you see is read back from the
    output and the dead-letter topic. Off a terminal it prints a line a second.

    The embedded broker is at-least-once only and forgetful (in memory, 5 MiB a partition). For your own Kafka, exactly
    once: WARBLE_KAFKA__BOOTSTRAP_SERVERS=HOST:PORT warble worker.
    """
    from rich.console import Console

    from stream.demo.run import run_demo
    from stream.logs import quiet_logs
    from stream.settings import load_settings

    quiet_logs()
    settings = load_settings(config)
    if bundle is not None:
        settings = settings.model_copy(update={"model": settings.model.model_copy(update={"bundle": bundle})})
    run_demo(settings, seconds=seconds, rate=rate, console=Console())

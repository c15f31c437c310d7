"""``warble dead``: look at dead letters, and send them back."""

from typing import Annotated

import typer

from stream.commands.options import Config
from stream.messages.reasons import Reason

app = typer.Typer(no_args_is_help=True, help="Look at dead letters, and send them back.")

Reasons = Annotated[
    list[Reason] | None, typer.Option("--reason", help="Only letters of this reason; may be repeated. Default: all.")
]

_SHOWN_ON_A_TERMINAL = 200


@app.command("list")
def list_letters(
    *,
    reason: Reasons = None,
    count: Annotated[
        int | None,
        typer.Option(
            "-n",
            "--count",
            min=1,
            help=f"Only the newest. Default: {_SHOWN_ON_A_TERMINAL} on a terminal, all in a pipe.",
        ),
    ] = None,
    config: Config = None,
) -> None:
    """List the dead letters.

    On a terminal as a table, in a pipe as JSON, one letter a line. It joins no group and commits nothing.
    """
    import sys

    import orjson
    from rich.console import Console

    from stream.dead.look import listed
    from stream.dead.render import table
    from stream.logs import quiet_logs
    from stream.settings import load_settings

    quiet_logs()
    kafka = load_settings(config).kafka
    reasons = {str(each) for each in reason or ()}
    console = Console()
    if not console.is_terminal:
        for letter in listed(kafka, reasons, count):
            sys.stdout.buffer.write(orjson.dumps(letter.summary(), option=orjson.OPT_APPEND_NEWLINE))
        sys.stdout.buffer.flush()
        return
    newest = list(listed(kafka, reasons, count or _SHOWN_ON_A_TERMINAL))
    console.print(table(newest))
    if not count and len(newest) == _SHOWN_ON_A_TERMINAL:
        typer.echo(f"(the newest {_SHOWN_ON_A_TERMINAL}; more with -n)", err=True)


@app.command("show")
def show(
    place: Annotated[
        str,
        typer.Argument(
            metavar="TOPIC/PARTITION/OFFSET", help="Place of the dead letter itself, or of the record that died."
        ),
    ],
    *,
    config: Config = None,
) -> None:
    """Show all of a dead letter: headers, key, value.

    In a pipe as JSON; bytes that are not UTF-8 are shown in hexadecimal, in JSON as base64.
    """
    import sys

    import orjson
    from rich.console import Console

    from stream.dead.look import shown
    from stream.dead.render import full
    from stream.logs import quiet_logs
    from stream.messages.place import Place
    from stream.settings import load_settings

    quiet_logs()
    console = Console()
    for letter in shown(load_settings(config).kafka, Place.parse(place)):
        if console.is_terminal:
            console.print(full(letter))
        else:
            sys.stdout.buffer.write(orjson.dumps(letter.full(), option=orjson.OPT_APPEND_NEWLINE))
    sys.stdout.buffer.flush()


@app.command("replay")
def replay(
    *,
    reason: Reasons = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be sent.")] = False,
    config: Config = None,
) -> None:
    """Send dead letters back to the input topic, each exactly once.

    The original key, bytes and headers go back, without the warble-* headers. Every letter up to the end that the
    topic has now is sent; later ones wait for the next run. How far each reason has come is kept as the offsets of
    a consumer group of its own (GROUP-replay-REASON), committed in the same transaction as the records: replaying
    twice, or again after a crash, sends nothing twice. The broker forgets the offsets of an idle group after
    offsets.retention.minutes (7 days by default): keep the dead-letter topic no longer than that.
    Letters flagged warble-truncated have lost their value; they are passed over and counted.
    """
    from stream.dead.replay import Replay, survey
    from stream.interrupt import Interrupt
    from stream.logs import quiet_logs
    from stream.settings import load_settings

    quiet_logs()
    kafka = load_settings(config).kafka
    found = survey(kafka)
    chosen = [str(each) for each in reason] if reason else list(found.letters)
    verb = "would be sent" if dry_run else "sent"
    sent = truncated = 0
    interrupt = Interrupt()
    with interrupt.on_signals():
        for name in chosen:
            if name not in found.letters or interrupt.set:
                continue
            one = Replay(kafka, name, found.end, stop=lambda: interrupt.set)
            done = one.count() if dry_run else one.run()
            typer.echo(f"{name}: {done.sent} {verb}, {done.truncated} passed over without their value")
            sent += done.sent
            truncated += done.truncated
    if found.unknown:
        typer.echo(f"{found.unknown} records without a warble-reason were left alone", err=True)
    if interrupt.set:
        typer.echo("interrupted: run it again for the rest", err=True)
    typer.echo(f"{sent} dead letters {verb} to {kafka.input_topic}, {truncated} passed over")

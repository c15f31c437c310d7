"""Dead letters for a person."""

import codecs
from collections.abc import Iterable, Iterator

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from stream.dead.letter import DeadLetter
from stream.terminal import printable

_PREVIEW = 200


def table(letters: Iterable[DeadLetter]) -> Table:
    """Return a table with one line a letter."""
    shown = Table(box=None, pad_edge=False, header_style="bold", expand=True)
    shown.add_column("dead letter", no_wrap=True)
    shown.add_column("reason", style="red", no_wrap=True)
    shown.add_column("source", no_wrap=True)
    shown.add_column("detail", no_wrap=True, overflow="ellipsis", ratio=1)
    shown.add_column("value", style="dim", no_wrap=True, overflow="ellipsis", ratio=1)
    for letter in letters:
        shown.add_row(
            str(letter.place),
            Text(printable(letter.reason or "-")),
            Text(printable(letter.source)),
            Text(printable(letter.detail)),
            _preview(letter),
        )
    return shown


def full(letter: DeadLetter) -> RenderableType:
    """Return everything about one letter."""
    facts = Table.grid(padding=(0, 2))
    facts.add_column(style="bold")
    facts.add_column(overflow="fold")
    for name, text in _facts(letter):
        facts.add_row(name, Text(printable(text)))
    return Group(facts, Text(), _value(letter))


def _facts(letter: DeadLetter) -> Iterator[tuple[str, str]]:
    yield "dead letter", str(letter.place)
    yield "reason", letter.reason or "-"
    yield "detail", letter.detail
    yield "source", letter.source
    yield "source time", letter.source_time or "unknown"
    if letter.truncated:
        yield "left behind", letter.truncated
    yield "key", _readable(letter.key)
    for name, value in letter.original_headers:
        yield f"header {name}", _readable(value)
    yield "value", "null" if letter.value is None else f"{len(letter.value)} bytes"


def _value(letter: DeadLetter) -> Text:
    if letter.value is None:
        return Text()
    try:
        return Text(printable(letter.value.decode()))
    except UnicodeDecodeError:
        return Text(letter.value.hex(" ", 4), style="dim")


def _readable(value: bytes | None) -> str:
    if value is None:
        return "null"
    try:
        return value.decode()
    except UnicodeDecodeError:
        return f"hex {value.hex()}"


def _preview(letter: DeadLetter) -> Text:
    if letter.truncated:
        return Text(f"(left behind: {letter.truncated})", style="yellow")
    if letter.value is None:
        return Text("null")
    start = letter.value[:_PREVIEW]
    try:
        # Incremental: the cut may fall into the middle of a character.
        return Text(printable(codecs.getincrementaldecoder("utf-8")().decode(start)))
    except UnicodeDecodeError:
        return Text(f"hex {start.hex()}")

"""The records that a file becomes: text lines, JSON lines, rows of a CSV."""

import csv
from collections.abc import Callable, Iterator
from typing import NamedTuple, Protocol

from model.errors import UsageError
from stream.producing.formats import FileFormat
from stream.producing.source import Line, decoded, lines, lines_of_any_end, without_line_end

Wrap = Callable[[str, str], bytes]
"""Makes the value of a record from an id and a text."""


class _Reader(Protocol):
    """What ``csv.reader`` returns; its type has no public name."""

    line_num: int

    def __next__(self) -> list[str]: ...


class Record(NamedTuple):
    """One record to send, and the place in the file that it is named by when it fails."""

    key: bytes | None
    value: bytes
    place: str


class Layout(NamedTuple):
    """What a file holds and how to read it."""

    name: str
    """What messages call the file."""
    format: FileFormat
    encoding: str = "utf-8"
    column: str | None = None
    """Column of the text (CSV); None: ``default_column``."""
    id_column: str | None = None
    """Column of the id (CSV); None: the number of the row."""
    default_column: str = "text"


def records(read: Callable[[int], bytes], layout: Layout, wrap: Wrap) -> Iterator[Record]:
    """Yield the records of a file, in order, without ever holding much of it.

    read: ``readline`` of the file, called with the most bytes it may return.
    Raises UsageError for a file without records, of another format or in another encoding.
    """
    match layout.format:
        case FileFormat.TEXT:
            found = _from_text(decoded(lines(read, layout.name), layout.encoding, layout.name), wrap)
        case FileFormat.JSONL:
            found = _from_json_lines(lines(read, layout.name))
        case FileFormat.CSV:
            numbered = lines_of_any_end(read, layout.name)
            found = _from_csv(decoded(numbered, layout.encoding, layout.name), layout, wrap)
    first = next(found, None)
    if first is None:
        raise UsageError(f"{layout.name} is empty: it holds no record to send")
    yield first
    yield from found


def _from_text(texts: Iterator[str], wrap: Wrap) -> Iterator[Record]:
    for number, text in enumerate(texts, start=1):
        line_id = str(number)
        yield Record(line_id.encode(), wrap(line_id, without_line_end(text)), f"line {number}")


def _from_json_lines(numbered: Iterator[Line]) -> Iterator[Record]:
    # The bytes go as they are, right or wrong: the worker names what is wrong with them. A blank line is
    # the habit of editors, no record.
    for number, content in numbered:
        value = content.removesuffix(b"\n").removesuffix(b"\r")
        if value.strip():
            yield Record(None, value, f"line {number}")


def _from_csv(texts: Iterator[str], layout: Layout, wrap: Wrap) -> Iterator[Record]:
    reader = csv.reader(texts, strict=True)
    rows = _rows(reader, layout.name)
    header = next(rows, None)
    if header is None:
        return
    text_at = _index(header, layout.column or layout.default_column, "--column", layout.name)
    id_at = None if layout.id_column is None else _index(header, layout.id_column, "--id-column", layout.name)
    for number, row in enumerate((row for row in rows if row), start=1):
        if len(row) != len(header):
            raise UsageError(
                f"{layout.name} line {reader.line_num} has {len(row)} fields, the header has {len(header)}: "
                "is this a CSV with commas?"
            )
        row_id = (row[id_at] if id_at is not None else "") or str(number)
        yield Record(row_id.encode(), wrap(row_id, row[text_at]), f"row {number}")


def _rows(reader: "_Reader", name: str) -> Iterator[list[str]]:
    while True:
        try:
            row = next(reader, None)
        except csv.Error as error:
            raise UsageError(f"{name} line {reader.line_num} is not CSV: {error}") from None
        if row is None:
            return
        yield row


def _index(header: list[str], column: str, option: str, name: str) -> int:
    if column in header:
        return header.index(column)
    shown = ", ".join(repr(title[:60]) for title in header[:10])
    raise UsageError(f"{name} has no column '{column}': it has {shown}; choose one with {option}")

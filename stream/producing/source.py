"""The file that is sent: where it lies, what it holds, how its bytes become lines."""

import codecs
import contextlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

from pydantic import TypeAdapter, ValidationError

from model.errors import UsageError
from stream.producing.formats import FileFormat
from stream.settings.schema import Topic

LONGEST_LINE = 16 * 1024 * 1024
"""Longest line that is held in memory, in bytes; Kafka takes far less (1 MB by default)."""

_CHUNK = 1024 * 1024

STDIN = "-"


_BY_SUFFIX = {
    ".txt": FileFormat.TEXT,
    ".text": FileFormat.TEXT,
    ".jsonl": FileFormat.JSONL,
    ".ndjson": FileFormat.JSONL,
    ".csv": FileFormat.CSV,
}


class Line(NamedTuple):
    """One line of a file: its number from 1, and its bytes with the line end."""

    number: int
    content: bytes


def format_of(name: str) -> FileFormat:
    """Tell a file's format from its name; standard input is text.

    Raises UsageError when the name does not say.
    """
    if name == STDIN:
        return FileFormat.TEXT
    suffix = Path(name).suffix.lower()
    if suffix not in _BY_SUFFIX:
        raise UsageError(
            f"{name}: the name does not say what the file holds (known: {', '.join(_BY_SUFFIX)}): "
            "give --format text, jsonl or csv"
        )
    return _BY_SUFFIX[suffix]


def check_encoding(encoding: str) -> None:
    """Refuse an encoding that is unknown, or whose lines do not end in the byte 0x0A.

    Raises UsageError.
    """
    try:
        newline = "\n".encode(encoding)
    except LookupError:
        raise UsageError(f"--encoding {encoding} is unknown: try utf-8 or latin-1") from None
    if newline.removeprefix(codecs.BOM_UTF8) != b"\n":
        raise UsageError(f"--encoding {encoding} cannot be read line by line: convert the file to UTF-8 first")


def check_topic(name: str) -> None:
    """Refuse what Kafka takes for no topic's name. Raises UsageError."""
    try:
        TypeAdapter(Topic).validate_python(name)
    except ValidationError:
        raise UsageError(
            f"--topic '{name}' is no topic's name: expected letters, digits, '.', '_' and '-', at most 249"
        ) from None


@contextlib.contextmanager
def opened(name: str) -> Iterator[tuple[BinaryIO, int | None]]:
    """Open a file, or standard input for ``-``; give its bytes and its size, None where that is unknown.

    Raises UsageError when it cannot be read.
    """
    if name == STDIN:
        if sys.stdin is None:
            raise UsageError("standard input is closed: give a file or a pipe")
        yield sys.stdin.buffer, None
        return
    path = Path(name)
    try:
        file = path.open("rb")
    except OSError as error:
        raise UsageError(f"{name} cannot be read: {error.strerror}") from None
    with file:
        yield file, path.stat().st_size if path.is_file() else None


def lines(read: Callable[[int], bytes], name: str) -> Iterator[Line]:
    r"""Yield the lines of a file with their ends; only ``\n`` ends a line.

    read: ``readline`` of the file, called with the most bytes it may return.
    Raises UsageError for a line beyond LONGEST_LINE and for a file that stops being readable.
    """
    number = 0
    while content := _read(read, LONGEST_LINE + 1, number, name):
        number += 1
        _check_length(content, number, name)
        yield Line(number, content)


def lines_of_any_end(read: Callable[[int], bytes], name: str) -> Iterator[Line]:
    r"""Yield the lines of a table with their ends; also a bare ``\r`` ends a line, as old spreadsheets write it.

    read, errors: as for :func:`lines`.
    """
    number = 0
    rest = b""
    while content := _read(read, _CHUNK, number, name):
        parts = (rest + content).splitlines(keepends=True)
        # What ends in \r may still get its \n, what ends in neither goes on.
        rest = b"" if parts[-1].endswith(b"\n") else parts.pop()
        _check_length(rest, number + len(parts) + 1, name)
        for part in parts:
            number += 1
            yield Line(number, part)
    if rest:
        yield Line(number + 1, rest)


def _read(read: Callable[[int], bytes], most: int, number: int, name: str) -> bytes:
    try:
        return read(most)
    except OSError as error:
        raise UsageError(f"{name} cannot be read beyond line {number}: {error.strerror}") from None


def _check_length(content: bytes, number: int, name: str) -> None:
    if len(content) > LONGEST_LINE:
        raise UsageError(f"{name} line {number} is longer than {LONGEST_LINE} bytes: is this a file of lines?")


def decoded(numbered: Iterator[Line], encoding: str, name: str) -> Iterator[str]:
    """Decode lines one by one, so that what cannot be decoded is named by its own line.

    A byte order mark at the very start is no part of the text. Raises UsageError.
    """
    utf8 = codecs.lookup(encoding).name in {"utf-8", "utf-8-sig"}
    for number, content in numbered:
        raw = content.removeprefix(codecs.BOM_UTF8) if utf8 and number == 1 else content
        try:
            yield raw.decode(encoding)
        except UnicodeDecodeError as error:
            raise UsageError(
                f"{name} line {number} is not {encoding}: byte 0x{raw[error.start]:02x} at column {error.start + 1}; "
                "give --encoding (latin-1 reads any bytes)"
            ) from None


def without_line_end(text: str) -> str:
    r"""Drop the line end ``\n`` or ``\r\n``, nothing else."""
    return text.removesuffix("\n").removesuffix("\r")

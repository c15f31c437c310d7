"""Rows of a CSV file, one after another: bounded memory, and one clear line for what is no CSV file."""

import codecs
import csv
import io
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from model.errors import UsageError
from training.data.table import short

MAX_LINE_CHARACTERS: Final = 4 * 1024 * 1024
"""A longer line is no row of tweets, and would not fit the memory we promise to keep to."""
_SHOWN_COLUMNS: Final = 8


@dataclass(frozen=True)
class Table:
    """An open CSV file whose header has been read."""

    columns: tuple[str, ...]
    text: int
    """Position of the column with the tweets."""
    rows: Iterator[list[str]]
    """Each row's fields, as many as there are; raises UsageError where the file is no CSV file."""
    size: int | None
    """Bytes of the file; None if that is not known beforehand, as of a pipe."""
    read: Callable[[], int]
    """Bytes read until now."""


@contextmanager
def open_table(path: Path, *, text_column: str, encoding: str = "utf-8") -> Iterator[Table]:
    r"""Open a CSV file (commas, double quotes, a header row); fields may hold newlines and quotes.

    Lines end at ``\n``, ``\r\n`` or ``\r``; a byte order mark is passed over; a blank line is a row without fields.
    Raises UsageError for a file that is missing, unreadable or empty, has another encoding, a quote that is not
    closed, or not exactly one column ``text_column``.
    """
    try:
        file = _Counted(path)
    except OSError as error:
        what = f"there is no file {path}" if isinstance(error, FileNotFoundError) else f"{path} cannot be read"
        raise UsageError(f"{what}: {error.strerror or error}: give a CSV file of tweets") from None
    with file, _decoded(file, encoding) as text:
        rows = _rows(file, text, path.name, encoding)
        columns = tuple(next(rows, ()))
        if not columns:
            raise UsageError(
                f"{path.name} {'begins with a blank line' if file.count else 'is empty'}: "
                f"expected a CSV file with a header row and a column {text_column!r}"
            )
        status = os.fstat(file.fileno())
        yield Table(
            columns=columns,
            text=_position(path.name, columns, text_column),
            rows=rows,
            size=status.st_size if stat.S_ISREG(status.st_mode) else None,
            read=lambda: file.count,
        )


class _Counted(io.FileIO):
    """Knows how many bytes were read, which a pipe does not tell."""

    count = 0

    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(-1 if size is None else size) or b""
        self.count += len(data)
        return data


def _decoded(file: _Counted, encoding: str) -> io.TextIOWrapper:
    try:
        # Excel puts a byte order mark before UTF-8, which would become part of the first column's name.
        known = "utf-8-sig" if codecs.lookup(encoding).name == "utf-8" else encoding
        return io.TextIOWrapper(file, known, newline="")
    except LookupError:
        raise UsageError(f"--encoding {encoding!r} is unknown: give one such as utf-8, latin-1 or cp1252") from None


def _rows(file: _Counted, text: io.TextIOWrapper, name: str, encoding: str) -> Iterator[list[str]]:
    # Strict, because a quote that is left open would swallow all rows after it without a word.
    reader = csv.reader(_lines(text, name), strict=True)
    while True:
        first = reader.line_num + 1
        try:
            row = next(reader)
        except StopIteration:
            return
        except UnicodeDecodeError as error:
            # The decoder was given what is left of earlier bytes, then the last ones read.
            position = file.count - len(error.object) + error.start
            value = error.object[error.start]
            raise UsageError(
                f"{name}: byte {position} is no {encoding}: 0x{value:02x} ({error.reason}): "
                "say what the file is in with --encoding, such as latin-1 or cp1252"
            ) from None
        except UnicodeError as error:  # of no byte in particular, as of UTF-16 without its mark
            raise UsageError(
                f"{name} is no {encoding} ({error}): "
                "say what the file is in with --encoding, such as utf-8, utf-16-le or latin-1"
            ) from None
        except csv.Error as error:
            raise UsageError(
                f"{name} is no CSV file that we can read: the row that begins in line {first}: {error}: "
                'put fields with commas, quotes or newlines in "double quotes", and quotes in them twice'
            ) from None
        except OSError as error:
            raise UsageError(f"{name} cannot be read: {error.strerror or error}: give a CSV file of tweets") from None
        yield row


def _lines(text: io.TextIOWrapper, name: str) -> Iterator[str]:
    number = 1
    while line := text.readline(MAX_LINE_CHARACTERS):
        if len(line) == MAX_LINE_CHARACTERS:
            raise UsageError(
                f"{name}: line {number} is longer than {MAX_LINE_CHARACTERS} characters: give a CSV file of tweets"
            )
        yield line
        number += 1


def _position(name: str, columns: tuple[str, ...], text_column: str) -> int:
    times = columns.count(text_column)
    if times == 1:
        return columns.index(text_column)
    if times:
        raise UsageError(f"{name} has {times} columns {text_column!r}: name the tweets' column like no other")
    found = ", ".join(repr(short(column)) for column in columns[:_SHOWN_COLUMNS])
    more = f" and {len(columns) - _SHOWN_COLUMNS} more" if len(columns) > _SHOWN_COLUMNS else ""
    raise UsageError(f"{name} has no column {text_column!r} (found: {found}{more}): name it with --text-column")

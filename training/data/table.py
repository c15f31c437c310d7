"""Strict reading of the studies' CSV files: what is not exactly as expected is refused in one line."""

import csv
import io
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from model.errors import UsageError

SHOWN: Final = 40
"""Longest part of somebody else's file that an error message repeats, in characters."""
_COLUMNS_SHOWN: Final = 5
_BYTE_ORDER_MARKS: Final = ((b"\xef\xbb\xbf", "UTF-8"), (b"\xff\xfe", "UTF-16"), (b"\xfe\xff", "UTF-16"))


@dataclass(frozen=True)
class TableFormat:
    """What a file must look like."""

    what: str
    """How an error message calls it."""
    columns: tuple[str, ...]
    """All of them, in any order; in this one if no header names them."""
    encoding: str
    headed: bool = True
    """Whether the first line names the columns."""


@dataclass(frozen=True)
class Table:
    """A file's rows as they stand; an empty text is a missing value."""

    name: str
    """The file's, without its directory."""
    rows: int
    columns: dict[str, tuple[str, ...]]
    """[rows] each, in the format's order."""


def read_table(path: Path, expected: TableFormat) -> Table:
    """Read a CSV file (RFC 4180; lines may end in any way; blank lines are passed over).

    Raises UsageError for a file that is missing, empty, wrongly encoded, no CSV, or has other columns than expected.
    """
    reader = csv.reader(io.StringIO(_text(path, expected), newline=""), strict=True)
    columns = ", ".join(expected.columns)
    try:
        header = next(reader, None) if expected.headed else list(expected.columns)
        if header is None:
            raise UsageError(f"{path.name} is empty: expected a CSV file with {columns}")
        _check_header(path.name, header, expected)
        records = []
        for record in reader:
            if not record:
                continue
            if len(record) != len(header):
                raise csv.Error(f"it has {len(record)} fields, {_of(expected)} {len(header)}")  # noqa: TRY301 - one wording
            records.append(record)
    except csv.Error as error:
        raise UsageError(
            f"{path.name} is not a CSV file (line {reader.line_num}: {error}): expected one with {columns}"
        ) from None
    by_name = dict(zip(header, zip(*records, strict=True), strict=True)) if records else dict.fromkeys(header, ())
    return Table(path.name, len(records), {column: by_name[column] for column in expected.columns})


def short(text: str, longest: int = SHOWN) -> str:
    """Cut a text that an error message repeats."""
    return text if len(text) <= longest else text[: longest - 1] + "…"


def _of(expected: TableFormat) -> str:
    return "the header" if expected.headed else "a row of the file"


def _text(path: Path, expected: TableFormat) -> str:
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        raise UsageError(f"there is no data file {path}: give {expected.what} with --data") from None
    except OSError as error:
        raise UsageError(f"the data file {path} cannot be read: {error.strerror or error}") from None
    for mark, encoding in _BYTE_ORDER_MARKS:
        if raw.startswith(mark):
            if encoding.lower() == expected.encoding:
                raw = raw.removeprefix(mark)
                break
            raise UsageError(
                f"{path.name} starts with the byte order mark of {encoding}: "
                f"expected {expected.what}, which is {expected.encoding}"
            )
    try:
        return raw.decode(expected.encoding)
    except UnicodeDecodeError as error:
        line = len((raw[: error.start] + b".").splitlines())  # however they end
        raise UsageError(
            f"{path.name} is not {expected.encoding}: byte 0x{raw[error.start]:02x} at position {error.start}, "
            f"line {line}: give {expected.what} as it was published, or save it as {expected.encoding}"
        ) from None


def _check_header(name: str, header: Sequence[str], expected: TableFormat) -> None:
    wanted = f"expected {expected.what} with {', '.join(expected.columns)}"
    if missing := [column for column in expected.columns if column not in header]:
        hint = (
            "; is this another file, or one without its header line?" if len(missing) == len(expected.columns) else ""
        )
        raise UsageError(f"{name} has no column {missing[0]!r} (found: {_listed(header)}{hint}): {wanted}")
    if extra := [column for column in header if column not in expected.columns]:
        raise UsageError(f"{name} has columns that nothing reads ({_listed(extra)}): {wanted} and no more")
    if twice := [column for column, count in Counter(header).items() if count > 1]:
        raise UsageError(f"{name} has the column {twice[0]!r} more than once: {wanted}")


def _listed(columns: Sequence[str]) -> str:
    shown = ", ".join(repr(short(column)) for column in columns[:_COLUMNS_SHOWN])
    more = len(columns) - _COLUMNS_SHOWN
    return f"{shown} and {more} more" if more > 0 else shown

"""The Analytics Vidhya hate tweets: hateful or not."""

from pathlib import Path
from typing import Final

from model.errors import UsageError
from training.data.labelled import labelled_tweets
from training.data.table import Table, TableFormat, read_table, short
from training.data.tweets import LabelledTweets

ID_COLUMN: Final = "id"
LABEL_COLUMN: Final = "label"
TEXT_COLUMN: Final = "tweet"
COLUMNS: Final = (ID_COLUMN, LABEL_COLUMN, TEXT_COLUMN)
LABEL_OF: Final = {"0": "not_hateful", "1": "hateful"}
LABELS: Final = tuple(sorted(LABEL_OF.values()))
HATE: Final = TableFormat("the labelled hate file", COLUMNS, "utf-8")


def read_hate(path: Path) -> LabelledTweets:
    """Read the labelled CSV file, without the rows that have no text.

    Raises UsageError for a file that is missing, empty, not UTF-8, no CSV, has other columns, swapped ones, an
    unknown label, an id twice or tweets of one class only.
    """
    return hate_tweets(read_table(path, HATE))


def hate_tweets(table: Table) -> LabelledTweets:
    """Take the labelled tweets of a file that has been read.

    Raises UsageError as :func:`read_hate` does.
    """
    tweets = labelled_tweets(table, text=TEXT_COLUMN, label=LABEL_COLUMN, label_of=LABEL_OF)
    _check_ids(table)
    return tweets


def _check_ids(table: Table) -> None:
    first_row: dict[str, int] = {}
    for row, name in enumerate(table.columns[ID_COLUMN], 1):
        if not (name.isascii() and name.isdigit()):
            shown = f"the id {short(name)!r}" if name else "no id"
            raise UsageError(f"{table.name}: data row {row} has {shown}: expected a whole number")
        first = first_row.setdefault(name, row)
        if first != row:
            raise UsageError(
                f"{table.name}: data rows {first} and {row} have the same id {short(name)!r}: "
                "every tweet needs an id of its own: remove or renumber one of them"
            )

"""From a file's rows to labelled tweets: rows without text dropped and counted, unknown labels refused."""

from collections.abc import Mapping
from typing import NoReturn

import numpy as np

from model.errors import UsageError
from training.data.table import Table, short
from training.data.tweets import LabelledTweets


def labelled_tweets(table: Table, *, text: str, label: str, label_of: Mapping[str, str]) -> LabelledTweets:
    """Take the tweets of ``table`` that have a text.

    text, label: names of the two columns. label_of: our label of each value that the label column may hold.
    Raises UsageError for an unknown label, for no tweets at all and for tweets of one class only.
    """
    labels = tuple(sorted(label_of.values()))
    index_of = {value: labels.index(ours) for value, ours in label_of.items()}
    texts, values = table.columns[text], table.columns[label]
    rows = [row for row, tweet in enumerate(texts) if tweet.strip()]
    if not rows:
        raise UsageError(f"{table.name} holds no tweets, only {table.rows} rows without text: give another file")
    for row in rows:
        if values[row] not in label_of:
            _refuse_label(table, row, label, label_of)
    targets = np.array([index_of[values[row]] for row in rows], dtype=np.intp)
    if targets.min() == targets.max():
        raise UsageError(
            f"{table.name} holds tweets of one class only ({labels[targets[0]]!r}): "
            "there is nothing to tell apart: give a file with at least two classes"
        )
    return LabelledTweets(
        texts=tuple(texts[row] for row in rows),
        targets=targets,
        labels=labels,
        without_text=table.rows - len(rows),
        rows=np.array(rows, dtype=np.intp),
    )


def refuse_swapped(table: Table, column: str, other: str) -> NoReturn:
    """Raise UsageError: one column holds what another should."""
    raise UsageError(
        f"{table.name}: the column {other!r} holds what belongs into {column!r}: the two seem to be swapped: "
        "name the columns by what they hold"
    )


def _refuse_label(table: Table, row: int, label: str, label_of: Mapping[str, str]) -> NoReturn:
    known = {name: {value in label_of for value in values if value} for name, values in table.columns.items()}
    if known[label] == {False}:
        for other, found in known.items():
            if found == {True}:
                refuse_swapped(table, label, other)
    value = table.columns[label][row]
    shown = f"the unknown label {short(value)!r}" if value else "no label"
    raise UsageError(f"{table.name}: data row {row + 1} has {shown}: expected one of {', '.join(label_of)}")

"""The CrowdFlower brand tweets: how a tweet feels about a brand or product, in four classes."""

from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from model.errors import UsageError
from training.data.tweets import LabelledTweets

if TYPE_CHECKING:
    import pandas as pd

TEXT_COLUMN: Final = "tweet_text"
TARGET_COLUMN: Final = "is_there_an_emotion_directed_at_a_brand_or_product"
COLUMNS: Final = (TEXT_COLUMN, "emotion_in_tweet_is_directed_at", TARGET_COLUMN)
LABEL_OF: Final = {
    "I can't tell": "i can't tell",
    "Negative emotion": "negative",
    "No emotion toward brand or product": "neutral",
    "Positive emotion": "positive",
}
LABELS: Final = tuple(sorted(LABEL_OF.values()))
_SHOWN: Final = 40
"""Longest part of somebody else's file that an error message repeats, in characters."""


def read_brands(path: Path) -> LabelledTweets:
    """Read the CSV file as the study did: as Latin-1, without the rows that have no text.

    Raises UsageError for a file that is missing, empty, no CSV, lacks a column or has an unknown label.
    """
    table = _read_table(path)
    missing = [column for column in COLUMNS if column not in table.columns]
    if missing:
        found = ", ".join(repr(_short(str(column))) for column in table.columns[:5])
        raise UsageError(
            f"{path.name} has no column {missing[0]!r} (found: {found}): "
            f"expected the CrowdFlower brand file with {', '.join(COLUMNS)}"
        )
    with_text = table[table[TEXT_COLUMN].notna()]
    if with_text.empty:
        raise UsageError(f"{path.name} holds no tweets, only {len(table)} rows without text: give another file")
    index_of = {label: index for index, label in enumerate(LABELS)}
    targets = np.empty(len(with_text), dtype=np.intp)
    for position, (row, value) in enumerate(with_text[TARGET_COLUMN].items()):
        if value not in LABEL_OF:
            shown = "no label" if not isinstance(value, str) else f"the unknown label {_short(value)!r}"
            raise UsageError(
                f"{path.name}: data row {int(str(row)) + 1} has {shown}: expected one of {', '.join(LABEL_OF)}"
            )
        targets[position] = index_of[LABEL_OF[value]]
    return LabelledTweets(
        texts=tuple(with_text[TEXT_COLUMN]),
        targets=targets,
        labels=LABELS,
        without_text=len(table) - len(with_text),
    )


def _read_table(path: Path) -> "pd.DataFrame":
    import pandas as pd  # noqa: PLC0415 - keeps `--help` quick

    try:
        # Only an empty field is a missing one: a tweet may well read "NA" or "null".
        return pd.read_csv(path, encoding="latin-1", dtype=str, keep_default_na=False, na_values=[""])
    except FileNotFoundError:
        raise UsageError(f"there is no data file {path}: give the brand tweets' CSV file with --data") from None
    except OSError as error:
        raise UsageError(f"the data file {path} cannot be read: {error.strerror or error}") from None
    except pd.errors.EmptyDataError:
        raise UsageError(f"{path.name} is empty: expected a CSV file with {', '.join(COLUMNS)}") from None
    except (pd.errors.ParserError, ValueError) as error:
        reason = _short(" ".join(str(error).split()), 120)
        raise UsageError(f"{path.name} is not a CSV file ({reason}): expected one with {', '.join(COLUMNS)}") from None


def _short(text: str, longest: int = _SHOWN) -> str:
    return text if len(text) <= longest else text[: longest - 1] + "…"

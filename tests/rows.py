"""Rows of ids made of lists, and as lists to be compared."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from model.preprocessing.encoder import EncodedTexts
from model.rows import Rows


def as_lists(rows: Rows) -> list[list[int]]:
    """Return each row as a list."""
    ids = rows.ids.tolist()
    return [ids[start:end] for start, end in pairwise([*rows.starts().tolist(), len(ids)])]


def encoded(
    rows: Sequence[Sequence[int]], *, unknown: Sequence[int] | None = None, truncated: Sequence[int] | None = None
) -> EncodedTexts:
    """Return what an encoder would of texts with these ids; nothing is unknown or truncated unless it is said."""
    nothing = [0] * len(rows)
    return EncodedTexts(Rows.of(rows), *(np.array(counts or nothing, np.int32) for counts in (unknown, truncated)))

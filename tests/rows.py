"""Rows of ids as lists, to be compared."""

from itertools import pairwise

from model.rows import Rows


def as_lists(rows: Rows) -> list[list[int]]:
    """Return each row as a list."""
    ids = rows.ids.tolist()
    return [ids[start:end] for start, end in pairwise([*rows.starts().tolist(), len(ids)])]

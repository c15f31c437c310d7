"""Rows of ids as the rectangle that an engine takes."""

from collections.abc import Sequence
from itertools import chain

import numpy as np
import numpy.typing as npt

from model.engines.base import Ids, Lengths


def padded_rows(rows: Sequence[Sequence[int]]) -> tuple[Ids, Lengths]:
    """Pad rows of ids, none of them empty, with 0 on the right.

    Returns int32 ids [rows, columns] and lengths [rows].
    """
    lengths = np.fromiter(map(len, rows), np.int32, len(rows))
    flat = np.fromiter(chain.from_iterable(rows), np.int32, int(lengths.sum()))
    return rectangle(flat, lengths), lengths


def rectangle(flat: npt.NDArray[np.int32], lengths: Lengths) -> Ids:
    """Lay ids, row after row without padding, out as [rows, columns], padded with 0 on the right."""
    columns = int(lengths.max(initial=0))
    ids = np.zeros((len(lengths), columns), np.int32)
    ids[np.arange(columns) < lengths[:, None]] = flat
    return ids

"""Few shapes instead of many: a GPU plans anew for each shape that it has not met."""

import numpy as np

from model.engines.base import Ids

_DUMMY = 1
"""Any id but 0: cuDNN fails a whole batch for one row that is masked throughout."""


def bucket(size: int) -> int:
    """Round a size up to the next of 1, 2, 3, 4, 6, 8, 12, 16, 24, ...: two steps an octave.

    At most half of a padded dimension's size is added, a sixth on average.
    """
    power = 1 << max(0, (size - 1).bit_length())
    three_quarters = power * 3 // 4
    return three_quarters if size <= three_quarters and power > 2 else power  # noqa: PLR2004 - 2 * 3 / 4 is no size


def buckets(longest: int) -> list[int]:
    """Every bucket up to the one that holds ``longest``, ascending."""
    return sorted({bucket(size) for size in range(1, longest + 1)})


def as_trained(ids: Ids, columns: int | None) -> Ids:
    """Give ids the columns that a network without a mask was trained on; ``None``: it masks padding, take any.

    Raises ValueError for a row with more ids than that.
    """
    if columns is None:
        return ids
    if ids[:, columns:].any():
        raise ValueError(f"the network reads {columns} columns, received a row of more ids than that")
    return padded(ids[:, :columns], rows=len(ids), columns=columns)


def padded(ids: Ids, *, rows: int, columns: int) -> Ids:
    """Copy ids into a larger array: 0 to the right, and rows of one dummy token below."""
    count, longest = ids.shape
    if (count, longest) == (rows, columns):
        return ids
    larger: Ids = np.zeros((rows, columns), np.int32)
    larger[:count, :longest] = ids
    larger[count:, 0] = _DUMMY
    return larger

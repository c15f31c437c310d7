"""Cutting rows into batches by what they cost: padding is computed like everything else."""

from bisect import bisect_right
from collections.abc import Sequence


def cut(lengths: Sequence[int], max_tokens: int) -> list[slice]:
    """Cut rows, sorted by length, into batches of at most ``max_tokens`` padded tokens.

    lengths: tokens per row, ascending. Returns slices that cover all rows in order.
    Raises ValueError if one row alone exceeds ``max_tokens``.
    The cost model (rows x longest row) is that of text-embeddings-inference's queue.
    """
    rows = len(lengths)
    slices: list[slice] = []
    start = 0
    while start < rows:
        if lengths[start] > max_tokens:
            raise ValueError(f"row {start} has {lengths[start]} tokens, more than the {max_tokens} a batch may have")
        # Each further row costs more, so that the first one too many can be searched for.
        first = start
        end = bisect_right(range(rows), max_tokens, start + 1, key=lambda row: lengths[row] * (row + 1 - first))
        slices.append(slice(start, end))
        start = end
    return slices

"""Cutting rows into batches by what they cost: padding is computed like everything else."""

from collections.abc import Sequence


def padded_lengths(lengths: Sequence[int], columns: int | None) -> Sequence[int]:
    """Tokens that each row costs at least: its own, or ``columns`` for a network that masks nothing.

    columns: ``Architecture.columns``.
    """
    return lengths if columns is None else [columns] * len(lengths)


def cut(lengths: Sequence[int], max_tokens: int) -> list[slice]:
    """Cut rows, sorted by length, into batches of at most ``max_tokens`` padded tokens.

    lengths: tokens per row, ascending. Returns slices that cover all rows in order.
    Raises ValueError if one row alone exceeds ``max_tokens``.
    The cost model (rows x longest row) is that of text-embeddings-inference's queue.
    """
    slices: list[slice] = []
    start = 0
    for row, length in enumerate(lengths):
        if length > max_tokens:
            raise ValueError(f"row {row} has {length} tokens, more than the {max_tokens} a batch may have")
        if length * (row + 1 - start) > max_tokens:
            slices.append(slice(start, row))
            start = row
    if start < len(lengths):
        slices.append(slice(start, len(lengths)))
    return slices

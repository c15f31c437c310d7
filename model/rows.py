"""Rows of ids: one behind the other, or as the rectangle that an engine takes."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Self

import numpy as np
import numpy.typing as npt

from model.engines.base import Ids, Lengths


@dataclass(frozen=True, eq=False, slots=True)
class Rows:
    """Rows of different lengths, one behind the other without padding."""

    ids: npt.NDArray[np.int32]
    """[tokens] ids of all rows."""

    lengths: npt.NDArray[np.int32]
    """[rows] how many of them each row has."""

    def __len__(self) -> int:
        return len(self.lengths)

    @classmethod
    def of(cls, rows: Sequence[Sequence[int]]) -> Self:
        """Make them of lists. Raises OverflowError for an id beyond 32 bits."""
        lengths = np.fromiter(map(len, rows), np.int32, len(rows))
        return cls(np.fromiter(chain.from_iterable(rows), np.int32, int(lengths.sum(dtype=np.int64))), lengths)

    @classmethod
    def joined(cls, parts: Sequence[Self]) -> Self:
        """Put parts one below the other."""
        if not parts:
            return cls.of([])
        return cls(np.concatenate([part.ids for part in parts]), np.concatenate([part.lengths for part in parts]))

    def starts(self) -> npt.NDArray[np.int64]:
        """Return where each row begins in ``ids``."""
        ends = np.cumsum(self.lengths, dtype=np.int64)
        return ends - self.lengths

    def at(self, places: Sequence[int]) -> "Rows":
        """Return the rows at ``places``, in that order."""
        starts, lengths = self.starts()[places], self.lengths[places]
        behind = np.arange(lengths.sum(dtype=np.int64)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
        return Rows(self.ids[np.repeat(starts, lengths) + behind], lengths)

    def rectangle(self, places: npt.NDArray[np.intp] | None = None) -> tuple[Ids, Lengths]:
        """Lay the rows at ``places`` (None: all) out as int32 [rows, columns], padded with 0 on the right.

        Returns the rectangle and the rows' lengths.
        """
        lengths, starts = self.lengths, self.starts()
        if places is not None:
            lengths, starts = lengths[places], starts[places]
        columns = np.arange(lengths.max(initial=0))
        inside = columns < lengths[:, None]
        ids = np.zeros(inside.shape, np.int32)
        ids[inside] = self.ids[(starts[:, None] + columns)[inside]]
        return ids, lengths


def padded_rows(rows: Sequence[Sequence[int]]) -> tuple[Ids, Lengths]:
    """Pad rows of ids with 0 on the right. Returns int32 ids [rows, columns] and lengths [rows]."""
    return Rows.of(rows).rectangle()

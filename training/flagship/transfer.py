"""What a student learns from: texts, and what a teacher thinks of each."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

_TOLERANCE: Final = 1e-3
"""How far a row of targets may be from 1 in sum: they are kept in 32 bits, and some teachers compute in 16."""


@dataclass(frozen=True)
class TransferSet:
    """Texts with soft targets."""

    texts: Sequence[str]
    targets: npt.NDArray[np.float32]
    """[texts, classes] probabilities, in the order of the task's labels; each row sums to 1."""
    weights: npt.NDArray[np.float32]
    """[texts] weight of each text's loss, not negative."""

    def __post_init__(self) -> None:
        """Raise ValueError for arrays that do not fit the texts, or are no probabilities and weights."""
        count = len(self.texts)
        if self.targets.ndim != 2 or len(self.targets) != count or self.weights.shape != (count,):  # noqa: PLR2004
            raise ValueError(f"targets {self.targets.shape} and weights {self.weights.shape} do not fit {count} texts")
        if self.targets.dtype != np.float32 or self.weights.dtype != np.float32:
            raise ValueError(f"targets and weights must be float32, not {self.targets.dtype} and {self.weights.dtype}")
        if not (np.isfinite(self.targets).all() and (self.targets >= 0).all()):
            raise ValueError("a target is no probability")
        if count and np.abs(self.targets.sum(axis=1) - 1).max() > _TOLERANCE:
            raise ValueError("the targets of a text do not sum to 1")
        if not (np.isfinite(self.weights).all() and (self.weights >= 0).all()):
            raise ValueError("a weight is negative or not finite")

    def __len__(self) -> int:
        """Count the texts."""
        return len(self.texts)

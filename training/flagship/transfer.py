"""What a student learns from: texts, and what a teacher says of each."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

_ROUNDING: Final = 1e-4


@dataclass(frozen=True, eq=False)
class TransferSet:
    """Texts with soft targets; one-hot ones are labels.

    Raises ValueError if the parts do not fit together, a row of targets is no distribution, or a weight is negative.
    """

    texts: Sequence[str]
    targets: npt.NDArray[np.float32]
    """[texts, classes] probabilities, 1 in all in each row."""
    weights: npt.NDArray[np.float32]
    """[texts] weight of each text's loss."""

    def __post_init__(self) -> None:
        rows = len(self.texts)
        if self.targets.ndim != 2 or len(self.targets) != rows or self.weights.shape != (rows,):  # noqa: PLR2004
            raise ValueError(
                f"{rows} texts should have targets [{rows}, classes] and weights [{rows}], "
                f"received {list(self.targets.shape)} and {list(self.weights.shape)}"
            )
        if self.targets.dtype != np.float32 or self.weights.dtype != np.float32:
            raise ValueError(
                f"targets and weights should be float32, received {self.targets.dtype} and {self.weights.dtype}"
            )
        sums = self.targets.sum(axis=1, dtype=np.float64)
        # Written so that NaN is a fault.
        if not (np.all(np.abs(sums - 1) <= _ROUNDING) and np.all(self.targets >= 0)):
            raise ValueError("each text's targets should be at least 0 and 1 in all")
        if not (np.all(self.weights >= 0) and np.isfinite(self.weights).all()):
            raise ValueError("weights should be finite and at least 0")

    def __len__(self) -> int:
        """Count the texts."""
        return len(self.texts)

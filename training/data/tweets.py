"""What every data set becomes: texts, and the index of each one's label."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True)
class LabelledTweets:
    """A data set in file order."""

    texts: tuple[str, ...]
    targets: npt.NDArray[np.intp]
    """[tweets] index into ``labels``."""
    labels: tuple[str, ...]
    """Sorted; a bundle's order of probabilities."""
    without_text: int
    """Rows of the file that were dropped because they have no text."""
    rows: npt.NDArray[np.intp]
    """[tweets] each tweet's row in the file, counted from 0 below the header."""

    def __len__(self) -> int:
        """Count the tweets that have a text."""
        return len(self.texts)


def class_shares(targets: npt.NDArray[np.intp], classes: int) -> npt.NDArray[np.float64]:
    """Share of each class among ``targets``: [classes], summing to 1 (all 0 when there are no targets)."""
    counts = np.bincount(targets, minlength=classes).astype(np.float64)
    return counts / max(1, len(targets))

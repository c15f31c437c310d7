"""``oof.csv``: what was answered for each scored tweet by what had not seen it (out of fold); no texts in it.

Everything that is said about an evaluation's predictions can be recomputed from this file.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

import numpy as np
import numpy.typing as npt

from model.errors import UsageError
from training.metrics import decided

if TYPE_CHECKING:
    import pandas as pd

FILE_NAME: Final = "oof.csv"
_BEFORE: Final = ("row", "cluster", "fold", "label", "threshold")
_AFTER: Final = ("words", "unknown_share", "retweet", "cluster_size", "twin_in_training")
_BINARY: Final = 2


@dataclass(frozen=True)
class Oof:
    """The scored tweets, ordered by row."""

    labels: tuple[str, ...]
    """Of two labels the first is the positive one."""
    row: npt.NDArray[np.intp]
    """[tweets] row in the data file, counted from 0 below the header."""
    cluster: npt.NDArray[np.intp]
    """[tweets] number of the cluster of near-duplicates."""
    fold: npt.NDArray[np.intp]
    """[tweets] the fold whose test part it is in."""
    target: npt.NDArray[np.intp]
    """[tweets] index into ``labels``."""
    threshold: npt.NDArray[np.float64]
    """[tweets] the fold's; lowest probability of the first of two labels that gives it, NaN for other tasks."""
    probabilities: npt.NDArray[np.float64]
    """[tweets, labels]"""
    words: npt.NDArray[np.intp]
    """[tweets] between white space."""
    unknown_share: npt.NDArray[np.float64]
    """[tweets] share of the words that training did not know."""
    retweet: npt.NDArray[np.bool_]
    """[tweets]"""
    cluster_size: npt.NDArray[np.intp]
    """[tweets] near-duplicates in the file, the tweet itself included."""
    twin_in_training: npt.NDArray[np.bool_]
    """[tweets] whether a near-duplicate is in the fold's training part: it never is in a grouped evaluation."""

    def __len__(self) -> int:
        """Count the tweets."""
        return len(self.row)

    @property
    def binary(self) -> bool:
        """Whether there are two labels, told apart by a threshold."""
        return len(self.labels) == _BINARY

    @property
    def decided(self) -> npt.NDArray[np.intp]:
        """[tweets] index of the label given: by threshold of two, the most probable of more."""
        return decided(self.probabilities, self.threshold if self.binary else None)

    def taken(self, which: npt.NDArray[Any]) -> "Oof":
        """Return some of the tweets. which: [tweets] mask, or positions."""
        return Oof(labels=self.labels, **{name: getattr(self, name)[which] for name in _ARRAYS})

    @classmethod
    def joined(cls, parts: Sequence["Oof"]) -> Self:
        """Put parts with the same labels together."""
        arrays = {name: np.concatenate([getattr(part, name) for part in parts]) for name in _ARRAYS}
        return cls(labels=parts[0].labels, **arrays)


_ARRAYS: Final = tuple(field.name for field in fields(Oof) if field.name != "labels")


def write_oof(oof: Oof, path: Path) -> None:
    """Write the file; every number is written so that it is read back as the same."""
    import pandas as pd  # noqa: PLC0415 - keeps `--help` quick

    columns = {
        "row": oof.row,
        "cluster": oof.cluster,
        "fold": oof.fold,
        "label": np.array(oof.labels)[oof.target],
        "threshold": oof.threshold,
        **{label: oof.probabilities[:, index] for index, label in enumerate(oof.labels)},
        "words": oof.words,
        "unknown_share": oof.unknown_share,
        "retweet": oof.retweet.astype(np.intp),
        "cluster_size": oof.cluster_size,
        "twin_in_training": oof.twin_in_training.astype(np.intp),
    }
    pd.DataFrame(columns).to_csv(path, mode="x", index=False, encoding="utf-8", lineterminator="\n")


def read_oof(path: Path) -> Oof:
    """Read the file. Raises UsageError in one line for what is none."""
    import pandas as pd  # noqa: PLC0415

    try:
        # As texts, which NumPy turns into the very numbers that were written.
        table = pd.read_csv(path, encoding="utf-8", dtype=str, keep_default_na=False)
        header = tuple(map(str, table.columns))
        labels = header[len(_BEFORE) : -len(_AFTER)]
        if header != (*_BEFORE, *labels, *_AFTER) or len(labels) < _BINARY or table.empty:
            raise ValueError("other columns, or no rows")  # noqa: TRY301 - one wording
        return Oof(
            labels=labels,
            target=np.array([labels.index(label) for label in table["label"]], dtype=np.intp),
            probabilities=table[list(labels)].to_numpy(np.float64),
            row=_numbers(table["row"]),
            cluster=_numbers(table["cluster"]),
            fold=_numbers(table["fold"]),
            threshold=table["threshold"].replace("", "nan").to_numpy(np.float64),
            words=_numbers(table["words"]),
            unknown_share=table["unknown_share"].to_numpy(np.float64),
            retweet=_numbers(table["retweet"]).astype(np.bool_),
            cluster_size=_numbers(table["cluster_size"]),
            twin_in_training=_numbers(table["twin_in_training"]).astype(np.bool_),
        )
    except OSError as error:
        raise UsageError(f"the file {path} cannot be read: {error.strerror or error}") from None
    except (ValueError, TypeError) as error:
        raise UsageError(f"{path} is no {FILE_NAME} of 'warble-train evaluate' ({error}): evaluate again") from None


def _numbers(texts: "pd.Series[str]") -> npt.NDArray[np.intp]:
    return texts.to_numpy(np.intp)

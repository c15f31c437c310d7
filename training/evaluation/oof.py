"""``oof.csv``: what was answered for each scored tweet by what had not seen it (out of fold); no texts in it.

Everything that is said about an evaluation's predictions can be recomputed from this file.
"""

import csv
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Final, Self

import numpy as np
import numpy.typing as npt

from model.errors import UsageError
from training.metrics import decided

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
    with path.open("x", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([*_BEFORE, *oof.labels, *_AFTER])
        for place in range(len(oof)):
            threshold = oof.threshold[place]
            writer.writerow(
                [
                    oof.row[place],
                    oof.cluster[place],
                    oof.fold[place],
                    oof.labels[oof.target[place]],
                    "" if np.isnan(threshold) else float(threshold),
                    *oof.probabilities[place].tolist(),
                    oof.words[place],
                    float(oof.unknown_share[place]),
                    int(oof.retweet[place]),
                    oof.cluster_size[place],
                    int(oof.twin_in_training[place]),
                ]
            )


def read_oof(path: Path) -> Oof:
    """Read the file. Raises UsageError in one line for what is none."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            header, *records = csv.reader(file, strict=True)
        labels = tuple(header[len(_BEFORE) : -len(_AFTER)])
        if tuple(header) != (*_BEFORE, *labels, *_AFTER) or len(labels) < _BINARY or not records:
            raise ValueError("other columns, or no rows")  # noqa: TRY301 - one wording
        columns = dict(zip(header, zip(*records, strict=True), strict=True))
        return Oof(
            labels=labels,
            row=_numbers(columns["row"]),
            cluster=_numbers(columns["cluster"]),
            fold=_numbers(columns["fold"]),
            target=np.array([labels.index(label) for label in columns["label"]], dtype=np.intp),
            threshold=np.array([float(text or "nan") for text in columns["threshold"]]),
            probabilities=np.array([columns[label] for label in labels], dtype=np.float64).T.copy(),
            words=_numbers(columns["words"]),
            unknown_share=np.array(columns["unknown_share"], dtype=np.float64),
            retweet=_numbers(columns["retweet"]).astype(np.bool_),
            cluster_size=_numbers(columns["cluster_size"]),
            twin_in_training=_numbers(columns["twin_in_training"]).astype(np.bool_),
        )
    except OSError as error:
        raise UsageError(f"the file {path} cannot be read: {error.strerror or error}") from None
    except (ValueError, csv.Error) as error:
        raise UsageError(f"{path} is no {FILE_NAME} of 'warble-train evaluate' ({error}): evaluate again") from None


def _numbers(texts: tuple[str, ...]) -> npt.NDArray[np.intp]:
    return np.array([int(text) for text in texts], dtype=np.intp)

"""What an evaluation is about."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from training.data.splits import Split
from training.data.tweets import LabelledTweets
from training.evaluation.candidate import Candidate
from training.evaluation.contenders import Contender, Overrides
from training.evaluation.result import Protocol

DEFAULT_SEED: Final = 67
DEFAULT_FOLDS: Final = 5


@dataclass(frozen=True)
class Request:
    """What the command line asks for."""

    what: str
    data: Path
    out: Path
    protocol: Literal["grouped", "study"]
    folds: int | None
    """Of a grouped evaluation; None for ``DEFAULT_FOLDS``."""
    subset: float
    overrides: Overrides
    work_dir: Path | None
    """Kept if it is given; otherwise one beside ``out``, deleted once the evaluation is there."""
    overwrite: bool

    @property
    def seed(self) -> int:
        """Of the folds and of the subset."""
        return DEFAULT_SEED if self.overrides.seed is None else self.overrides.seed


@dataclass(frozen=True)
class Work:
    """The data, cut into parts, and who answers."""

    request: Request
    contender: Contender
    candidate: Candidate
    protocol: Protocol
    tweets: LabelledTweets
    clusters: npt.NDArray[np.intp]
    splits: Sequence[Split]
    data_digest: str

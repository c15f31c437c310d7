"""A trial: what was drawn, and what it scored, on disk after every fold."""

from pathlib import Path
from statistics import fmean, pstdev
from typing import Annotated

from pydantic import Field, NonNegativeFloat, NonNegativeInt, ValidationError

from model.errors import UsageError
from model.strict import Strict
from training.output import whole_file
from training.search.space import Values


class FoldScore(Strict):
    """What a trial scored on one fold."""

    macro_f1: Annotated[float, Field(ge=0, le=1)]
    """On the tweets that the fold holds out."""
    epochs: NonNegativeInt
    seconds: NonNegativeFloat
    """Of training."""


class Trial(Strict):
    """One draw."""

    number: NonNegativeInt
    values: Values
    folds: tuple[FoldScore, ...] = ()
    """Those that are done."""
    failure: str | None = None
    """Why there are no more of them; None if nothing went wrong."""

    @property
    def macro_f1(self) -> float:
        """Mean over the folds: what the search is after."""
        return fmean(fold.macro_f1 for fold in self.folds)

    @property
    def spread(self) -> float:
        """Standard deviation over the folds."""
        return pstdev([fold.macro_f1 for fold in self.folds])

    @property
    def seconds(self) -> float:
        """Of training."""
        return sum(fold.seconds for fold in self.folds)

    def finished(self, folds: int) -> bool:
        """Say whether there is nothing left to do."""
        return self.failure is not None or len(self.folds) == folds


def save_trial(trial: Trial, directory: Path) -> None:
    """Write a trial so that a kill at any moment leaves either the old state of it or the new one."""
    with whole_file(_path(directory, trial.number), overwrite=True) as file:
        file.write(trial.model_dump_json(indent=1) + "\n")


def load_trial(directory: Path, number: int, values: Values) -> Trial:
    """Read what was done of a trial; a fresh one if nothing was.

    Raises UsageError for a file that is no trial, or one of other values.
    """
    path = _path(directory, number)
    if not path.exists():
        return Trial(number=number, values=values)
    try:
        trial = Trial.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        raise UsageError(f"{path} is not a readable trial: delete it, or start anew with --overwrite") from None
    if trial.values != values:
        raise UsageError(f"{path} is a trial of other values: give another --out, or start anew with --overwrite")
    return trial


def _path(directory: Path, number: int) -> Path:
    return directory / f"trial-{number:04}.json"

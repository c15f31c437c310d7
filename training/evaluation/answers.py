"""Each fold's answers on disk, so that an evaluation that was stopped goes on where it was."""

import hashlib
import json
import os
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from training.data.splits import Split
from training.evaluation.candidate import FoldAnswer

_STATE: Final = "state"


def run_digest(identity: Mapping[str, str], data_digest: str, split: Split) -> str:
    """Name what decides a fold's answers: the candidate, the data and the parts."""
    parts = [hashlib.sha256(part.astype("<i8").tobytes()).hexdigest() for part in split]
    return hashlib.sha256(json.dumps([dict(identity), data_digest, parts], sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True)
class KeptAnswers:
    """A directory with one file a fold."""

    directory: Path

    def find(self, fold: int, run: str) -> FoldAnswer | None:
        """Read a fold's answers; None if there are none, or another run's, or a damaged file: they are made again."""
        try:
            # Opened here, because numpy leaves a file open in which it finds no archive.
            with self._path(fold).open("rb") as file, np.load(file, allow_pickle=False) as stored:
                state = json.loads(str(stored[_STATE]))
                if state.pop("run") != run:
                    return None
                arrays: dict[str, Any] = {name: stored[name] for name in stored.files if name != _STATE}
            return FoldAnswer(**arrays, **state)
        except (OSError, EOFError, ValueError, KeyError, TypeError, zipfile.BadZipFile):
            return None

    def keep(self, fold: int, run: str, answer: FoldAnswer) -> None:
        """Write a fold's answers, whole or not at all. Raises OSError when there is no room."""
        values = {name: value for name, value in answer._asdict().items() if value is not None}
        arrays = {name: value for name, value in values.items() if isinstance(value, np.ndarray)}
        state = {name: value for name, value in values.items() if name not in arrays} | {"run": run}
        self.directory.mkdir(parents=True, exist_ok=True)
        unfinished = self._path(fold).with_suffix(".partial")
        try:
            with unfinished.open("wb") as file:
                np.savez(file, allow_pickle=False, **arrays, **{_STATE: np.array(json.dumps(state))})
                file.flush()
                os.fsync(file.fileno())
            unfinished.replace(self._path(fold))
        except OSError:
            unfinished.unlink(missing_ok=True)
            raise

    def count(self) -> int:
        """Count the folds that are answered."""
        return len(list(self.directory.glob("answers-*.npz")))

    def discard(self) -> None:
        """Delete every fold's file."""
        for path in (*self.directory.glob("answers-*.npz"), *self.directory.glob("answers-*.partial")):
            path.unlink(missing_ok=True)

    def _path(self, fold: int) -> Path:
        return self.directory / f"answers-{fold}.npz"

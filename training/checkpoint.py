"""Where a run stands after an epoch, on disk, whole or not at all."""

import json
import os
import zipfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypedDict

import numpy as np
import numpy.typing as npt

from model.architecture.weights import Weights
from model.errors import UsageError

FILE_NAME: Final = "checkpoint.npz"
_STATE: Final = "state"
Arrays = dict[str, npt.NDArray[np.generic]]


class Epoch(TypedDict):
    """One line of a run's history."""

    epoch: int
    loss: float
    """Mean weighted loss over the epoch's batches, dropout on."""
    validation_loss: float
    """Mean loss over the validation tweets, unweighted, dropout off."""
    validation_macro_f1: float
    seconds: float


@dataclass(frozen=True)
class Checkpoint:
    """Everything that the next epoch depends on, and what the run would ship if it ended here."""

    run: Mapping[str, str]
    """What identifies the run: a checkpoint of another one is never continued."""
    weights: Weights
    optimizer: Arrays
    best_weights: Weights
    best_epoch: int
    history: tuple[Epoch, ...] = ()
    finished: bool = False


def save_checkpoint(checkpoint: Checkpoint, directory: Path) -> None:
    """Write the checkpoint so that a kill at any moment leaves either the old one or the new one.

    Raises OSError, and leaves the old one, when there is no room.
    """
    directory.mkdir(parents=True, exist_ok=True)
    state = {
        "run": dict(checkpoint.run),
        "best_epoch": checkpoint.best_epoch,
        "history": list(checkpoint.history),
        "finished": checkpoint.finished,
    }
    arrays: Arrays = {_STATE: np.array(json.dumps(state))}
    for group in ("weights", "optimizer", "best_weights"):
        arrays |= {f"{group}/{name}": array for name, array in getattr(checkpoint, group).items()}
    unfinished = directory / f"{FILE_NAME}.partial"
    try:
        with unfinished.open("wb") as file:
            np.savez(file, allow_pickle=False, **arrays)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(directory / FILE_NAME)
    except OSError:
        # On a full disk, half a checkpoint is in the way of whatever else needs room.
        unfinished.unlink(missing_ok=True)
        raise


def load_checkpoint(directory: Path) -> Checkpoint | None:
    """Read the checkpoint in ``directory``; None if there is none.

    Raises UsageError for a file that is not a checkpoint of ours.
    """
    path = directory / FILE_NAME
    try:
        # Opened here, because numpy leaves a file open in which it finds no archive.
        with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
        state = json.loads(str(arrays.pop(_STATE)))
        return Checkpoint(
            run=state["run"],
            weights=_weights(arrays, "weights"),
            optimizer=_group(arrays, "optimizer"),
            best_weights=_weights(arrays, "best_weights"),
            best_epoch=state["best_epoch"],
            history=tuple(state["history"]),
            finished=state["finished"],
        )
    except FileNotFoundError:
        return None
    except (OSError, EOFError, ValueError, KeyError, TypeError, zipfile.BadZipFile) as error:
        raise UsageError(
            f"{path} is not a readable checkpoint ({type(error).__name__}): delete it, or start anew with --overwrite"
        ) from None


def discard_checkpoint(directory: Path) -> None:
    """Delete the checkpoint, and the directory if nothing else is in it."""
    for name in (FILE_NAME, f"{FILE_NAME}.partial"):
        (directory / name).unlink(missing_ok=True)
    with suppress(OSError):
        directory.rmdir()


def _group(arrays: Arrays, group: str) -> Arrays:
    prefix = f"{group}/"
    return {name.removeprefix(prefix): array for name, array in arrays.items() if name.startswith(prefix)}


def _weights(arrays: Arrays, group: str) -> Weights:
    return {name: array.astype(np.float32, copy=False) for name, array in _group(arrays, group).items()}

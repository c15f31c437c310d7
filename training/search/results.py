"""What a search leaves: all trials as a table, the best as a preset."""

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from training.output import whole_file
from training.presets.schema import Preset
from training.search.space import names, with_values
from training.search.toml import to_toml
from training.search.trial import Trial

TRIALS: Final = "trials.csv"
BEST: Final = "best.toml"
_DECIMALS: Final = 6


def write_trials(path: Path, preset: Preset, trials: Sequence[Trial], folds: int) -> None:
    """Write a row a trial, in the order they were drawn; a failed one has its reason and no macro-F1."""
    drawn = names(preset.search)
    scores = [f"fold_{fold}" for fold in range(1, folds + 1)]
    with whole_file(path, overwrite=True) as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["trial", "status", "macro_f1", "spread", *drawn, *scores, "epochs", "seconds", "reason"])
        for trial in trials:
            done = trial.failure is None
            of_folds = [round(fold.macro_f1, _DECIMALS) for fold in trial.folds]
            writer.writerow(
                [
                    trial.number + 1,
                    "done" if done else "failed",
                    round(trial.macro_f1, _DECIMALS) if done else "",
                    round(trial.spread, _DECIMALS) if done else "",
                    *(trial.values.get(name, "") for name in drawn),
                    *of_folds,
                    *[""] * (folds - len(of_folds)),
                    sum(fold.epochs for fold in trial.folds),
                    round(trial.seconds, 1),
                    trial.failure or "",
                ]
            )


def best_of(trials: Sequence[Trial]) -> Trial | None:
    """Return the trial with the highest mean macro-F1, the first of equals; None if none was finished."""
    return max((trial for trial in trials if trial.failure is None), key=lambda trial: trial.macro_f1, default=None)


def write_best(path: Path, preset: Preset, best: Trial, *, trials: int, folds: int) -> None:
    """Write the best trial as a preset of its own, which ``fit``, ``evaluate`` and ``search`` accept."""
    found = with_values(preset, best.values).model_copy(
        update={
            "name": f"{preset.name[:57]}-found",
            "description": f"{preset.name} as the best of {trials} random trials has it",
            "study": (),
        }
    )
    comment = (
        f"Written by `warble-train search {preset.name}`: trial {best.number + 1} of {trials}.\n"
        f"Mean macro-F1 {best.macro_f1:.4f} over {folds} grouped folds of the training part (standard deviation "
        f"{best.spread:.4f}).\nIt was chosen by that figure, which therefore flatters it: evaluate it."
    )
    with whole_file(path, overwrite=True) as file:
        file.write(to_toml(found, comment))

"""What is kept of a training run beside its network: how it went, and how good it is."""

import csv
from pathlib import Path
from typing import Final

import numpy as np

from model.bundle.metadata import to_json
from training.checkpoint import Checkpoint, Epoch
from training.held_out import Evaluation
from training.pictures import COLOURS, MARKERS, figure, save
from training.prepare import Prepared
from training.publish import published_directory
from training.recurrent import RecurrentPrepared
from training.workdir import sibling

SCORES: Final = "scores.json"


def record_directory(bundle: Path) -> Path:
    """Name the directory beside a bundle; a bundle itself holds nothing that its manifest does not list."""
    return sibling(bundle, ".training")


def write_record(
    target: Path,
    prepared: Prepared,
    result: Checkpoint,
    evaluation: Evaluation,
    *,
    subset: float,
    overwrite: bool,
) -> None:
    """Write the history and its curves, the scores, and for a network that is not served its weights.

    Raises UsageError if something is in the way at ``target``.
    """
    preset = prepared.preset
    with published_directory(target, SCORES, overwrite=overwrite) as draft:
        scores = {
            "preset": preset.name,
            "subset": subset,
            "best_epoch": result.best_epoch,
            "threshold": evaluation.threshold,
            "test": evaluation.scores,
            "constant_prediction": evaluation.constant,
            "run": dict(result.run),
        }
        (draft / SCORES).write_bytes(to_json(scores))
        with (draft / "history.csv").open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, list(Epoch.__annotations__))
            writer.writeheader()
            writer.writerows(result.history)
        draw_history(result, f"Training of {preset.name}", draft / "curves")
        if not isinstance(prepared, RecurrentPrepared):
            np.savez(draft / "weights.npz", allow_pickle=False, **result.best_weights)


def draw_history(result: Checkpoint, title: str, path: Path) -> None:
    """Draw loss and validation loss by epoch, as SVG and PNG."""
    epochs = [epoch["epoch"] for epoch in result.history]
    losses = {
        "training (weighted, with dropout and L2)": [epoch["loss"] for epoch in result.history],
        "validation": [epoch["validation_loss"] for epoch in result.history],
    }
    drawing, axes = figure(title, "epoch", "loss (nats a tweet)")
    for (name, values), colour, marker in zip(losses.items(), COLOURS, MARKERS, strict=False):
        axes.plot(epochs, values, color=colour, marker=marker, markersize=3, label=name)
    axes.axvline(result.best_epoch, color="grey", linestyle=":", label=f"kept: epoch {result.best_epoch}")
    axes.set_ylim(bottom=0)
    axes.legend()
    save(drawing, path)

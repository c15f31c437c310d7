"""A small data set of our own writing, vectors for its words, and a preset that fits them."""

import csv
from importlib.resources import files
from pathlib import Path

import numpy as np

from training.data.brands import COLUMNS, LABEL_OF

OPENINGS = {
    "I can't tell": ("so the ipad is a thing", "well google happened again"),
    "Negative emotion": ("my phone is broken again", "hate this awful battery"),
    "No emotion toward brand or product": ("the talk starts at noon", "doors of the store open at ten"),
    "Positive emotion": ("love my new ipad", "great launch and a great app"),
}
ENDINGS = ("in austin", "at the hotel", "before lunch", "near the river", "for the whole crew", "")
DIMENSION = 4


def write_brands(path: Path, rows: int = 240) -> Path:
    """Write a brand file with all four labels, in turn."""
    labels = list(LABEL_OF)
    with path.open("w", encoding="latin-1", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for row in range(rows):
            label = labels[row % len(labels)]
            opening = OPENINGS[label][row // len(labels) % 2]
            writer.writerow([f"{opening} {ENDINGS[row % len(ENDINGS)]}", "", label])
    return path


def write_glove(path: Path) -> Path:
    """Write vectors for some of the words."""
    random = np.random.default_rng(67)
    words = ("phone", "broken", "hate", "battery", "love", "ipad", "great", "talk", "store", "austin")
    lines = (" ".join([word, *(f"{number:.4f}" for number in random.normal(size=DIMENSION))]) for word in words)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def preset_text(**changes: str) -> str:
    """Return the shipped preset with some `key = value` lines changed."""
    lines = (files("training.presets") / "brands-bilstm.toml").read_text(encoding="utf-8").splitlines()
    for key, value in changes.items():
        found = [number for number, line in enumerate(lines) if line.startswith(f"{key} = ")]
        assert found, f"the preset has no {key}"
        for number in found:
            lines[number] = f"{key} = {value}"
    return "\n".join(lines)


def write_preset(path: Path, **changes: str) -> Path:
    """Write the shipped preset for vectors of four dimensions and three epochs, with further changes."""
    small = {"name": '"small"', "dimension": str(DIMENSION), "max_epochs": "3", "batch_size": "32"}
    path.write_text(preset_text(**(small | changes)), encoding="utf-8")
    return path

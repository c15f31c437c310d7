"""Small files in the data sets' formats, of our own writing: enough different tweets for folds, some posted twice."""

import csv
from pathlib import Path

import numpy as np

from training.data import brands, hate

WORDS = (
    *("river", "garden", "window", "paper", "music", "coffee", "winter", "summer", "bread", "bicycle"),
    *("train", "letter", "mountain", "station", "market", "bridge", "island", "kitchen", "pencil", "ticket"),
    *("blanket", "candle", "mirror", "basket", "ladder", "hammer", "ribbon", "saddle", "tunnel", "village"),
)
TELLING = {
    "hateful": ("awful", "nasty"),
    "not_hateful": ("lovely", "gentle"),
    "i can't tell": ("whatever", "maybe"),
    "negative": ("broken", "slow"),
    "neutral": ("noon", "schedule"),
    "positive": ("great", "love"),
}
REPEATED = 5
"""Every so many tweets, one is posted again."""


def write_hate(path: Path, rows: int = 120) -> Path:
    """Write a hate file in which every third tweet is hateful."""
    labels = ["hateful" if row % 3 == 0 else "not_hateful" for row in range(rows)]
    values = {"hateful": "1", "not_hateful": "0"}
    lines = [[str(row + 1), values[labels[row]], text] for row, text in enumerate(_texts(labels))]
    return _write(path, hate.COLUMNS, lines, "utf-8")


def write_brands(path: Path, rows: int = 160) -> Path:
    """Write a brand file with all four labels, in turn."""
    value_of = {label: value for value, label in brands.LABEL_OF.items()}
    labels = [sorted(value_of)[row % 4] for row in range(rows)]
    lines = [[text, "", value_of[label]] for text, label in zip(_texts(labels), labels, strict=True)]
    return _write(path, brands.COLUMNS, lines, "latin-1")


def _texts(labels: list[str]) -> list[str]:
    random = np.random.default_rng(67)
    texts: list[str] = []
    for row, label in enumerate(labels):
        if row % REPEATED == REPEATED - 1:
            texts.append(f"RT @somebody {texts[row - 1]}")
            continue
        words = list(random.choice(WORDS, size=6, replace=False))
        # Now and then the wrong word, so that there are mistakes.
        told = label if random.random() < 0.8 else str(random.choice(labels))
        texts.append(" ".join([*words, str(random.choice(TELLING[told]))]))
    return texts


def _write(path: Path, columns: tuple[str, ...], lines: list[list[str]], encoding: str) -> Path:
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file).writerows([columns, *lines])
    return path

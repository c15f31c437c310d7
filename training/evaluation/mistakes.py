"""The most confident mistakes, with their texts: for reading on the spot, not for publishing."""

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import numpy as np

from training.evaluation.oof import Oof

FILE_NAME: Final = "mistakes.csv"
SHOWN: Final = 50


def write_mistakes(oof: Oof, texts: Mapping[int, str], path: Path) -> None:
    """Write the wrongly labelled tweets whose true label was thought least probable, worst first.

    texts: by row in the data file.
    """
    decided = oof.decided
    wrong = np.flatnonzero(decided != oof.target)
    order = wrong[np.argsort(oof.probabilities[wrong, oof.target[wrong]], kind="stable")]
    with path.open("x", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["row", "fold", "label", "probability_of_label", "decided", "probability_of_decided", "text"])
        for place in order[:SHOWN]:
            label, given = oof.target[place], decided[place]
            probabilities = oof.probabilities[place]
            row = int(oof.row[place])
            writer.writerow(
                [
                    row,
                    oof.fold[place],
                    oof.labels[label],
                    f"{probabilities[label]:.4f}",
                    oof.labels[given],
                    f"{probabilities[given]:.4f}",
                    texts[row],
                ]
            )

"""Pre-trained GloVe word vectors as an embedding matrix."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from model.errors import UsageError


class Embedding(NamedTuple):
    """Vectors for a vocabulary."""

    matrix: npt.NDArray[np.float32]
    """[words + 1, dimension]; row 0 is padding, row i the i-th word; zeros where GloVe has no vector."""
    without_vector: int
    """How many words have no vector, and so look to the network like an unknown word with a place."""


def read_glove(path: Path, words: Sequence[str], dimension: int) -> Embedding:
    """Read the vectors of ``words`` from a GloVe text file (a word and its numbers a line, in UTF-8).

    Raises UsageError for a file that is missing, not a GloVe file, or of another dimension.
    """
    row_of = {word: row for row, word in enumerate(words, start=1)}
    matrix = np.zeros((len(words) + 1, dimension), dtype=np.float32)
    found: set[str] = set()
    number = 0
    try:
        with path.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, start=1):
                # The word itself may hold spaces in some GloVe files; the numbers never do.
                fields = line.rstrip("\n").rsplit(" ", dimension)
                _check_dimension(path, number, fields, dimension)
                row = row_of.get(fields[0])
                if row is not None:
                    matrix[row] = _vector(path, number, fields[1:])
                    found.add(fields[0])
    except FileNotFoundError:
        raise UsageError(f"there is no GloVe file {path}: name it with --glove FILE") from None
    except UnicodeDecodeError:
        raise UsageError(f"{path.name} is not a GloVe file: line {number + 1} is not UTF-8") from None
    except OSError as error:
        raise UsageError(f"the GloVe file {path} cannot be read: {error.strerror or error}") from None
    if not number:
        raise UsageError(f"the GloVe file {path.name} is empty: give one with --glove FILE")
    return Embedding(matrix, len(words) - len(found))


def _check_dimension(path: Path, number: int, fields: Sequence[str], dimension: int) -> None:
    too_many = " " in fields[0] and _is_number(fields[0].rsplit(" ", 1)[1])
    if len(fields) != dimension + 1 or too_many:
        count = fields[0].count(" ") + len(fields) - 1
        raise UsageError(
            f"{path.name}, line {number}: expected a word and {dimension} numbers, found {count}: "
            "give the GloVe file of the preset's dimension with --glove FILE"
        )


def _vector(path: Path, number: int, fields: Sequence[str]) -> npt.NDArray[np.float32]:
    try:
        vector = np.array(fields, dtype=np.float32)
    except ValueError:
        vector = np.array([np.nan], dtype=np.float32)
    if not np.isfinite(vector).all():
        raise UsageError(f"{path.name}, line {number}: not {len(fields)} finite numbers: it is no GloVe file")
    return vector


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True

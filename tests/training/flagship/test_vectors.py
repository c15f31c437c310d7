from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from tests.training.flagship.silent import Silent
from training.flagship.cache import Cache
from training.flagship.vectors import SPREAD, principal_components, word_vectors

RANDOM = np.random.default_rng(67)
PLANE = RANDOM.normal(size=(40, 2)) @ RANDOM.normal(size=(2, 9)) * 3 + 5
ROWS = (PLANE + RANDOM.normal(scale=0.01, size=PLANE.shape)).astype(np.float32)
TOKENS = [f"token{place}" for place in range(len(ROWS))]


class Pooling:
    """A teacher that knows the tokens above."""

    identity = "one"

    def __init__(self) -> None:
        self.asked = 0

    def pooled(self, texts: Sequence[str], reporter: object) -> np.ndarray:
        """Return each token's row."""
        del reporter
        self.asked += len(texts)
        return ROWS[[TOKENS.index(text) for text in texts]]


def distances(rows: np.ndarray) -> np.ndarray:
    return np.asarray(np.linalg.norm(rows[:, None] - rows, axis=-1))


def test_what_lies_in_a_plane_keeps_its_distances_in_two_dimensions() -> None:
    found = principal_components(ROWS, 2)
    assert np.corrcoef(distances(found).ravel(), distances(ROWS).ravel())[0, 1] == pytest.approx(1, abs=1e-4)
    assert np.sqrt((found**2).mean()) == pytest.approx(SPREAD)
    assert found.mean(axis=0) == pytest.approx(0, abs=1e-5)
    assert found[:, 0].var() > found[:, 1].var()


def test_a_direction_s_sign_does_not_depend_on_who_computes_it() -> None:
    assert principal_components(ROWS[::-1], 2)[::-1] == pytest.approx(principal_components(ROWS, 2), abs=1e-4)


def test_fewer_rows_or_columns_than_dimensions_are_refused() -> None:
    for rows, dimension in ((ROWS[:3], 4), (ROWS, 10)):
        with pytest.raises(ValueError, match="have no"):
            principal_components(rows, dimension)


def test_tokens_have_vectors_and_are_sent_once(tmp_path: Path) -> None:
    teacher = Pooling()
    found, again = (word_vectors(teacher, TOKENS, 3, Cache(tmp_path), Silent()) for _ in range(2))
    assert teacher.asked == len(TOKENS)
    assert found.matrix.shape == (len(TOKENS), 3)
    assert np.array_equal(found.matrix, again.matrix)
    vector = found("token7")
    assert vector is not None
    assert np.array_equal(vector, found.matrix[7])
    assert found("tokenless") is None
    word_vectors(teacher, TOKENS, 2, Cache(tmp_path), Silent())
    assert teacher.asked == 2 * len(TOKENS), "another dimension is another table"

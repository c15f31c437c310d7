"""Students with narrower word vectors."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from model.architecture.config import EMBEDDING
from tests.training.flagship.small import NEW, Watcher, config, transfer
from training.flagship.narrow import narrowed
from training.flagship.student import Student, train_student

TEXTS = transfer().texts


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Student:
    directory: Path = tmp_path_factory.mktemp("student")
    return train_student(transfer(), transfer(("bike",), sure=1.0), config(max_epochs=3), directory, Watcher())


def difference(one: Student, other: Student) -> float:
    return float(np.abs(one.probabilities(TEXTS) - other.probabilities(TEXTS)).max())


def test_as_many_dimensions_answer_alike(trained: Student) -> None:
    same = narrowed(trained, TEXTS, 8)
    assert difference(same, trained) < 2e-3
    np.testing.assert_allclose(same.probabilities(NEW), trained.probabilities(NEW), atol=2e-3)
    assert np.abs(same.weights[EMBEDDING] - trained.weights[EMBEDDING]).max() > 0.01, "nothing was done"


def test_vectors_in_a_plane_need_two_dimensions(trained: Student) -> None:
    # Beside their mean, which goes to the bias.
    random = np.random.default_rng(5)
    vectors = trained.weights[EMBEDDING]
    flat = (random.normal(size=(len(vectors), 2)) @ random.normal(size=(2, 8)) + random.normal(size=8)) / 2
    student = replace(trained, weights=trained.weights | {EMBEDDING: flat.astype(np.float32)})
    narrow = narrowed(student, TEXTS, 2)
    assert narrow.weights[EMBEDDING].shape == (len(vectors), 2)
    assert narrow.architecture.embedding.dimension == 2
    assert difference(narrow, student) < 2e-3
    assert difference(narrowed(student, TEXTS, 1), student) > 0.02


def test_what_the_texts_use_is_kept(trained: Student) -> None:
    # Words that they lack have vectors at right angles to all others and each other, and longer ones.
    ids = np.unique(trained.encoder.encode_all(TEXTS).rows.ids)
    unread = np.setdiff1d(np.arange(1, len(trained.weights[EMBEDDING])), ids)[:4]
    assert len(unread) == 4
    vectors = trained.weights[EMBEDDING].copy()
    vectors[:, 4:] = 0
    vectors[unread] = 0
    vectors[unread, 4:] = 10 * np.eye(4)
    student = replace(trained, weights=trained.weights | {EMBEDDING: vectors})
    assert difference(narrowed(student, [*TEXTS] * 1_000, 4), student) < 0.02


def test_vectors_survive_their_rounding_and_padding_stays_empty(trained: Student) -> None:
    vectors = narrowed(trained, TEXTS, 3).weights[EMBEDDING]
    np.testing.assert_array_equal(vectors, vectors.astype(np.float16).astype(np.float32))
    assert not vectors[0].any()

import numpy as np
import pytest

from model.errors import UsageError
from model.preprocessing.vocabulary import Vocabulary
from training.flagship.embeddings import initial_embedding

WORDS = ("<unk>", "<url>", "<user>", "#", "my", "love", "phone", "#mylove", "#phone", "#zzz")
VOCABULARY = Vocabulary.of_words(WORDS, ["s", "ing"])
VECTORS = {"my": np.array([1.0, 0, 2]), "love": np.array([3.0, 4, 0]), "#phone": np.array([7.0, 7, 7])}


def row(word: str) -> int:
    return VOCABULARY.forms[word]


def test_known_words_get_their_vectors_and_padding_none() -> None:
    matrix, without = initial_embedding(VOCABULARY, VECTORS.get, 3, seed=1)
    assert matrix.shape == (VOCABULARY.size + 1, 3)
    assert matrix.dtype == np.float32
    assert matrix[0].tolist() == [0, 0, 0]
    for word, vector in VECTORS.items():
        np.testing.assert_array_equal(matrix[row(word)], vector)
    assert without == VOCABULARY.size - 4


def test_a_hashtag_without_a_vector_starts_between_its_words() -> None:
    matrix = initial_embedding(VOCABULARY, VECTORS.get, 3, seed=1).matrix
    assert matrix[row("#mylove")].tolist() == [2, 2, 1]
    assert matrix[row("#phone")].tolist() == [7, 7, 7]


def test_the_rest_starts_at_random_as_far_out_as_the_others_and_by_the_seed() -> None:
    one, same, other = (initial_embedding(VOCABULARY, VECTORS.get, 3, seed=seed).matrix for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, same)
    assert not np.array_equal(one[row("phone")], other[row("phone")])
    many = Vocabulary.of_words([*WORDS, *(f"w{number}" for number in range(500))], ["s"])
    unknown = initial_embedding(many, VECTORS.get, 3, seed=1).matrix[len(WORDS) + 1 :]
    assert unknown.std() == pytest.approx(np.array(list(VECTORS.values())).std(), rel=0.1)
    assert 0.2 < initial_embedding(many, lambda _: None, 3, seed=1).matrix.std() < 0.4


@pytest.mark.parametrize("vector", [np.ones(4), np.ones((3, 1)), np.array([1, np.nan, 1])])
def test_a_vector_that_does_not_fit_is_refused(vector: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> None:
    with pytest.raises(UsageError, match="the vector of '<unk>' should be 3 finite numbers"):
        initial_embedding(VOCABULARY, lambda _: vector, 3, seed=1)

import numpy as np

from model.preprocessing.encoder import Encoded
from training.reference import reference_of

ENCODED = [Encoded([], 0, 0), Encoded([1], 1, 0), Encoded([1, 2, 3], 0, 0), Encoded([1] * 100, 0, 7)]
PROBABILITIES = np.array([[0.5, 0.5], [0.96, 0.04], [0.2, 0.8], [0, 1]], dtype=np.float32)


def test_every_tweet_is_in_one_bin_of_each_histogram() -> None:
    reference = reference_of(("a", "b"), ENCODED, PROBABILITIES)
    assert reference.tweets == 4
    assert reference.labels == {"a": 2, "b": 2}
    assert reference.words.edges[:4] == (0, 1, 2, 4)
    assert reference.words.counts == (1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1)
    assert dict(zip(reference.confidence.edges, reference.confidence.counts, strict=False)) == {
        **dict.fromkeys(reference.confidence.edges[:-1], 0),
        0.5: 1,
        0.8: 1,
        0.95: 1,
        0.999: 1,
    }
    assert reference.unknown.counts == (2, 0, 0, 0, 0, 1, 0, 0, 0, 0)


def test_an_empty_tweet_has_the_most_common_class_whatever_the_threshold() -> None:
    prior = np.array([[0.3, 0.7], [0.3, 0.7]], dtype=np.float32)
    assert reference_of(("a", "b"), ENCODED[:2], prior, 0.2).labels == {"a": 1, "b": 1}


def test_a_threshold_decides_which_label_counts() -> None:
    assert reference_of(("a", "b"), ENCODED, PROBABILITIES, 0.1).labels == {"a": 3, "b": 1}

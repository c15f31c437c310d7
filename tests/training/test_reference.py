import numpy as np

from model.preprocessing.encoder import Encoded
from training.reference import reference_histograms


def test_every_tweet_is_in_one_bin_of_each_histogram() -> None:
    encoded = [Encoded([], 0, 0), Encoded([1], 1, 0), Encoded([1, 2, 3], 0, 0), Encoded([1] * 100, 0, 7)]
    probabilities = np.array([[0.5, 0.5], [0.95, 0.05], [0.2, 0.8], [0, 1]], dtype=np.float32)
    histograms = reference_histograms(("a", "b"), encoded, probabilities)
    assert histograms["tweets"] == 4
    assert histograms["labels"] == {"a": 2, "b": 2}
    words, confidence, unknown = (histograms[name] for name in ("words", "confidence", "unknown"))
    assert isinstance(words, dict)
    assert isinstance(confidence, dict)
    assert isinstance(unknown, dict)
    assert isinstance(words["edges"], list)
    assert words["edges"][:4] == [0, 1, 2, 4]
    assert words["counts"] == [1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]
    assert confidence["counts"] == [0, 0, 0, 0, 0, 1, 0, 0, 1, 2]
    assert unknown["counts"] == [2, 0, 0, 0, 0, 1, 0, 0, 0, 0]

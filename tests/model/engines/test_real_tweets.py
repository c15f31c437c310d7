"""The shipped networks over the shared tweets: both engines give the same answers, whatever is beside a tweet."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from model.bundle.read import load_bundle
from model.classifier import Classifier
from tests import shared_tweets

BUNDLE = "brands-notebook"
FLAGSHIP = "brands"
SOME = 16
"""Of so many tweets the larger network reads one."""


@pytest.mark.data
@pytest.mark.parametrize(
    "read",
    [
        shared_tweets.brands,
        shared_tweets.hate_train,
        shared_tweets.hate_test,
        shared_tweets.sentiment140,
        shared_tweets.instagram,
    ],
)
def test_engines_equal_each_other_on_every_shared_tweet(tweets_data: Path, read: Callable[[Path], list[str]]) -> None:
    onnx, tensorflow = (
        Classifier.build(load_bundle(BUNDLE), engine=engine, device="cpu") for engine in ("onnx", "tensorflow")
    )
    rows = [onnx.encode(text).ids for text in read(tweets_data)]
    expected, received = onnx.predict(rows), tensorflow.predict(rows)
    assert expected.failed == received.failed == {}
    np.testing.assert_allclose(received.probabilities, expected.probabilities, rtol=0, atol=1e-5)


@pytest.mark.data
@pytest.mark.parametrize("read", [shared_tweets.brands, shared_tweets.sentiment140, shared_tweets.instagram])
def test_the_flagship_answers_alike_on_both_engines_and_in_any_company(
    tweets_data: Path, read: Callable[[Path], list[str]]
) -> None:
    onnx, tensorflow = (
        Classifier.build(load_bundle(FLAGSHIP), engine=engine, device="cpu") for engine in ("onnx", "tensorflow")
    )
    rows = [ids for text in read(tweets_data)[::SOME] if (ids := onnx.encode(text).ids)]
    expected = onnx.predict(rows).probabilities
    np.testing.assert_allclose(tensorflow.predict(rows).probabilities, expected, rtol=0, atol=1e-5)
    order = np.random.default_rng(67).permutation(len(rows))
    shuffled = onnx.predict([rows[place] for place in order]).probabilities
    np.testing.assert_allclose(shuffled, expected[order], rtol=0, atol=1e-5)
    for place in order[:100]:
        np.testing.assert_allclose(onnx.predict([rows[place]]).probabilities[0], expected[place], rtol=0, atol=1e-5)

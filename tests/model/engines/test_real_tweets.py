"""The shipped network over every shared tweet: both engines give the same answers."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from model.bundle.read import load_bundle
from model.classifier import Classifier
from tests import shared_tweets

BUNDLE = "brands-notebook"


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

import numpy as np
import pytest

from model.errors import UsageError
from training.weighting import ClassWeighting, balanced_weights, initial_output_bias, tweet_weights

LABELS = ("a", "b", "c", "d")
TARGETS = np.array([0, 1, 1, 2, 2, 2, 2, 3])
BALANCED = [2, 1, 0.5, 2]


def test_balanced_weights_are_inverse_frequencies_of_mean_one_over_the_tweets() -> None:
    weights = balanced_weights(TARGETS, LABELS)
    assert weights.tolist() == BALANCED
    assert weights[TARGETS].mean() == 1


def test_a_class_without_a_tweet_is_named() -> None:
    with pytest.raises(UsageError, match="is labelled 'b', 'd'"):
        balanced_weights(np.array([0, 2]), LABELS)


@pytest.mark.parametrize(
    ("weighting", "in_the_loss", "in_the_bias"),
    [
        (ClassWeighting.LOSS, True, False),
        (ClassWeighting.OUTPUT_BIAS, False, True),
        (ClassWeighting.NONE, False, False),
    ],
)
def test_the_weights_go_where_the_weighting_says(
    weighting: ClassWeighting, *, in_the_loss: bool, in_the_bias: bool
) -> None:
    weights = np.array(BALANCED)
    losses = tweet_weights(weighting, weights, TARGETS)
    bias = initial_output_bias(weighting, weights)
    assert losses.tolist() == (weights[TARGETS].tolist() if in_the_loss else [1] * len(TARGETS))
    assert bias.tolist() == (BALANCED if in_the_bias else [0] * 4)
    assert losses.dtype == bias.dtype == np.float32

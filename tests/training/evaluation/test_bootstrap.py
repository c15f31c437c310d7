import numpy as np
import pytest

from training.evaluation.bootstrap import RESAMPLES, Statistic, differences, estimates
from training.evaluation.weighted import Floats


def share(right: Floats) -> Statistic:
    return lambda weights: {"share": weights @ right / weights.sum(axis=1)}


def test_an_interval_has_the_width_that_theory_gives_it() -> None:
    found = estimates(share(np.repeat([1.0, 0.0], [300, 100])), 400)["share"]
    assert found is not None
    assert found.value == 0.75
    half = 1.96 * np.sqrt(0.75 * 0.25 / 400)
    assert [found.low, found.high] == pytest.approx([0.75 - half, 0.75 + half], abs=0.008)


def test_what_is_hard_for_both_moves_no_difference() -> None:
    both = np.repeat([1.0, 0.0], [200, 200])
    better = both.copy()
    better[-20:] = 1
    found = differences(share(better), share(both), 400)["share"]
    assert found is not None
    assert found.value == pytest.approx(0.05)
    half = 1.96 * np.sqrt(0.05 * 0.95 / 400)
    assert [found.low, found.high] == pytest.approx([0.05 - half, 0.05 + half], abs=0.005)
    turned = differences(share(both), share(better), 400)["share"]
    assert turned is not None
    assert (turned.value, turned.low, turned.high) == (-found.value, -found.high, -found.low)
    assert set(differences(share(both), share(both), 400)["share"] or ()) == {("value", 0), ("low", 0), ("high", 0)}


def test_the_same_tweets_give_the_same_interval() -> None:
    right = np.repeat([1.0, 0.0], [3, 4])
    assert estimates(share(right), 7) == estimates(share(right), 7)


def test_every_resample_has_as_many_tweets_as_there_are() -> None:
    sizes: list[Floats] = []

    def statistic(weights: Floats) -> dict[str, Floats]:
        sizes.append(weights.sum(axis=1))
        return {"constant": np.ones(len(weights))}

    estimates(statistic, 5000)
    assert set(np.concatenate(sizes).tolist()) == {5000}
    assert sum(map(len, sizes[1:])) == RESAMPLES
    assert len(sizes) > 3, "not all weights are in memory at once"


def test_every_tweet_is_drawn_as_often_as_any_other() -> None:
    drawn: list[Floats] = []

    def statistic(weights: Floats) -> dict[str, Floats]:
        drawn.append(weights.mean(axis=0))
        return {"constant": np.ones(len(weights))}

    estimates(statistic, 4)
    assert drawn[1] == pytest.approx(np.ones(4), abs=0.1)


def test_what_is_undefined_is_none_and_undefined_resamples_are_left_out() -> None:
    def statistic(weights: Floats) -> dict[str, Floats]:
        return {
            "never": np.full(len(weights), np.nan),
            # Undefined where the one tweet that it needs was not drawn.
            "sometimes": np.where(weights[:, 0] > 0, 0.5, np.nan),
        }

    found = estimates(statistic, 10)
    assert found["never"] is None
    assert found["sometimes"] is not None
    assert (found["sometimes"].low, found["sometimes"].high) == (0.5, 0.5)

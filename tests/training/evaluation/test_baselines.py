import numpy as np
import pytest

from training.data.splits import Split
from training.data.tweets import LabelledTweets
from training.evaluation.baselines import ClassPrior, Logistic

TEXTS = (*(f"lovely day number {row}" for row in range(30)), *(f"awful night number {row}" for row in range(10)))


def tweets(targets: list[int], labels: tuple[str, ...] = ("hateful", "not_hateful")) -> LabelledTweets:
    return LabelledTweets(TEXTS, np.array(targets, dtype=np.intp), labels, without_text=0, rows=np.arange(len(TEXTS)))


SPLIT = Split(np.arange(0, 40, 2), np.arange(1, 40, 4), np.arange(3, 40, 4))
TOLD_APART = tweets([1] * 30 + [0] * 10)


def test_the_prior_is_the_training_part_s_for_every_tweet() -> None:
    answer = ClassPrior().answer(TOLD_APART, SPLIT, 0)
    assert answer.test.tolist() == [[0.25, 0.75]] * 10
    assert answer.validation.tolist() == [[0.25, 0.75]] * 10
    assert answer.epochs == 0


@pytest.mark.parametrize("weighted", [False, True])
def test_the_regression_ranks_what_words_tell_apart(weighted: bool) -> None:  # noqa: FBT001 - a parameter of a test
    answer = Logistic(weighted=weighted).answer(TOLD_APART, SPLIT, 0)
    hateful = TOLD_APART.targets[SPLIT.test] == 0
    assert answer.test.sum(axis=1) == pytest.approx(1)
    assert answer.test[hateful, 0].min() > answer.test[~hateful, 0].max()
    assert answer.seconds > 0


def test_weighing_the_rarer_class_makes_it_more_probable() -> None:
    plain, weighted = (Logistic(weighted=weighted).answer(TOLD_APART, SPLIT, 0).test for weighted in (False, True))
    assert (weighted[:, 0] > plain[:, 0]).all()


def test_the_labels_of_what_is_scored_are_not_looked_at() -> None:
    turned = TOLD_APART.targets.copy()
    turned[SPLIT.test] = 1 - turned[SPLIT.test]
    one = Logistic(weighted=True).answer(TOLD_APART, SPLIT, 0)
    two = Logistic(weighted=True).answer(tweets(turned.tolist()), SPLIT, 0)
    assert np.array_equal(one.test, two.test)


def test_a_label_that_does_not_occur_in_training_gets_nothing() -> None:
    answer = Logistic(weighted=False).answer(tweets([1] * 20 + [2] * 20, ("a", "b", "c")), SPLIT, 0)
    assert answer.test.shape == (10, 3)
    assert (answer.test[:, 0] == 0).all()
    assert answer.test.sum(axis=1) == pytest.approx(1)


def test_what_decides_the_answers_tells_the_variants_apart() -> None:
    one, two = Logistic(weighted=False), Logistic(weighted=True)
    assert (one.name, two.name) == ("logistic", "logistic-weighted")
    assert one.identity != two.identity

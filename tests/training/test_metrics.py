import numpy as np
import pytest

from training.metrics import constant_scores, score

LABELS = ("a", "b", "c")
TRUTH = np.array([0, 0, 1, 2])
PROBABILITIES = np.array([[0.6, 0.3, 0.1], [0.2, 0.7, 0.1], [0.3, 0.5, 0.2], [0.5, 0.4, 0.1]])
# By hand. Decided: a, b, b, a. Against the rest: a: positives .6 .2, negatives .3 .5 -> 2 of 4 pairs;
# b: positive .5, negatives .3 .7 .4 -> 2 of 3; c: positive .1, negatives .1 .1 .2 -> two ties of 3.
AREAS = (2 / 4, 2 / 3, 1 / 3)
# All pairs: positives .6 .2 .5 .1; negatives .3 .1 .7 .1 .3 .2 .5 .4.
# .6 beats 7; .2 beats 2 and ties 1; .5 beats 6 and ties 1; .1 ties 2.
FLAT = (7 + 2.5 + 6.5 + 1) / 32


def test_scores_are_those_worked_out_by_hand() -> None:
    scores = score(LABELS, TRUTH, PROBABILITIES)
    assert scores["tweets"] == 4
    assert scores["accuracy"] == 0.5
    assert scores["per_class"] == {
        "a": {"precision": 0.5, "recall": 0.5, "f1": 0.5, "tweets": 2},
        "b": {"precision": 0.5, "recall": 1.0, "f1": pytest.approx(2 / 3), "tweets": 1},
        "c": {"precision": 0.0, "recall": 0.0, "f1": 0.0, "tweets": 1},
    }
    assert scores["macro_f1"] == pytest.approx((1 / 2 + 2 / 3 + 0) / 3)
    assert scores["auc_macro"] == pytest.approx(np.mean(AREAS))
    assert scores["auc_flat"] == pytest.approx(FLAT)


def test_a_constant_prediction_has_no_macro_area_to_show_but_a_flat_one() -> None:
    scores = constant_scores(LABELS, TRUTH, np.array([0, 0, 0, 1, 1, 2]))
    assert scores["accuracy"] == 0.5
    assert scores["macro_f1"] == pytest.approx(2 / 3 / 3)
    assert scores["auc_macro"] == 0.5
    # Positives 1/2 1/2 1/3 1/6; negatives 1/2 1/2, 1/3 x 3, 1/6 x 3.
    assert scores["auc_flat"] == pytest.approx((7 + 7 + (3 + 1.5) + 1.5) / 32)


def test_a_class_that_does_not_occur_is_left_out_of_the_macro_area() -> None:
    scores = score(LABELS, np.array([0, 1]), np.array([[0.9, 0.1, 0.0], [0.2, 0.8, 0.0]]))
    assert scores["auc_macro"] == 1
    assert scores["per_class"]["c"]["f1"] == 0


def test_one_class_alone_has_no_area() -> None:
    assert score(LABELS, np.array([1, 1]), np.full((2, 3), 1 / 3))["auc_macro"] == 0.5


@pytest.mark.parametrize(("truth", "shape"), [([0], (2, 3)), ([0], (1, 2)), ([], (0, 3))])
def test_what_does_not_fit_is_an_error(truth: list[int], shape: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="do not fit"):
        score(LABELS, np.array(truth, dtype=np.intp), np.zeros(shape))

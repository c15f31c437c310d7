import numpy as np
import pytest

from model.errors import WarbleError
from training.data.splits import Split
from training.data.tweets import LabelledTweets
from training.evaluation.assemble import assemble, check_answer, threshold_of
from training.evaluation.candidate import FoldAnswer

TEXTS = ("RT @me one two", "three", "three four", "five", "six", "seven eight nine")
TWEETS = LabelledTweets(
    TEXTS, np.array([0, 1, 1, 0, 1, 0]), ("hateful", "not_hateful"), without_text=1, rows=np.array([0, 1, 2, 4, 5, 6])
)
CLUSTERS = np.array([0, 1, 1, 2, 3, 4])
# The second tweet of the first split's test part has its twin in training.
SPLITS = [
    Split(np.array([0, 1]), np.array([3, 4]), np.array([5, 2])),
    Split(np.array([2, 5]), np.array([3, 4]), np.array([0])),
]
ANSWERS = [
    FoldAnswer(np.array([[0.3, 0.7], [0.1, 0.9]]), np.array([[0.25, 0.75], [0.6, 0.4]]), 1, 2.0),
    FoldAnswer(np.array([[0.9, 0.1], [0.1, 0.9]]), np.array([[0.5, 0.5]]), 1, 2.0, np.array([0.75]), threshold=0.8),
]


def test_what_the_folds_answered_is_ordered_by_row() -> None:
    oof = assemble(TWEETS, CLUSTERS, SPLITS, ANSWERS)
    assert oof.row.tolist() == [0, 2, 6]
    assert oof.fold.tolist() == [1, 0, 0]
    assert oof.probabilities[:, 0].tolist() == [0.5, 0.6, 0.25]
    assert oof.target.tolist() == [0, 1, 0]
    assert oof.cluster.tolist() == [0, 1, 4]
    assert oof.cluster_size.tolist() == [1, 2, 1]
    assert oof.twin_in_training.tolist() == [False, True, False]
    assert oof.retweet.tolist() == [True, False, False]
    assert oof.words.tolist() == [4, 2, 3]
    # The first fold's candidate has no vocabulary of its own: "three" stands in its training tweets, "four" does not.
    assert oof.unknown_share.tolist() == [0.75, 0.5, 1.0]


def test_a_threshold_is_chosen_on_the_validation_part_unless_the_candidate_brings_one() -> None:
    oof = assemble(TWEETS, CLUSTERS, SPLITS, ANSWERS)
    assert oof.threshold.tolist() == pytest.approx([0.8, 0.2, 0.2])
    assert oof.decided.tolist() == [1, 0, 0]
    worse = ANSWERS[0]._replace(test=np.array([[0.9, 0.1], [0.0, 1.0]]))
    assert threshold_of(TWEETS, SPLITS[0], worse) == pytest.approx(0.2)


def test_more_than_two_labels_have_no_threshold() -> None:
    tweets = LabelledTweets(TEXTS, TWEETS.targets, ("a", "b", "c"), without_text=0, rows=TWEETS.rows)
    answer = FoldAnswer(np.full((2, 3), 1 / 3), np.full((2, 3), 1 / 3), 1, 2.0)
    assert threshold_of(tweets, SPLITS[0], answer) is None
    assert np.isnan(assemble(tweets, CLUSTERS, SPLITS[:1], [answer]).threshold).all()


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -0.1, 1.1])
def test_what_is_no_probability_is_refused(wrong: float) -> None:
    bad = np.full((2, 2), wrong)
    for answer in (ANSWERS[0]._replace(validation=bad), ANSWERS[0]._replace(test=bad)):
        with pytest.raises(WarbleError, match="lstm answered with what is no probability"):
            check_answer("lstm", SPLITS[0], answer, 2)


def test_an_answer_must_fit_its_part() -> None:
    with pytest.raises(ValueError, match="does not fit 1 tweets"):
        check_answer("lstm", SPLITS[1], ANSWERS[0], 2)

"""Folds that break the protocol, or are smaller."""

from pathlib import Path

import numpy as np
import pytest

from model.errors import WarbleError
from tests.training.evaluation.tables import BINARY, table
from tests.training.flagship import sample
from tests.training.flagship.silent import Silent
from training.data.splits import Split
from training.data.tweets import LabelledTweets
from training.evaluation.oof import Oof
from training.flagship.cache import Cache
from training.flagship.checks import (
    AGAIN,
    LEAKY,
    SHUFFLED,
    check_apart,
    curve,
    guarded,
    leaky,
    part_of,
    posted_again,
    shuffled,
    unlike,
)
from training.flagship.corpus import Corpus
from training.flagship.fold import Fold
from training.flagship.teachers import Teachers


@pytest.fixture(scope="module")
def fold() -> Fold:
    return sample.fold(rows=240)


def test_a_shuffle_leaves_each_label_as_often_and_near_duplicates_alike(fold: Fold) -> None:
    before, after = fold.corpus.tweets.targets, shuffled(fold, 5).corpus.tweets.targets
    clusters = fold.corpus.clusters
    first = np.unique(clusters, return_index=True)[1]
    assert np.bincount(before[first]).tolist() == np.bincount(after[first]).tolist()
    assert (after == after[first][clusters]).all()
    assert 0.2 < (before[first] == after[first]).mean() < 0.5
    assert shuffled(fold, 5).split == fold.split


def test_what_leaks_are_the_near_duplicates_of_tweets_that_are_judged(fold: Fold) -> None:
    again = posted_again(fold)
    clusters, judged = fold.corpus.clusters, again.split.test
    assert 0 < len(judged) < len(fold.split.test)
    assert all(np.count_nonzero(clusters == clusters[row]) > 1 for row in judged)
    others = np.setdiff1d(fold.split.test, judged)
    assert all(np.count_nonzero(clusters == clusters[row]) == 1 for row in others)

    train = leaky(again).split.train
    put_back = np.setdiff1d(train, fold.split.train)
    assert np.isin(clusters[judged], clusters[put_back]).all()
    assert not np.isin(train, fold.split.test).any()
    assert len(train) == len(put_back) + len(fold.split.train)


def of_folds(texts: list[str], folds: list[int]) -> tuple[Oof, Corpus]:
    """Three tweets that are scored, in rows 0, 2 and 4 of a file."""
    tweets = LabelledTweets(tuple(texts), np.array([0, 1, 0]), BINARY, 0, np.array([0, 2, 4]))
    return table(3, fold=np.array(folds), target=tweets.targets), Corpus(tweets)


def cut(texts: list[str], folds: list[int]) -> list[Fold]:
    """The same, as two folds that score them."""
    corpus, nothing = of_folds(texts, folds)[1], np.empty(0, np.intp)
    return [Fold("", corpus, Split(nothing, nothing, np.flatnonzero(np.array(folds) == one))) for one in (0, 1)]


def test_near_duplicates_that_are_scored_in_different_folds_are_a_fault_that_is_told() -> None:
    texts = ["we wait in line for the tablet", "so much rain today", "RT @a: we wait in line for the tablet!"]
    check_apart(cut(texts, [0, 1, 0]))
    with pytest.raises(WarbleError, match=r"rows 0 and 4 are near-duplicates in different folds, and 0 more pairs"):
        check_apart(cut(texts, [0, 1, 1]))


def test_what_resembles_a_tweet_of_another_fold_is_left_out() -> None:
    texts = ["we wait in line for the new tablet since noon", "so much rain today"]
    texts.append(texts[0].replace("tablet", "phone"))
    assert unlike(*of_folds(texts, [0, 1, 1])).row.tolist() == [2]
    assert unlike(*of_folds(texts, [0, 1, 0])).row.tolist() == [0, 2, 4]


def test_a_part_lies_within_the_next_larger_one_and_has_its_share_of_each_class(fold: Fold) -> None:
    targets = fold.corpus.tweets.targets
    larger = fold.split.train
    for parts in (2, 4, 8):
        part = part_of(fold, parts, 3).split
        assert np.isin(part.train, larger).all()
        whole = np.bincount(targets[fold.split.train])
        assert np.bincount(targets[part.train]).tolist() == np.ceil(whole / parts).tolist()
        assert part.validation is fold.split.validation
        assert part.test is fold.split.test
        larger = part.train


def test_the_linear_model_breaks_each_rule_and_learns_from_each_part(fold: Fold, tmp_path: Path) -> None:
    recipe = sample.recipe(teacher__seeds=())
    teachers = Teachers(fold, recipe, Cache(tmp_path), Silent())
    found = guarded(teachers) | curve(teachers)
    assert list(found) == [SHUFFLED, AGAIN, LEAKY, *(f"linear.curve-{parts}" for parts in (8, 4, 2, 1))]
    for checked in found.values():
        assert checked.answer.test.shape == (len(checked.fold.split.test), 3)

    def right(name: str) -> float:
        test = found[name].fold.split.test
        targets = found[name].fold.corpus.tweets.targets[test]
        return float((found[name].answer.test.argmax(axis=1) == targets).mean())

    assert right(SHUFFLED) < 0.55 < right("linear.curve-1")
    assert np.array_equal(found["linear.curve-1"].answer.test, teachers.answer("linear").test)
    honest, judged = teachers.answer("linear").test, np.isin(fold.split.test, found[AGAIN].fold.split.test)
    assert np.array_equal(found[AGAIN].answer.test, honest[judged])
    assert not np.array_equal(found[LEAKY].answer.test, found[AGAIN].answer.test)

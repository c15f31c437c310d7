"""The second look at folds: what it finds, and that it finds nothing in those of the real tweets."""

from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from training.data.clusters import alike, shingles
from training.data.datasets import DatasetName, read_tweets
from training.data.folds import grouped_folds
from training.evaluation.across import LOOK_ALIKE, NEAR_DUPLICATE, pairs_across
from training.flagship.corpus import Corpus
from training.flagship.fold import outer_folds
from training.flagship.recipe import load_recipe


def texts(rows: int = 300) -> list[str]:
    """Texts of few words, so that many are alike, some the same and some of a word or none."""
    random = np.random.default_rng(67)
    words = np.array(["river", "garden", "window", "paper"])
    return [" ".join(random.choice(words, size=size)) for size in random.integers(0, 7, size=rows)]


def test_it_finds_just_the_pairs_that_are_alike_in_different_folds() -> None:
    given, folds = texts(), np.arange(300) % 3
    expected = [
        [one, other]
        for one, other in combinations(range(300), 2)
        if folds[one] != folds[other] and alike(shingles(given[one]), shingles(given[other]))
    ]
    assert len(expected) > 100
    assert sorted(pairs_across(given, folds, NEAR_DUPLICATE).tolist()) == expected
    assert len(pairs_across(given, np.zeros(300, np.intp), NEAR_DUPLICATE)) == 0


def test_of_eleven_words_one_may_differ_for_a_look_alike_and_not_for_a_near_duplicate() -> None:
    one = "we are waiting in line for the new tablet since noon"
    other = one.replace("tablet", "phone")
    folds = np.arange(2)
    assert pairs_across([one, other], folds, LOOK_ALIKE).tolist() == [[0, 1]]
    assert len(pairs_across([one, other], folds, NEAR_DUPLICATE)) == 0
    assert len(pairs_across([one, one.replace("new tablet since", "old phone until")], folds, LOOK_ALIKE)) == 0
    assert pairs_across(["", ""], folds, NEAR_DUPLICATE).tolist() == [[0, 1]]


@pytest.mark.data
@pytest.mark.parametrize("task", ["brands", "hate"])
def test_no_tweet_that_a_flagship_is_judged_by_has_a_near_duplicate_in_another_fold(
    task: DatasetName, tweets_data: Path
) -> None:
    recipe = load_recipe(task)
    corpus = Corpus(read_tweets(task, tweets_data / recipe.data.labelled))
    folds = outer_folds(corpus, recipe.folds, recipe.seed)
    row = np.concatenate([fold.split.test for fold in folds])
    number = np.repeat(np.arange(len(folds)), [len(fold.split.test) for fold in folds])
    assert len(np.unique(row)) == len(row) > 6_000
    assert len(pairs_across([corpus.normalised[one] for one in row], number, NEAR_DUPLICATE)) == 0

    # Folds of a clustering that finds nothing are told from honest ones.
    blind = grouped_folds(corpus.tweets, np.arange(len(corpus.tweets.texts)), recipe.folds, seed=recipe.seed)
    row = np.concatenate([split.test for split in blind])
    number = np.repeat(np.arange(len(blind)), [len(split.test) for split in blind])
    assert len(pairs_across([corpus.normalised[one] for one in row], number, NEAR_DUPLICATE)) > 100

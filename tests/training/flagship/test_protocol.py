"""What makes the figures believable, on the real brand tweets, with the teacher that is quick to train."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.training.flagship.silent import Silent
from training.data.brands import read_brands
from training.data.clusters import cluster_normalised, normalise
from training.data.tweets import LabelledTweets
from training.flagship.cache import Cache
from training.flagship.checks import leaky, posted_again, shuffled
from training.flagship.corpus import Corpus
from training.flagship.fold import Fold, outer_folds
from training.flagship.recipe import Recipe, load_recipe
from training.flagship.teachers import Teachers
from training.metrics import Scores, score

pytestmark = pytest.mark.data


@pytest.fixture(scope="module")
def corpus(tweets_data: Path) -> Corpus:
    lines = (tweets_data / "tweets_sentiment140_100k.txt").read_text("utf-8").split("\n")
    return Corpus(read_brands(tweets_data / "brands.csv"), tuple(line for line in lines[:2000] if line.strip()))


@pytest.fixture(scope="module")
def recipe() -> Recipe:
    """The shipped one with the linear teacher alone, and fewer texts to label."""
    shipped = load_recipe("brands")
    return shipped.model_copy(
        update={
            "linear": shipped.linear.model_copy(update={"penalties": (5.0,), "characters": (2, 3)}),
            "teacher": shipped.teacher.model_copy(update={"seeds": ()}),
            "transfer": shipped.transfer.model_copy(update={"copies": 1}),
        }
    )


def teachers(fold: Fold, recipe: Recipe, directory: Path) -> Teachers:
    return Teachers(fold, recipe, Cache(directory), Silent())


def relabelled(corpus: Corpus, targets: np.ndarray) -> Corpus:
    tweets: LabelledTweets = replace(corpus.tweets, targets=targets.astype(np.intp))
    return replace(corpus, tweets=tweets)


def scores(found: Teachers) -> Scores:
    tweets, test = found.fold.corpus.tweets, found.fold.split.test
    return score(tweets.labels, tweets.targets[test], found.answer("linear").test)


def test_shuffled_labels_score_at_the_prior(corpus: Corpus, recipe: Recipe, tmp_path: Path) -> None:
    fold = shuffled(outer_folds(corpus, recipe.folds, recipe.seed)[0], 67)
    found = scores(teachers(fold, recipe, tmp_path))
    assert found["auc_macro"] == pytest.approx(0.5, abs=0.03)
    assert found["macro_f1"] < 0.3


@pytest.mark.slow
def test_the_labels_of_the_test_part_reach_nothing(corpus: Corpus, recipe: Recipe, tmp_path: Path) -> None:
    fold = outer_folds(corpus, recipe.folds, recipe.seed)[1]
    test_clusters = np.isin(corpus.clusters, corpus.clusters[fold.split.test])
    turned = np.where(test_clusters, (corpus.tweets.targets + 1) % 4, corpus.tweets.targets)
    other = Fold(fold.name, relabelled(corpus, turned), fold.split)
    one, two = teachers(fold, recipe, tmp_path / "one"), teachers(other, recipe, tmp_path / "two")
    assert np.array_equal(one.answer("linear").test, two.answer("linear").test)
    assert np.array_equal(one.answer("linear").validation, two.answer("linear").validation)
    transfers = one.transfer_set(), two.transfer_set()
    assert transfers[0].texts == transfers[1].texts
    assert np.array_equal(transfers[0].targets, transfers[1].targets)
    assert np.array_equal(one.validation_set().targets, two.validation_set().targets)
    assert np.array_equal(one.watched_set().targets, two.watched_set().targets)


def test_no_transfer_text_is_near_a_tweet_that_is_held_out(corpus: Corpus, recipe: Recipe, tmp_path: Path) -> None:
    # Tweets of the test part, and variants of them, come as unlabelled tweets; none may get through.
    fold = outer_folds(corpus, recipe.folds, recipe.seed)[2]
    smuggled = [
        text
        for row in fold.split.test[:300]
        for text in (corpus.tweets.texts[row], f"RT @a {corpus.tweets.texts[row]} http://b.example")
    ]
    fold = Fold(fold.name, replace(corpus, unlabelled=(*corpus.unlabelled, *smuggled)), fold.split)
    found = teachers(fold, recipe, tmp_path).material
    assert len(found.texts) > 8000

    # By the clustering itself, over both together: an index that misses a neighbour would not miss it here, too.
    clusters = corpus.clusters
    outside = [
        corpus.normalised[row]
        for part in (fold.split.test, fold.split.validation)
        for row in np.flatnonzero(np.isin(clusters, clusters[part])).tolist()
    ]
    together = cluster_normalised([*outside, *map(normalise, found.texts)])
    assert not np.isin(together[len(outside) :], together[: len(outside)]).any()


def test_the_test_part_s_near_duplicates_in_training_would_flatter(
    corpus: Corpus, recipe: Recipe, tmp_path: Path
) -> None:
    honest = posted_again(outer_folds(corpus, recipe.folds, recipe.seed)[3])
    one, two = (
        scores(teachers(fold, recipe, tmp_path / name)) for name, fold in (("honest", honest), ("leaky", leaky(honest)))
    )
    assert two["accuracy"] > one["accuracy"] + 0.05
    assert two["macro_f1"] > one["macro_f1"] + 0.05

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.errors import UsageError
from training.data.clusters import representatives
from training.data.folds import grouped_folds
from training.data.splits import Split
from training.data.tweets import LabelledTweets


def tweets_of(targets: npt.NDArray[np.intp], labels: tuple[str, ...] = ("a", "b", "c")) -> LabelledTweets:
    texts = tuple(f"tweet {row}" for row in range(len(targets)))
    return LabelledTweets(texts, targets, labels, without_text=0, rows=np.arange(len(targets)))


def numbered(clusters: npt.NDArray[np.intp]) -> npt.NDArray[np.intp]:
    """Number clusters by first appearance, as clustering does."""
    _, first, inverse = np.unique(clusters, return_index=True, return_inverse=True)
    return np.asarray(np.argsort(np.argsort(first))[inverse], dtype=np.intp)


def example(seed: int, rows: int = 200) -> tuple[LabelledTweets, npt.NDArray[np.intp]]:
    random = np.random.default_rng(seed)
    targets = random.choice(3, size=rows, p=[0.5, 0.3, 0.2]).astype(np.intp)
    clusters = numbered(random.integers(rows // 2, size=rows).astype(np.intp))
    return tweets_of(targets), clusters


@settings(max_examples=30)
@given(seed=st.integers(0, 2**32 - 1), folds=st.integers(2, 4))
def test_no_cluster_is_in_two_parts_and_every_cluster_is_scored_once(seed: int, folds: int) -> None:
    tweets, clusters = example(seed)
    splits = grouped_folds(tweets, clusters, folds, seed=seed)
    assert len(splits) == folds
    for split in splits:
        numbers = np.concatenate([clusters[part] for part in split])
        # Every part holds representatives only, so that a cluster comes once, in one part.
        assert sorted(numbers.tolist()) == list(range(clusters.max() + 1))
        assert all(len(part) for part in split)
    scored = np.concatenate([split.test for split in splits])
    assert sorted(scored.tolist()) == representatives(clusters).tolist()


def test_every_part_is_stratified_by_the_label_of_the_first_tweet() -> None:
    targets = np.array([0] * 300 + [1] * 100 + [2] * 50, dtype=np.intp)
    tweets = tweets_of(targets)
    for split in grouped_folds(tweets, np.arange(450), 5, seed=1):
        assert np.bincount(targets[split.test]).tolist() == [60, 20, 10]
        assert np.bincount(targets[split.validation]).tolist() == [24, 8, 4]
        assert np.bincount(targets[split.train]).tolist() == [216, 72, 36]


def test_the_seed_alone_decides() -> None:
    tweets, clusters = example(3)

    def flat(splits: list[Split]) -> list[list[int]]:
        return [part.tolist() for split in splits for part in split]

    one = grouped_folds(tweets, clusters, 3, seed=1)
    assert flat(one) == flat(grouped_folds(tweets, clusters, 3, seed=1))
    assert flat(one) != flat(grouped_folds(tweets, clusters, 3, seed=2))


def test_fewer_clusters_of_a_class_than_folds_are_refused() -> None:
    # Five tweets, but the last two are one.
    tweets = tweets_of(np.array([0] * 20 + [1] * 5 + [2] * 5, dtype=np.intp))
    clusters = np.array([*range(29), 28])
    with pytest.raises(UsageError, match="there are 4 different tweets labelled 'c', fewer than the 5 folds"):
        grouped_folds(tweets, clusters, 5, seed=1)
    assert len(grouped_folds(tweets, clusters, 4, seed=1)) == 4


def test_a_class_must_reach_for_all_three_parts() -> None:
    tweets = tweets_of(np.array([0] * 20 + [1] * 2, dtype=np.intp), ("a", "b"))
    with pytest.raises(UsageError, match="only 2 different tweets labelled 'b', too few"):
        grouped_folds(tweets, np.arange(22), 2, seed=1)

import numpy as np
import pytest

from tests.training.evaluation.tables import table
from training.evaluation.recompute import figures
from training.evaluation.slices import slices


def test_each_kind_of_slice_holds_every_tweet_once() -> None:
    oof = table(rows=200)
    found = slices(oof)
    for by in ("words", "unknown_share", "retweet", "cluster_size", "twin_in_training"):
        assert sum(one.tweets for one in found if one.by == by) == 200, by


def test_a_slice_is_scored_as_if_it_were_all_there_is() -> None:
    oof = table(rows=200)
    retweets = next(one for one in slices(oof) if one.title == "retweet")
    alone = figures(oof.taken(oof.retweet))
    assert alone.binary is not None
    assert (retweets.tweets, retweets.accuracy, retweets.macro_f1, retweets.f1_positive) == (
        alone.tweets,
        alone.accuracy,
        alone.macro_f1,
        alone.binary.f1,
    )


def test_slices_without_tweets_and_a_leak_that_is_none_are_left_out() -> None:
    oof = table(
        rows=10,
        words=np.full(10, 12),
        unknown_share=np.zeros(10),
        retweet=np.zeros(10, dtype=np.bool_),
        cluster_size=np.ones(10, dtype=np.intp),
        twin_in_training=np.zeros(10, dtype=np.bool_),
    )
    assert [one.title for one in slices(oof)] == ["11 to 15 words", "no unknown word", "no retweet", "posted once"]


@pytest.mark.parametrize(
    ("words", "title"), [(1, "1 to 5 words"), (5, "1 to 5 words"), (6, "6 to 10 words"), (26, "26 words or more")]
)
def test_lengths_fall_where_their_titles_say(words: int, title: str) -> None:
    assert slices(table(rows=1, words=np.array([words])))[0].title == title


@pytest.mark.parametrize(
    ("share", "title"),
    [
        (0.0, "no unknown word"),
        (0.01, "above 0% to 5% unknown words"),
        (0.3, "above 20% to 30% unknown words"),
        (1.0, "above 30% unknown words"),
    ],
)
def test_shares_fall_where_their_titles_say(share: float, title: str) -> None:
    assert slices(table(rows=1, unknown_share=np.array([share])))[1].title == title

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from training.data.clusters import cluster_normalised
from training.flagship.near import HeldOut

TWEET = "the river runs quietly past the old garden behind our house on monday morning"


@pytest.mark.parametrize(
    "text",
    [
        TWEET,
        f"RT @somebody: {TWEET.upper()}!!! http://a.example/b",
        f"{TWEET} again",
        TWEET.replace("the river", "The  river,"),
    ],
)
def test_the_same_tweet_in_other_clothes_is_near(text: str) -> None:
    assert HeldOut([TWEET]).near(text)


@pytest.mark.parametrize(
    "text", ["", "river", " ".join(reversed(TWEET.split())), TWEET[: len(TWEET) // 2], f"{TWEET} and so {TWEET[::-1]}"]
)
def test_another_tweet_is_not(text: str) -> None:
    assert not HeldOut([TWEET]).near(text)


def test_short_texts_are_near_only_if_they_are_the_same() -> None:
    held_out = HeldOut(["good morning", ""])
    assert held_out.near("Good morning!")
    assert held_out.near("@somebody http://a.example")
    assert not held_out.near("good morning all")


def test_nothing_is_near_nothing() -> None:
    assert not HeldOut([]).near(TWEET)


WORDS = st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=14)


@settings(max_examples=500)
@given(st.lists(WORDS, min_size=1, max_size=4), WORDS, st.integers(0, 2), st.integers(0, 2))
def test_two_texts_are_near_exactly_where_clustering_joins_them(
    held_out: list[list[str]], more: list[str], cut: int, added: int
) -> None:
    # The first one less a few words and with a few others: on both sides of the border.
    text = " ".join([*held_out[0][cut:], *more[:added]])
    texts = [" ".join(words) for words in held_out]
    joined = [np.ptp(cluster_normalised([one, text])) == 0 for one in texts]
    assert HeldOut(texts).near_normalised(text) == any(joined)

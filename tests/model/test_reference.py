"""The bins that training and the stream count by."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from model.reference import FEATURES, Bins, Histogram, Reference, Traits

CONFIDENCE, WORDS, UNKNOWN = (0.0, 0.5, 0.9, 1.0), (0.0, 1.0, 4.0, 8.0), (0.0, 0.25, 1.0)
BINS = Bins(2, CONFIDENCE, WORDS, UNKNOWN)


def traits(*tweets: tuple[int, float, int, int]) -> Traits:
    labels, confidence, words, unknown = zip(*tweets, strict=True)
    return Traits(
        np.array(labels), np.array(confidence, np.float32), np.array(words, np.int32), np.array(unknown, np.int32)
    )


def counts(tweets: Traits) -> dict[str, list[int]]:
    counted = BINS.count(tweets)
    return {feature: counted[BINS.slices[feature]].tolist() for feature in FEATURES}


def test_a_bin_includes_its_lower_edge_and_the_last_one_its_upper() -> None:
    assert counts(traits((0, 0.5, 1, 1), (1, 1.0, 8, 0), (1, 0.91, 4, 2))) == {
        "class": [1, 2],
        "confidence": [0, 1, 2],
        "length": [0, 1, 2],
        "out_of_vocabulary": [1, 2],
    }


def test_what_lies_beyond_the_edges_belongs_to_the_bins_at_the_ends() -> None:
    assert counts(traits((0, 1.0001, 50, 0), (0, -0.1, 0, 7)))["length"] == [1, 0, 1]
    assert counts(traits((0, 1.0001, 50, 0), (0, -0.1, 0, 7)))["confidence"] == [1, 0, 1]


def test_a_tweet_without_a_word_has_no_share_of_unknown_ones() -> None:
    found = counts(traits((0, 0.6, 0, 0), (0, 0.6, 0, 1)))
    assert found["length"] == [2, 0, 0]
    assert found["out_of_vocabulary"] == [0, 1]


@given(
    st.lists(st.tuples(st.integers(0, 1), st.floats(0, 1, width=32), st.integers(0, 8), st.integers(0, 9)), min_size=1)
)
def test_bins_are_those_of_numpy(tweets: list[tuple[int, float, int, int]]) -> None:
    many = traits(*tweets)
    found = counts(many)
    assert found["confidence"] == np.histogram(many.confidence.astype(float), CONFIDENCE)[0].tolist()
    assert found["length"] == np.histogram(many.words, WORDS)[0].tolist()
    shares = [unknown / (unknown + words) for _, _, words, unknown in tweets if unknown + words]
    assert found["out_of_vocabulary"] == np.histogram(shares, UNKNOWN)[0].tolist()


def test_many_tweets_are_placed_like_few() -> None:
    chance = np.random.default_rng(1)
    many = Traits(
        chance.integers(0, 2, 2_000),
        chance.choice([0.0, 0.25, 0.5, 0.75, 1.0], 2_000).astype(np.float32),
        chance.integers(0, 10, 2_000, np.int32),
        chance.integers(0, 4, 2_000, np.int32),
    )
    few = [
        BINS.place(Traits(many.labels[part], many.confidence[part], many.words[part], many.unknown[part]))
        for part in (slice(start, start + 100) for start in range(0, 2_000, 100))
    ]
    np.testing.assert_array_equal(BINS.place(many), np.concatenate(few, axis=1))


def fields(**changes: Any) -> dict[str, Any]:  # noqa: ANN401 -- any of the fields
    return {
        "tweets": 3,
        "labels": {"a": 1, "b": 2},
        "confidence": {"edges": CONFIDENCE, "counts": (0, 1, 2)},
        "words": {"edges": WORDS, "counts": (1, 1, 1)},
        "unknown": {"edges": UNKNOWN, "counts": (1, 1)},
    } | changes


def test_a_reference_has_bins_of_its_own() -> None:
    bins = Bins.of(Reference(**fields()))
    assert bins.slices == BINS.slices
    assert bins.number == BINS.number == 2 + 3 + 3 + 2 + 1


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"tweets": 0}, "greater than 0"),
        ({"labels": {"a": 1, "b": 1}}, "the counts of labels sum to 2, expected 3 tweets"),
        ({"words": {"edges": WORDS, "counts": (1, 1)}}, "a count a bin"),
        ({"words": {"edges": (0.0, 4.0, 1.0, 8.0), "counts": (1, 1, 1)}}, "ascending edges"),
        ({"unknown": {"edges": UNKNOWN, "counts": (1, -1)}}, "greater than or equal to 0"),
        ({"unknown": {"edges": (0.0, float("nan"), 1.0), "counts": (1, 1)}}, "finite number"),
        ({"length": {"edges": WORDS, "counts": (1, 1, 1)}}, "not permitted"),
    ],
)
def test_a_reference_that_does_not_add_up_is_none(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        Reference(**fields(**changes))


def test_a_histogram_may_be_empty() -> None:
    assert Histogram(edges=(0.0, 1.0), counts=(0,)).counts == (0,)

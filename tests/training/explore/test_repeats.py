import numpy as np
import pytest

from training.explore.figures import Share
from training.explore.repeats import (
    EXACT,
    NEAR,
    NORMALISED,
    UNDRESSED,
    agreement,
    chance,
    groupings,
    repeats,
    undressed,
)


def test_groups_of_two_and_more_are_counted() -> None:
    found = repeats("aabbbcd")
    assert found.groups == 2
    assert found.tweets == Share(count=5, share=5 / 7)
    assert found.beyond_the_first == Share(count=3, share=3 / 7)
    assert found.largest == 3
    assert found.sizes == {1: 2, 2: 1, 3: 1}


def test_pairs_agree_within_their_group() -> None:
    # Of a: 3 pairs, 1 agrees; of b: 1 pair, it agrees; c is alone.
    found = agreement("aaabbc", np.array([0, 0, 1, 1, 1, 0]))
    assert (found.groups, found.tweets) == (2, 5)
    assert found.agreeing_pairs == pytest.approx(2 / 4)
    assert found.unanimous_groups == pytest.approx(1 / 2)


def test_where_nothing_repeats_there_is_nothing_to_agree() -> None:
    found = agreement("abc", np.array([0, 0, 1]))
    assert (found.agreeing_pairs, found.unanimous_groups) == (None, None)


def test_labels_dealt_at_random_agree_as_often_as_two_draws_do() -> None:
    assert chance({"a": Share(count=3, share=0.75), "b": Share(count=1, share=0.25)}) == pytest.approx(0.625)


def test_links_mentions_and_rt_go_and_case_and_punctuation_stay() -> None:
    assert undressed("RT @one: So  good! rt {link} http://a.example/b WWW.example.org Art") == ": So good! Art"


def test_each_sense_of_the_same_includes_the_stricter_one() -> None:
    texts = ["A b c d e f g.", "A b c d e f g.", "A b c d e f g. {link}", "a b c d e f g", "a b c d e f g h", "x"]
    keys = groupings(texts)
    assert [len(set(keys[name])) for name in (EXACT, UNDRESSED, NORMALISED, NEAR)] == [5, 4, 3, 2]

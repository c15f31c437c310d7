import pytest

from training.preprocessing import reference
from training.preprocessing.features import Features, features

pytestmark = pytest.mark.usefixtures("nltk_corpora")


def measured(text: str) -> Features:
    return features(reference.clean(text), reference.tokens(text))


def test_diversity_is_length_over_different_ones() -> None:
    # Cleaned: "cat, cat, cats "; 15 characters, 6 different ones; tokens "cat", "cat", "cat".
    assert measured("Cat, cat, cats 42") == Features(words=3, character_diversity=2.5, word_diversity=3.0)


def test_it_is_rounded_to_two_places() -> None:
    # Cleaned: "aab b c"; 7 characters, 4 different ones; tokens "aab", "b", "c".
    assert measured("aab b c").character_diversity == 1.75
    assert measured("mouse mice cat dog").word_diversity == 1.33


@pytest.mark.parametrize("text", ["", "#launch", "42"])
def test_a_tweet_of_which_nothing_is_left_has_no_diversity(text: str) -> None:
    assert measured(text) == Features(words=0, character_diversity=0.0, word_diversity=0.0)


def test_stop_words_count_as_characters_but_not_as_words() -> None:
    assert measured("is it").words == 0
    assert measured("is it").character_diversity == 1.25

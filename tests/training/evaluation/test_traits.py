import pytest

from training.evaluation.traits import retweets, unknown_shares, word_counts


def test_words_stand_between_white_space() -> None:
    assert word_counts(["", "one", " two  words\n", "a-b c"]).tolist() == [0, 1, 2, 2]


@pytest.mark.parametrize("text", ["RT @me: hello", "so true rt @me hi", "RT: @me", "“RT @me”"])
def test_passing_on_is_a_retweet(text: str) -> None:
    assert retweets([text]).tolist() == [True]


@pytest.mark.parametrize("text", ["hello @me", "art @me", "RT if you agree", ""])
def test_anything_else_is_none(text: str) -> None:
    assert retweets([text]).tolist() == [False]


def test_the_unknown_share_is_over_words_not_punctuation() -> None:
    shares = unknown_shares(["I love the iPad!"], ["love, love #ipad?", "the phone", "!!", ""])
    assert shares.tolist() == [0, 0.5, 0, 0]

from pathlib import Path

import pytest

from tests import shared_tweets
from training.preprocessing.hate_words import clean, tokens

pytestmark = pytest.mark.usefixtures("nltk_corpora")


def test_mentions_and_addresses_are_no_words() -> None:
    assert clean("@user See HTTP://a.example/b #Fun") == " see  #fun"
    assert tokens("@user See http://a.example/b #Fun") == ["see", "fun"]


def test_a_word_is_a_run_of_ascii_letters_that_is_no_stop_word() -> None:
    assert tokens("Don't stop2go caf\xe9 the") == ["stop", "go", "caf"]


@pytest.mark.data
def test_the_longest_tweet_of_the_real_file_has_the_study_s_37_words(tweets_data: Path) -> None:
    assert max(len(tokens(text)) for text in shared_tweets.hate_train(tweets_data)) == 37

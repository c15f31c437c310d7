from collections import Counter

import pytest

from tests.training.flagship import sample
from training.flagship.augment import Augmenter
from training.flagship.recipe import AugmentationConfig

TWEETS = [text for text in sample.corpus().tweets.texts if not text.startswith("RT")]
STRANGE = ["elephant", "umbrella", "elephant"]
OF_TWEETS = {word for text in TWEETS for word in text.split()}


def config(**weights: float) -> AugmentationConfig:
    ways = {"drop": 0.0, "span": 0.0, "splice": 0.0, "replace": 0.0} | weights
    return AugmentationConfig(**ways, most_dropped=0.5, most_replaced=0.5)


def copies(config: AugmentationConfig, number: int = 0, seed: int = 1) -> list[tuple[int, str]]:
    return list(Augmenter(TWEETS, STRANGE, config, seed).copies(number))


def test_the_seed_and_the_number_of_the_copy_decide() -> None:
    every = config(drop=1, span=1, splice=1, replace=1)
    assert copies(every) == copies(every)
    assert copies(every) != copies(every, 1)
    assert copies(every) != copies(every, seed=2)


def test_each_tweet_is_copied_once_but_very_short_ones() -> None:
    made = list(Augmenter(["two words", *TWEETS, ""], STRANGE, config(drop=1), 1).copies(0))
    assert [place for place, _ in made] == list(range(1, len(TWEETS) + 1))
    assert all(text.strip() for _, text in made)


def test_dropping_leaves_some_of_the_words_in_their_order() -> None:
    made = copies(config(drop=1))
    for place, text in made:
        rest = iter(TWEETS[place].split())
        assert all(word in rest for word in text.split())
    assert any(text != TWEETS[place] for place, text in made)


def test_a_span_is_a_run_of_three_words_or_more() -> None:
    made = copies(config(span=1))
    assert all(text in TWEETS[place] and len(text.split()) >= 3 for place, text in made)
    assert any(text != TWEETS[place] for place, text in made)


def test_a_splice_begins_as_one_tweet_and_ends_as_another() -> None:
    for place, text in copies(config(splice=1)):
        first, last = text.split()[0], text.split()[-1]
        assert first == TWEETS[place].split()[0]
        assert any(tweet.split()[-1] == last for tweet in TWEETS)


def test_strange_words_take_the_place_of_some_and_come_as_often_as_they_are_given() -> None:
    made = [text for number in range(20) for _, text in copies(config(replace=1), number)]
    assert {len(text.split()) for text in made} == {7}
    strange = Counter(word for text in made for word in text.split() if word not in OF_TWEETS)
    assert strange.keys() == set(STRANGE)
    assert strange["elephant"] / strange["umbrella"] == pytest.approx(2, rel=0.3)


def test_without_strange_words_the_tweets_own_are_taken() -> None:
    made = list(Augmenter(TWEETS, [], config(replace=1), 1).copies(0))
    assert {word for _, text in made for word in text.split()} <= OF_TWEETS

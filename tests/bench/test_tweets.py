import json
from pathlib import Path

import pytest

from bench import tweets
from model.bundle.read import load_bundle
from model.preprocessing.encoder import Encoder


def test_generated_tweets_are_the_same_each_time_and_differ_among_themselves() -> None:
    some = list(tweets.generated(500))
    assert some == list(tweets.generated(500))
    assert len(set(some)) > 450
    assert some != list(tweets.generated(500, seed=1))


def test_without_the_data_the_tweets_are_generated_and_said_to_be(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("TWEETS_DATA", str(tmp_path))
    monkeypatch.setattr(tweets, "ENOUGH", 10)
    some, what = tweets.texts()
    assert len(some) == 10
    assert "generated" in what


def test_with_the_data_the_tweets_are_those(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in tweets.FILES:
        (tmp_path / name).write_text("one\u2028still one\n\ntwo\n")
    monkeypatch.setenv("TWEETS_DATA", str(tmp_path))
    assert tweets.texts() == (["one\u2028still one", "two"] * 2, "4 real tweets")


def test_a_records_id_says_which_text_it_holds() -> None:
    some = ["a", "b", "c"]
    for key, value in tweets.records(some, 7):
        record = json.loads(value)
        assert record["id"] == key.decode()
        assert record["text"] == some[int(record["id"]) % 3]
    assert len(list(tweets.records(some, 7))) == 7


@pytest.mark.parametrize("words", [5, 60])
def test_a_tweet_of_so_many_words_costs_so_many_tokens(words: int) -> None:
    bundle = load_bundle("brands-notebook")
    known = [form for form, i in bundle.vocabulary.forms.items() if i]
    encoder = Encoder(bundle.metadata.preprocessing, bundle.vocabulary)
    lengths = {len(encoder.encode(text).ids) for text in tweets.of_words(words, known, 200)}
    assert max(lengths) == words
    # The clean-up takes a "rt" or "mention" before a word for the mark of a retweet.
    assert min(lengths) >= words - 3

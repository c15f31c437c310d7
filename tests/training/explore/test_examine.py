from pathlib import Path

import pytest

from tests.training.explore.small import write_brands, write_hate
from training.data.datasets import DatasetName
from training.explore.examine import examine
from training.explore.figures import Exploration, Share
from training.explore.repeats import EXACT, NEAR, UNDRESSED
from training.explore.subject import read_subject

pytestmark = pytest.mark.usefixtures("nltk_corpora")


def explored(name: DatasetName, path: Path) -> Exploration:
    return examine(read_subject(name, path), "0" * 64, lambda _: None)[0]


@pytest.fixture(scope="module")
def brands(tmp_path_factory: pytest.TempPathFactory, nltk_corpora: None) -> Exploration:
    del nltk_corpora  # only asked for
    return explored("brands", write_brands(tmp_path_factory.mktemp("data") / "b.csv"))


@pytest.fixture(scope="module")
def hate(tmp_path_factory: pytest.TempPathFactory, nltk_corpora: None) -> Exploration:
    del nltk_corpora  # only asked for
    return explored("hate", write_hate(tmp_path_factory.mktemp("data") / "h.csv"))


def test_labels_are_counted_in_the_report_s_order(brands: Exploration) -> None:
    assert list(brands.labels) == ["negative", "neutral", "positive", "i can't tell"]
    assert brands.labels["positive"] == Share(count=3, share=3 / 9)


def test_missing_values_are_counted_by_column(brands: Exploration) -> None:
    assert (brands.rows, brands.tweets, brands.without_text) == (10, 9, 1)
    assert [part.count for part in brands.missing.values()] == [1, 7, 0]


def test_words_are_the_study_s(brands: Exploration) -> None:
    assert {count.name: count.count for count in brands.words}["phone"] == 5
    assert brands.words_by_label["positive"][0].name == "love"
    assert "fail" not in {count.name for count in brands.words}


def test_blank_texts_of_the_hate_set_are_left_out(hate: Exploration) -> None:
    assert (hate.rows, hate.tweets, hate.without_text) == (5, 4, 1)
    assert hate.missing["tweet"].count == 0
    assert {count.name: count.count for count in hate.words}["horrid"] == 2
    assert "user" not in {count.name for count in hate.words}


def test_lengths_are_counted_in_characters_words_and_keras_tokens(hate: Exploration) -> None:
    # "@user @user what a horrid crowd they are #away": 46 characters, 9 tokens, 3 words that are no stop words.
    assert hate.characters["hateful"].minimum == 46
    assert hate.words_a_tweet["hateful"].minimum == 3
    assert hate.keras_tokens["hateful"].minimum == 9
    assert hate.words_a_tweet["all"].maximum == 5


def test_diversity_is_over_characters_and_over_words(brands: Exploration) -> None:
    # Nothing is left of "42".
    assert brands.character_diversity["i can't tell"].minimum == 0
    assert brands.word_diversity["positive"].maximum == 1.5
    assert brands.character_diversity["all"].mean > brands.word_diversity["all"].mean


def test_hashtags_mentions_and_addresses_are_counted(brands: Exploration, hate: Exploration) -> None:
    assert [(count.name, count.count) for count in brands.hashtags.top] == [("#fail", 4), ("#yay", 1)]
    assert brands.hashtags.tweets.count == 3
    assert {count.name for count in brands.mentions.top} == {"@mention", "@somebody"}
    assert brands.addresses.top[0].name == "{link}"
    assert brands.addresses.total == 5
    assert hate.addresses.total == 0


def test_repeated_tweets_and_their_labels_are_counted(brands: Exploration, hate: Exploration) -> None:
    assert brands.repeats[EXACT].groups == 1
    assert brands.repeats[NEAR].sizes == {1: 4, 2: 1, 3: 1}
    assert brands.agreement[EXACT].agreeing_pairs == 1
    # Three tweets of one cluster, two with the same label, and one pair that agrees.
    assert brands.agreement[NEAR].agreeing_pairs == pytest.approx(2 / 4)
    assert hate.repeats[UNDRESSED].groups == 0
    assert hate.agreement[NEAR].unanimous_groups == 1


def test_encoding_damage_is_found_and_mended(brands: Exploration, hate: Exploration) -> None:
    assert brands.encoding.damaged.count == 1
    assert brands.encoding.mended.count == 1
    assert brands.encoding.still_damaged.count == 0
    assert brands.encoding.damaged_by_label["positive"] == Share(count=1, share=1 / 3)
    assert brands.encoding.entities.count == 1
    assert (hate.encoding.damaged.count, hate.encoding.entities.count) == (1, 1)


@pytest.mark.data
def test_the_real_brand_set_is_as_the_study_found_it(tweets_data: Path) -> None:
    found = explored("brands", tweets_data / "brands.csv")
    assert (found.rows, found.tweets, found.without_text) == (9_093, 9_092, 1)
    assert [part.count for part in found.labels.values()] == [570, 5_388, 2_978, 156]
    assert found.words[0].name == "google"
    assert found.agreement[UNDRESSED].agreeing_pairs == pytest.approx(0.745, abs=5e-4)
    assert found.repeats[NEAR].tweets.count == 3_844
    assert len(found.repeats) == 4
    assert sum(found.repeats[NEAR].sizes.values()) == 6_765


@pytest.mark.data
@pytest.mark.slow
def test_the_real_hate_set_is_as_the_study_found_it(tweets_data: Path) -> None:
    found = explored("hate", tweets_data / "hate_train.csv")
    assert (found.rows, found.without_text, found.labels["hateful"].count) == (31_962, 0, 2_242)
    assert found.characters["all"].median == 88
    assert found.words_a_tweet["all"].maximum == 37
    assert found.keras_tokens["all"].maximum == 42
    assert found.encoding.damaged.share == pytest.approx(0.336, abs=5e-4)
    assert found.repeats[NEAR].tweets.count == 5_945
    assert sum(found.repeats[NEAR].sizes.values()) == 27_753

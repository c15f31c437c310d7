import pytest
from pydantic import ValidationError

from model.errors import UsageError
from model.preprocessing.config import Preprocessing
from model.preprocessing.encoder import Encoder
from model.preprocessing.tweet import SPECIAL
from model.preprocessing.vocabulary import Vocabulary
from training.flagship.vocabulary import VocabularyConfig, build_vocabulary, is_hashtag

TEXTS = (
    "I love my phone #lovely \U0001f602\U0001f602",
    "love the new phone, not the case :) #lovely",
    "the battery died in 2011 and in 2012 #nomore",
    "trying, crying, buying, selling http://a.b/c @x",
    "frying and drying and flying <3 :3 b4 #win2",
)
SMALL = VocabularyConfig(words=30, hashtags=2, pieces=5, least_count=1)


def test_frequent_words_come_first_and_hashtags_have_their_own_places() -> None:
    vocabulary = build_vocabulary(TEXTS, VocabularyConfig(words=6, hashtags=1, pieces=5, least_count=1))
    assert vocabulary.words[:6] == (*SPECIAL, ",", "and", "the")
    assert [word for word in vocabulary.words if is_hashtag(word)] == ["#lovely"]
    assert len(vocabulary.pieces) < 5 + 2 * 36


def test_the_same_texts_in_any_order_give_the_same_vocabulary() -> None:
    assert build_vocabulary(TEXTS, SMALL) == build_vocabulary(TEXTS[::-1], SMALL)


def test_every_vocabulary_survives_json_and_reads_every_ascii_word() -> None:
    vocabulary = build_vocabulary(TEXTS, SMALL)
    assert Vocabulary.from_json(vocabulary.to_json(), "tweet") == vocabulary
    unknown = vocabulary.forms["<unk>"]
    encode = Encoder(Preprocessing(cleanup="tweet"), vocabulary).encode
    assert unknown not in encode("qwertz #zyxw supercalifragilistic it's 1 2 3 x7y (so)!").ids
    assert encode("\u65e5\u672c").ids == [unknown]


def test_words_that_are_rare_are_left_to_the_pieces() -> None:
    vocabulary = build_vocabulary(TEXTS, VocabularyConfig(words=100, hashtags=9, pieces=5, least_count=2))
    assert {"love", "phone", "#lovely", "0000", "\U0001f602\U0001f602"} & {*vocabulary.words} == {
        "love",
        "phone",
        "#lovely",
        "0000",
    }
    names = ("", *vocabulary.words, *vocabulary.pieces)
    ids = Encoder(Preprocessing(cleanup="tweet"), vocabulary).encode("trying").ids
    assert [names[i] for i in ids] == ["t", "rying"]


def test_texts_without_a_token_are_refused() -> None:
    with pytest.raises(UsageError, match="nothing to build a vocabulary of"):
        build_vocabulary(["", " \n"], SMALL)


@pytest.mark.parametrize("wrong", [{"words": 0}, {"pieces": 0}, {"hashtags": -1}, {"longest_piece": 1}, {"more": 1}])
def test_a_size_that_none_can_have_is_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValidationError):
        VocabularyConfig.model_validate(wrong)

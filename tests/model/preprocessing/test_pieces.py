import threading
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from model.preprocessing import pieces
from model.preprocessing.config import Preprocessing
from model.preprocessing.encoder import Encoded, Encoder
from model.preprocessing.tweet import chunks, tokens
from model.preprocessing.vocabulary import Vocabulary
from tests import shared_tweets, texts
from tests.rows import as_lists

WORDS = (
    *("<unk>", "<url>", "<user>", "i", "a", "the", "my", "love", "apple", "event", "not", "now", "here", "nowhere"),
    *("ipad", "ipad2", "don't", "rt", "soo", "friend", "un", "sub", "is", "dead", "cher", "that"),
    *("!", "!!", "?", ".", ",", ":", "#", ":)", "\U0001f602", "0000", "00", "2", "s", "#appleevent", "#love"),
)
PIECES = ("friend", "ing", "s", "'s", "y", "mari", "ner", "1")
VOCABULARY = Vocabulary.of_words(WORDS, PIECES)
NAMES = ("", *WORDS, *(f"##{piece}" for piece in PIECES))


def encoder(max_length: int = 100) -> Encoder:
    return Encoder(Preprocessing(cleanup="tweet", max_length=max_length), VOCABULARY)


def named(text: str) -> list[str]:
    return [NAMES[i] for i in encoder().encode(text).ids]


@pytest.mark.parametrize(
    ("text", "expected", "unknown"),
    [
        ("I LOVE my iPad2!!!!", ["i", "love", "my", "ipad2", "!!"], 0),
        ("@x: http://a.b/c", ["<user>", ":", "<url>"], 0),
        ("unfriending friends", ["un", "##friend", "##ing", "friend", "##s"], 2),
        ("apple's appley", ["apple", "##'s", "apple", "##y"], 2),
        ("xyz xlove", ["<unk>", "##y", "<unk>", "<unk>"], 2),
        ("日本語 \u2708", ["<unk>", "<unk>"], 2),
        ("1999 64 2 \U0001f602\U0001f602\U0001f602 ..", ["0000", "00", "2", "\U0001f602", "."], 0),
        ("#AppleEvent", ["#appleevent", "apple", "event"], 0),
        ("#love", ["#love", "love"], 0),
        ("#myappleevent #ilove", ["#", "my", "apple", "event", "#", "i", "love"], 2),
        ("#thatcherisdead", ["#", "that", "cher", "is", "dead"], 1),
        ("#nowhere", ["#", "nowhere"], 1),
        ("#submariner", ["#", "sub", "##mari", "##ner"], 1),
        ("#apple2011", ["#", "apple", "0000"], 1),
        ("#ipad2", ["#", "ipad2"], 1),
        ("# ##", ["#", "#"], 0),
        (" ", [], 0),
    ],
)
def test_what_is_not_known_whole_is_read_in_pieces(text: str, expected: list[str], unknown: int) -> None:
    assert named(text) == expected
    assert encoder().encode(text).unknown == unknown


def test_a_vocabulary_without_signs_or_letters_reads_all_the_same() -> None:
    bare = Encoder(Preprocessing(cleanup="tweet"), Vocabulary.of_words(["<unk>", "<url>", "<user>"], ["s"]))
    assert bare.encode("#ab @x http://a.b/c s!").ids == [1, 3, 2, 1, 1]
    assert bare.encode("#ab @x http://a.b/c s!").unknown == 3


def test_only_words_of_bearable_length_are_looked_for_in_longer_ones() -> None:
    short, long = "ab" * 2 + "c" * 2 + "de" * 9, "xy" * 2 + "zw" * 2 + "q" + "vu" * 2 + "klmnop" * 3
    assert (len(short), len(long)) == (24, 31)
    words = ["<unk>", "<url>", "<user>", *(tokens(word)[0] for word in (short, long))]
    some = Encoder(Preprocessing(cleanup="tweet"), Vocabulary.of_words(words, ["s"]))
    assert some.encode(words[4]) == Encoded(ids=[5], unknown=0, truncated=0)
    assert some.encode(f"{words[3]}s").ids == [4, 6]
    assert some.encode(f"{words[4]}s").ids == [1, 6]


@given(text=texts.texts())
@settings(max_examples=1_000)
def test_every_token_gets_an_id_and_at_most_every_token_is_unknown(text: str) -> None:
    encoded = encoder(100_000).encode(text)
    assert len(encoded.ids) >= len(tokens(text))
    assert 0 <= encoded.unknown <= len(tokens(text))
    assert all(1 <= i <= VOCABULARY.size for i in encoded.ids)


@given(several=st.lists(texts.texts(), max_size=8))
@settings(max_examples=300)
def test_neither_neighbours_nor_what_came_before_change_a_text_s_ids(several: list[str]) -> None:
    alone = [encoder().encode(text) for text in several]
    some = encoder()
    for _ in range(2):
        together = some.encode_all(several)
        assert as_lists(together.rows) == [one.ids for one in alone]
        assert together.unknown.tolist() == [one.unknown for one in alone]


@given(
    words=st.lists(st.sampled_from([*WORDS, "Apple", "APPLE.", "@x", "ipad,", "#love!", "un?!", "\u017f", "\u212a"]))
)
def test_the_short_way_for_plain_chunks_gives_what_the_long_way_gives(words: list[str]) -> None:
    read = pieces._Tokens(VOCABULARY)  # noqa: SLF001 - two ways to one answer
    for word in words:
        plain = read.plain(word)
        if plain is not None:
            assert np.frombuffer(plain, np.int32).tolist() == read.ids(word)


@given(texts.texts())
@example("My iPad2! &Dagger; &AMP; #AppleEvent")
@settings(max_examples=300)
def test_a_text_s_ids_are_those_of_its_chunks_as_they_stand(text: str) -> None:
    vocabulary = Vocabulary.of_words((*WORDS, "\u2020", "\u2021"), PIECES)
    read = pieces._Tokens(vocabulary)  # noqa: SLF001 - a text as a whole may be lowered, its chunks are not
    expected = [abs(i) for chunk in chunks(text) for i in read.ids(chunk)]
    assert pieces.PieceReader(vocabulary).read([text]).rows.ids.tolist() == expected


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pieces, "MOST_REMEMBERED", 5)
    some, reader = encoder(), pieces.PieceReader(VOCABULARY)
    many = [f"word{number} love" for number in range(100)]
    assert [some.encode(text) for text in many] == [encoder().encode(text) for text in many]
    reader.read([*many, "@somebody" * 9, "x" * 1_000, "http://a.b/c"])
    assert 0 < len(reader._remembered) <= 5  # noqa: SLF001 - memory is no answer
    assert not [chunk for chunk in reader._remembered if len(chunk) > 32]  # noqa: SLF001


def test_threads_may_share_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pieces, "MOST_REMEMBERED", 50)
    some = encoder()
    many = [f"love{number % 70} ipad #myapple{number}" for number in range(300)]
    expected = as_lists(encoder().encode_all(many).rows)
    wrong: list[int] = []

    def encode() -> None:
        wrong.extend(number for number in range(20) if as_lists(some.encode_all(many).rows) != expected)

    threads = [threading.Thread(target=encode) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "fragment", ["a", "ab", "apple", "#", "#love", "1", "!", "un", "\u00e9", "\U0001f602"], ids=ascii
)
def test_a_repeated_fragment_of_100_000_characters_costs_linear_time(fragment: str) -> None:
    encoder().encode(fragment * (100_000 // len(fragment)))


@pytest.mark.data
def test_real_tweets_are_encoded_together_as_each_alone(tweets_data: Path) -> None:
    tweets = [*shared_tweets.brands(tweets_data)[:500], *shared_tweets.hate_train(tweets_data)[:500]]
    together = encoder(8).encode_all(tweets)
    assert as_lists(together.rows) == [encoder_.ids for encoder_ in map(encoder(8).encode, tweets)]

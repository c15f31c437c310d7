from collections.abc import Sequence
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.preprocessing.config import Preprocessing
from model.preprocessing.encoder import Encoded, Encoder
from model.preprocessing.vocabulary import SKIP
from tests import shared_tweets, texts
from training.preprocessing import reference
from training.preprocessing.compiler import compile_vocabulary
from training.preprocessing.tokenizer import fit_words, to_ids

pytestmark = pytest.mark.usefixtures("nltk_corpora")

_WORDS = (
    *("u", "s", "as", "ha", "wa", "bus", "class", "glass", "analysis", "axis", "ax", "axe", "as", "box", "ox", "quiz"),
    *("church", "dish", "fly", "city", "pie", "y", "wolf", "knife", "leaf", "leave", "loaf", "shelf", "mouse", "foot"),
    *("man", "woman", "human", "men", "amen", "specimen", "lens", "news", "series", "species", "genus", "datum", "die"),
    *("ipad", "3g", "google", "quot", "rt", "mention", "dogss", "ss", "es", "caf", "strasse", "f", "x", "z", "ch"),
)
WORDS = tuple(dict.fromkeys(_WORDS))


@cache
def encoder(words: tuple[str, ...], max_length: int = 100) -> Encoder:
    return Encoder(Preprocessing(cleanup="brands-notebook", max_length=max_length), compile_vocabulary(words))


def expected(tokens: Sequence[str], words: Sequence[str], max_length: int = 100) -> Encoded:
    (ids,) = to_ids([tokens], words)
    return truncated(tokens, ids, max_length)


def truncated(tokens: Sequence[str], ids: list[int], max_length: int) -> Encoded:
    return Encoded(ids[-max_length:], len(tokens) - len(ids), max(len(ids) - max_length, 0))


def test_every_token_of_a_word_is_in_the_table() -> None:
    tokens_of = {
        "mouse": {"mouse", "mouses", "mice"},
        "wolf": {"wolf", "wolfs", "wolves"},
        "bus": {"bus", "buss", "buses", "busses"},
        "as": {"ass", "ases"},  # arsenic; the token "as" is a stop word
        "ipad": {"ipad"},  # no noun of WordNet, so "ipads" stays as it is
    }
    vocabulary = compile_vocabulary(tuple(tokens_of))

    for i, tokens in enumerate(tokens_of.values(), 1):
        assert {token for token, its_id in vocabulary.forms.items() if its_id == i} == tokens


def test_stop_words_that_can_be_tokens_are_skipped() -> None:
    vocabulary = compile_vocabulary(("as",))

    assert vocabulary.forms["as"] == SKIP
    assert vocabulary.forms["the"] == SKIP
    assert "don't" not in vocabulary.forms


@pytest.mark.parametrize("words", [("bus", "bus"), ("bus", "")])
def test_a_word_given_twice_or_an_empty_one_is_refused(words: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="different words, none of them empty"):
        compile_vocabulary(words)


@given(text=texts.texts())
@settings(max_examples=500)
def test_the_compiled_encoder_equals_the_reference_on_generated_text(text: str) -> None:
    assert encoder(WORDS).encode(text) == expected(reference.tokens(text), WORDS)


@given(tokens=st.lists(texts.inflected(list(WORDS)), min_size=1, max_size=30))
@settings(max_examples=500)
def test_the_compiled_encoder_equals_the_reference_on_inflected_words(tokens: list[str]) -> None:
    text = " ".join(tokens)

    assert encoder(WORDS, max_length=10).encode(text) == expected(reference.tokens(text), WORDS, max_length=10)


@pytest.mark.parametrize(
    "text",
    [
        "classes " * 1_250,
        "😀" * 10_000,
        "שלום עולם ipads \u202e" * 500,
        "\ud83d\ude00 buses \udc00 " * 600,
        "ipad\0buses\0" * 900,
        "?!.,;-" * 2_000,
        "s" * 10_000,
        "bus" + "es" * 5_000,
        "wo" + "men" * 3_000,
        "{link} " * 1_500,
    ],
    ids=lambda text: ascii(text[:10]),
)
def test_the_compiled_encoder_equals_the_reference_on_10_000_characters(text: str) -> None:
    assert encoder(WORDS).encode(text) == expected(reference.tokens(text), WORDS)


@pytest.mark.timeout(20)
@pytest.mark.parametrize("fragment", ["s", "es", "men", "ies", "buses", "ipads ", "x", "é", "1a "])
def test_100_000_characters_of_word_endings_cost_linear_time(fragment: str) -> None:
    encoder(WORDS).encode((fragment * 100_000)[:100_000])


@pytest.mark.slow
def test_every_noun_of_wordnet_with_every_ending_has_the_id_of_its_lemma() -> None:
    # Every token that WordNet has a lemma for is a noun, an exception or one rule away from a noun, so this walks
    # through all the lemmas that there are.
    from nltk.corpus import wordnet  # noqa: PLC0415 - NLTK_DATA must be set first

    endings = ("", "s", "es", "ses", "ves", "xes", "zes", "ches", "shes", "men", "ies", "ss")
    nouns = [noun for noun in wordnet.all_lemma_names("n") if reference.TOKEN.fullmatch(noun)]
    with wordnet.open("noun.exc") as lines:
        exceptions = [line.split()[0] for line in lines]
    tokens = [noun + ending for noun in nouns for ending in endings]
    tokens += [noun[:-cut] + ending for noun in nouns for cut in (1, 2, 3) for ending in ("ves", "ies", "men")]
    tokens += [token for token in exceptions if reference.TOKEN.fullmatch(token)]
    stop = reference.stop_words()
    words = tuple(dict.fromkeys([*nouns[::2], "dogss", "as"]))
    ids = {word: i for i, word in enumerate(words, 1)}
    forms = compile_vocabulary(words).forms

    assert len(nouns) > 50_000
    assert [
        token
        for token in tokens
        if token and forms.get(token) != (SKIP if token in stop else ids.get(reference.lemma(token)))
    ] == []


@pytest.mark.data
@pytest.mark.parametrize("step", [pytest.param(1, marks=pytest.mark.slow, id="every"), pytest.param(8, id="eighth")])
def test_the_compiled_encoder_equals_the_reference_on_shared_tweets(tweets_data: Path, step: int) -> None:
    tweets = {
        "brands": shared_tweets.brands(tweets_data),
        "hate_train": shared_tweets.hate_train(tweets_data),
        "hate_test": shared_tweets.hate_test(tweets_data),
        "sentiment140": shared_tweets.sentiment140(tweets_data),
        "instagram": shared_tweets.instagram(tweets_data),
    }
    texts_of_all = [text for texts_of_one in tweets.values() for text in texts_of_one[::step]]
    brands = len(tweets["brands"][::step])
    tokens = [reference.tokens(text) for text in texts_of_all]

    assert {name: len(texts_of_one) for name, texts_of_one in tweets.items()} == {
        "brands": 9_092,
        "hate_train": 31_962,
        "hate_test": 17_197,
        "sentiment140": 100_013,
        "instagram": 100_000,
    }
    for words, max_length in (
        (fit_words(tokens[:brands]), 100),
        (fit_words(tokens), 5),
    ):
        compiled = encoder(words, max_length)
        differing = [
            text
            for text, row, ids in zip(texts_of_all, tokens, to_ids(tokens, words), strict=True)
            if compiled.encode(text) != truncated(row, ids, max_length)
        ]
        assert differing == []

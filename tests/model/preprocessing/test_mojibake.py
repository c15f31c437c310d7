from pathlib import Path

import ftfy
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.preprocessing.mojibake import mended
from tests import shared_tweets, texts

WHOLE = (
    "it\u2019s \u201cbroken\u201d \u2013 again\u2026 \U0001f602 \u2764\ufe0f ",
    "café naïve señor Größe €5 £3 日本 привет γειά",
    "don't",
    "\U0001f1e9\U0001f1ea \U0001f44d\U0001f3fd",
)


def damaged(text: str, encoding: str) -> str:
    """Read a text's UTF-8 as another encoding; what Windows-1252 lacks stays a control character, as in browsers."""
    return "".join(_read(byte, encoding) for byte in text.encode())


def _read(byte: int, encoding: str) -> str:
    try:
        return bytes([byte]).decode(encoding)
    except UnicodeDecodeError:
        return chr(byte)


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252"])
@pytest.mark.parametrize("text", WHOLE)
def test_utf8_that_was_read_as_another_encoding_is_mended(text: str, encoding: str) -> None:
    assert mended(damaged(text, encoding)) == text


def test_what_was_damaged_twice_is_mended_twice() -> None:
    assert mended(damaged(damaged("it\u2019s \U0001f602", "cp1252"), "cp1252")) == "it\u2019s \U0001f602"


def test_what_went_by_way_of_mac_roman_is_mended() -> None:
    assert mended("\x89ÛÏIt\x89Ûªs on\x89Û\x9d, soon\x89Û_ \x89÷¼") == "\u201cIt\u2019s on\u201d, soon\u2026 \u263a"


def test_lone_control_characters_are_those_of_windows_1252() -> None:
    assert mended("it\x92s \x93so\x94 \x85") == "it\u2019s \u201cso\u201d \u2026"


@pytest.mark.parametrize(
    "text",
    [
        *WHOLE,
        "CAFÉ\u2026 é\u2026\u201d SÃO PAULO ÀÉ Ünïcödé ÄÖÜ ß",
        "¿qué? ¡sí! 5°C ½ © ® ™ «oui»",
        "\ud800 \udfff \U0010ffff",
        "",
    ],
)
def test_what_is_whole_stays(text: str) -> None:
    assert mended(text) == text


@given(text=texts.texts() | st.text(st.characters(min_codepoint=0x80, max_codepoint=0xFF)))
def test_no_text_is_too_strange(text: str) -> None:
    assert isinstance(mended(text), str)


@pytest.mark.timeout(20)
@pytest.mark.parametrize("fragment", ["\xc3", "\xc3\xa9", "\xf0\x9f\x98", "\x89", "\x89\xdb\xaa", "\x80"], ids=ascii)
def test_a_repeated_fragment_of_a_million_characters_costs_linear_time(fragment: str) -> None:
    mended(fragment * (1_000_000 // len(fragment)))


@pytest.mark.data
def test_it_does_to_real_tweets_what_ftfy_does(tweets_data: Path) -> None:
    tweets = [*shared_tweets.hate_train(tweets_data)[:6_000], *shared_tweets.sentiment140(tweets_data)]
    foreign = [tweet for tweet in tweets if not tweet.isascii()]
    different = [tweet for tweet in foreign if _visible(mended(tweet)) != _visible(ftfy.fix_encoding(tweet))]
    assert len(foreign) > 2_500
    assert len(different) < 0.02 * len(foreign)


@pytest.mark.data
def test_it_leaves_tweets_alone_that_were_never_damaged(tweets_data: Path) -> None:
    tweets = shared_tweets.instagram(tweets_data)[:20_000]
    assert sum(not tweet.isascii() for tweet in tweets) > 10_000
    assert [tweet for tweet in tweets if mended(tweet) != tweet] == []


def _visible(text: str) -> str:
    """Leave out what the two treat in different ways and a clean-up drops: white space and control characters."""
    return "".join(c for c in text if not c.isspace() and not "\x80" <= c <= "\xa0")

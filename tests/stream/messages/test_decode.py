"""Bytes from strangers: a tweet or a reason, never an exception."""

import json
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.messages.decode import Decoder, Rejection, Tweet
from stream.messages.reasons import Reason
from stream.settings import InputSettings

FORMATS = get_args(InputSettings.model_fields["format"].annotation)
LARGE = 10_000_000
PLAIN = Decoder(InputSettings(max_bytes=LARGE))
BY_FORMAT = {name: Decoder(InputSettings(format=name, max_bytes=LARGE)) for name in FORMATS}

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
texts = st.text(st.characters(exclude_categories=["Cs"]))


def decode(value: bytes | None, decoder: Decoder = PLAIN) -> Tweet | Rejection:
    """Decode alone and between two others, which must come to the same."""
    decoded = decoder.decode(value)
    ids, several, rejected = decoder.decode_all([b"\xff", value, b"\xff"])
    if isinstance(decoded, Tweet):
        assert (ids[1], several[1], set(rejected)) == (decoded.id, decoded.text, {0, 2})
    else:
        assert (ids[1], several[1], rejected[1]) == (None, "", decoded)
    return decoded


def tweet(value: bytes, decoder: Decoder = PLAIN) -> Tweet:
    decoded = decode(value, decoder)
    assert isinstance(decoded, Tweet), decoded
    return decoded


def reason(value: bytes | None, decoder: Decoder = PLAIN) -> Reason:
    decoded = decode(value, decoder)
    assert isinstance(decoded, Rejection), decoded
    assert decoded.detail
    assert "\n" not in decoded.detail
    return decoded.reason


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, Reason.TOMBSTONE),
        (b"", Reason.NOT_JSON),
        (b"\xff", Reason.NOT_UTF8),
        (b'{"text": "\xff"}', Reason.NOT_UTF8),
        (b'{"text": "\xed\xa0\x80"}', Reason.NOT_UTF8),  # a surrogate in CESU-8
        (b'{"text": "\xc0\x80"}', Reason.NOT_UTF8),  # an overlong NUL
        ('{"text": "a"}'.encode("utf-16"), Reason.NOT_UTF8),
        (b"not json", Reason.NOT_JSON),
        (b"\xef\xbb\xbf" + b'{"text": "a"}', Reason.NOT_JSON),
        (b'{"text": "a"} {"text": "b"}', Reason.NOT_JSON),
        (b'{"text": "a",}', Reason.NOT_JSON),
        (b"{'text': 'a'}", Reason.NOT_JSON),
        (b'{"text": "a" /* b */}', Reason.NOT_JSON),
        (b'{"text": "a\nb"}', Reason.NOT_JSON),
        (b'{"text": "a", "n": NaN}', Reason.NOT_JSON),
        (b'{"text": "a", "n": Infinity}', Reason.NOT_JSON),
        (b'{"text": "a", "n": -Infinity}', Reason.NOT_JSON),
        (b'{"text": "a", "n": 01}', Reason.NOT_JSON),
        (b'{"text": "a", "n": +1}', Reason.NOT_JSON),
        (b'{"text": "a", "n": 1.}', Reason.NOT_JSON),
        (b'{"text": "a", "n": 1e999, "m": NaN}', Reason.NOT_JSON),
        (b'{"text": "\\ud800"}', Reason.NOT_JSON),
        (b'{"text": "\\udc00\\ud800"}', Reason.NOT_JSON),
        (b"[" * 100_000, Reason.NOT_JSON),
        (b'{"a":' * 100_000, Reason.NOT_JSON),
        (b"[" * 100_000 + b"]" * 100_000, Reason.NOT_JSON),
        (b'{"text": "a", "n": ' + b"[" * 100_000 + b"1e999" + b"]" * 100_000 + b"}", Reason.NOT_JSON),
        (b"null", Reason.NOT_OBJECT),
        (b"[]", Reason.NOT_OBJECT),
        (b'"text"', Reason.NOT_OBJECT),
        (b"5", Reason.NOT_OBJECT),
        (b"9" * 5_000, Reason.NOT_OBJECT),
        (b"true", Reason.NOT_OBJECT),
        (b"{}", Reason.NO_TEXT),
        (b'{"text": null}', Reason.NO_TEXT),
        (b'{"Text": "a"}', Reason.NO_TEXT),
        (b'{"text": "a", "text": null}', Reason.NO_TEXT),
        (b'{"text": 5}', Reason.TEXT_NOT_STRING),
        (b'{"text": 1e999}', Reason.TEXT_NOT_STRING),
        (b'{"text": false}', Reason.TEXT_NOT_STRING),
        (b'{"text": ["a"]}', Reason.TEXT_NOT_STRING),
        (b'{"text": {"text": "a"}}', Reason.TEXT_NOT_STRING),
        (b'{"text": "a", "text": 5}', Reason.TEXT_NOT_STRING),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_what_is_no_tweet_has_its_reason(value: bytes | None, expected: Reason) -> None:
    assert reason(value) == expected


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (b'{"text": "a"}', "a"),
        (b' \t\r\n{"text": "a"}\n', "a"),
        (b'{"text": ""}', ""),
        (b'{"text": "a\\u0000b"}', "a\0b"),
        (b'{"text": "\\ud83d\\ude00"}', "😀"),
        ('{"text": "\ufeffåé日"}'.encode(), "\ufeffåé日"),
        (b'{"te\\u0078t": "a"}', "a"),
        (b'{"text": "a", "text": "b"}', "b"),
        (b'{"text": 5, "text": "b"}', "b"),
        (b'{"text": "a", "other": {"text": "b"}}', "a"),
        (b'{"text": "a", "n": 1e999, "m": -1e999, "s": "1e999"}', "a"),
        (b'{"text": "1e999 \\" 1e999", "n": 1e999}', '1e999 " 1e999'),
        (b'{"text": "' + b"x" * 100_000 + b'"}', "x" * 100_000),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_strict_json_with_a_text_is_a_tweet(value: bytes, text: str) -> None:
    assert tweet(value).text == text


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ('"7"', "7"),
        ('" 007 "', " 007 "),
        ('"\\u0000"', "\0"),
        ("7", "7"),
        ("0", "0"),
        ("-0", "0"),
        ("-12", "-12"),
        ("9223372036854775808", "9223372036854775808"),
        ("18446744073709551615", "18446744073709551615"),
        ("18446744073709551616", "18446744073709551616"),
        ("-9223372036854775809", "-9223372036854775809"),
        ("123456789012345678901234567890", "123456789012345678901234567890"),
        ("9" * 5_000, "9" * 5_000),
        ("-" + "9" * 5_000, "-" + "9" * 5_000),
        ("1.0", None),
        ("-0.0", None),
        ("1e3", None),
        ("1E400", None),
        ("12345678901234567890123.0", None),
        ("null", None),
        ('""', None),
        ("true", None),
        ("false", None),
        ("[7]", None),
        ('{"id": 7}', None),
        ('1, "id": 123456789012345678901234567890', "123456789012345678901234567890"),
        ('123456789012345678901234567890, "id": "last"', "last"),
        ('"first", "id": 123456789012345678901234567890', "123456789012345678901234567890"),
        ('123456789012345678901234567890, "id": 1e3', None),
        (
            '123456789012345678901234567890, "x": {"id": 111111111111111111111111111111}',
            "123456789012345678901234567890",
        ),
        ('123456789012345678901234567890, "x": [1, {"id": 2}, "id", 3]', "123456789012345678901234567890"),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_the_id_is_a_string_or_an_integers_exact_digits(written: str, expected: str | None) -> None:
    assert tweet(f'{{"id": {written}, "text": "a"}}'.encode()).id == expected


def test_a_tweet_without_id_has_none() -> None:
    assert tweet(b'{"text": "a"}').id is None


def test_paths_lead_into_objects() -> None:
    decoder = Decoder(InputSettings(text_field="tweet.body.text", id_field="tweet.id"))
    digits = "1" * 30
    value = f'{{"id": 1, "tweet": {{"body": {{"text": "a"}}, "id": {digits}, "user": {{"id": 5}}}}}}'
    assert tweet(value.encode(), decoder) == Tweet(digits, "a")


@pytest.mark.parametrize("value", [b'{"tweet": "a"}', b'{"tweet": ["text"]}', b'{"tweet.text": "a"}', b'{"tweet": {}}'])
def test_a_path_that_leads_nowhere_is_no_text(value: bytes) -> None:
    assert reason(value, Decoder(InputSettings(text_field="tweet.text"))) == Reason.NO_TEXT


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b'{"id_str": "7", "id": 8, "text": "a"}', Tweet("7", "a")),
        (b'{"id": 8, "text": "a"}', Tweet(None, "a")),
        (b'{"text": "a", "full_text": "b"}', Tweet(None, "b")),
        (b'{"text": "a", "full_text": "b", "extended_tweet": {"full_text": "c"}}', Tweet(None, "c")),
        (b'{"text": "a", "full_text": null, "extended_tweet": {}}', Tweet(None, "a")),
        (b'{"text": "a", "extended_tweet": null}', Tweet(None, "a")),
    ],
)
def test_twitter_v1_takes_the_longest_text(value: bytes, expected: Tweet) -> None:
    assert tweet(value, BY_FORMAT["twitter-v1"]) == expected


def test_twitter_v2_reads_the_data() -> None:
    value = b'{"data": {"id": "7", "text": "a"}, "text": "b", "id": "8"}'
    assert tweet(value, BY_FORMAT["twitter-v2"]) == Tweet("7", "a")


@pytest.mark.parametrize("name", ["twitter-v1", "twitter-v2"])
@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, Reason.TOMBSTONE),
        (b"{", Reason.NOT_JSON),
        (b"\xff", Reason.NOT_UTF8),
        (b"[]", Reason.NOT_OBJECT),
        (b"{}", Reason.NO_TEXT),
        (b'{"data": null}', Reason.NO_TEXT),
        (b'{"text": 5, "data": {"text": 5}}', Reason.TEXT_NOT_STRING),
    ],
)
def test_twitters_objects_are_refused_for_the_same_reasons(name: str, value: bytes | None, expected: Reason) -> None:
    assert reason(value, BY_FORMAT[name]) == expected


@pytest.mark.parametrize("text", ["", "a", '{"text": "a"}', "null", "\ufeffa", "a\0b\n", "שלום 😀"])
def test_format_text_takes_the_whole_value(text: str) -> None:
    assert tweet(text.encode(), BY_FORMAT["text"]) == Tweet(None, text)


def test_format_text_knows_tombstones_and_what_is_not_utf8() -> None:
    assert reason(None, BY_FORMAT["text"]) == Reason.TOMBSTONE
    assert reason(b"a\xff", BY_FORMAT["text"]) == Reason.NOT_UTF8


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("limit", [20, 65_536])
def test_a_value_may_be_exactly_as_long_as_allowed(name: str, limit: int) -> None:
    decoder = Decoder(InputSettings(format=name, max_bytes=limit))
    value = b'{"text": ""}' + b" " * (limit - 12)
    decoded = decode(value, decoder)
    assert isinstance(decoded, Tweet) or decoded.reason == Reason.NO_TEXT
    assert reason(value + b" ", decoder) == Reason.TOO_LARGE


def test_the_limit_counts_bytes_and_comes_before_anything_else() -> None:
    decoder = Decoder(InputSettings(format="text", max_bytes=3))
    assert tweet("aé".encode(), decoder).text == "aé"
    assert reason("éé".encode(), decoder) == Reason.TOO_LARGE
    assert reason(b"\xff" * 4, decoder) == Reason.TOO_LARGE


def test_a_rejection_says_how_long_the_value_is() -> None:
    decoded = Decoder(InputSettings(max_bytes=10)).decode(b"x" * 11)
    assert decoded == Rejection(Reason.TOO_LARGE, "11 bytes, at most 10 are read")


@given(value=st.binary() | st.text().map(lambda text: text.encode("utf-8", "surrogatepass")))
@pytest.mark.parametrize("name", FORMATS)
def test_any_bytes_are_a_tweet_or_a_rejection(name: str, value: bytes) -> None:
    assert isinstance(decode(value, BY_FORMAT[name]), Tweet | Rejection)


@given(
    pieces=st.lists(
        st.sampled_from(
            ["{", "}", "[", "]", ",", ":", '"', '"text"', '"id"', "1e999", "9" * 400, "-", "null", "NaN", "\\", "\\u"]
        )
    )
)
def test_broken_json_is_a_tweet_or_a_rejection(pieces: list[str]) -> None:
    assert isinstance(PLAIN.decode("".join(pieces).encode()), Tweet | Rejection)


@given(fields=st.dictionaries(st.text(), json_values, max_size=4), text=texts, ascii_only=st.booleans())
def test_any_object_with_a_text_decodes_to_that_text(fields: dict[str, Any], text: str, *, ascii_only: bool) -> None:
    value = json.dumps({**fields, "text": text}, ensure_ascii=ascii_only).encode()
    assert tweet(value).text == text


@given(number=st.integers())
def test_any_integer_id_keeps_its_digits(number: int) -> None:
    assert tweet(f'{{"text": "a", "id": {number}}}'.encode()).id == str(number)

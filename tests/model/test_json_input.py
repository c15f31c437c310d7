import json
from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.json_input import InputError, decode_object, id_text, text_of, value_at


def reason(call: Callable[[], object]) -> str:
    with pytest.raises(InputError) as raised:
        call()
    assert raised.value.detail
    assert "\n" not in raised.value.detail
    return raised.value.reason


def test_an_object_is_decoded() -> None:
    assert decode_object(' {"text": "gr\\u00fc\u00df \\ud83d\\ude00", "n": [1, null]} '.encode()) == {
        "text": "grüß 😀",
        "n": [1, None],
    }


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b" ",
        b"{",
        b"{} {}",
        b"{'text': 1}",
        b'{"text": NaN}',
        b'{"text": Infinity}',
        b'{"text": "a", }',
        b'{"text": "a"} // comment',
        b'{"text": 01}',
        b'{"text": "tab\there"}',
        b'{"text": "\\ud800"}',
        b'{"text": "\\udc00\\ud800"}',
        b'\xef\xbb\xbf{"text": "a"}',
        "\ufeff{}".encode("utf-16"),
        b"\x00{}",
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'{"a": ' + b"[" * 2000 + b"]" * 2000 + b"}",
        b'{"text": "a", "n": 1e400,}',
        b'{"text": "a", "n": 01e400}',
    ],
)
def test_what_is_not_strict_json_is_refused(value: bytes) -> None:
    assert reason(lambda: decode_object(value)) in ("not-json", "not-utf8")
    if b"\xff" not in value:
        assert reason(lambda: decode_object(value)) == "not-json"


@pytest.mark.parametrize(
    "value", [b'{"text": "\xff"}', b'{"text": "\xed\xa0\x80"}', b"\xff", b'{"text": "caf\xe9"}', b'{"a": "\xc3"']
)
def test_what_is_not_utf8_is_refused_as_such(value: bytes) -> None:
    assert reason(lambda: decode_object(value)) == "not-utf8"


def test_the_byte_that_is_no_utf8_is_named() -> None:
    with pytest.raises(InputError, match="byte 13 is no UTF-8: 0xe9"):
        decode_object(b'{"text": "caf\xe9"}')


@pytest.mark.parametrize("value", [b"[]", b"null", b"1", b'"text"', b"true", b"9" * 30])
def test_json_that_is_no_object_is_refused(value: bytes) -> None:
    assert reason(lambda: decode_object(value)) == "not-object"


@pytest.mark.parametrize("number", [b"1e400", b"-1e400", b"9" * 5000, b"-" + b"9" * 5000, b"1.5E+999"])
def test_a_number_beyond_a_floats_range_is_valid_json(number: bytes) -> None:
    assert decode_object(b'{"text": "1e400", "n": ' + number + b"}")["text"] == "1e400"


def test_of_a_name_that_occurs_twice_the_last_counts() -> None:
    assert decode_object(b'{"text": "a", "text": "b"}') == {"text": "b"}


@given(st.binary())
def test_whatever_the_bytes_only_input_errors_come_out(value: bytes) -> None:
    with suppress(InputError):
        assert isinstance(decode_object(value), dict)


@pytest.mark.parametrize(
    ("value", "path", "text"),
    [
        ({"text": "a"}, "text", "a"),
        ({"text": ""}, "text", ""),
        ({"data": {"text": "a"}}, "data.text", "a"),
        ({"text": "\0"}, "text", "\0"),
    ],
)
def test_the_text_is_found_at_its_path(value: dict[str, Any], path: str, text: str) -> None:
    assert text_of(value, path) == text


@pytest.mark.parametrize("value", [{}, {"text": None}, {"Text": "a"}])
def test_no_text_is_a_reason(value: dict[str, Any]) -> None:
    assert reason(lambda: text_of(value)) == "no-text"


@pytest.mark.parametrize("text", [1, 1.5, True, [], ["a"], {}, {"text": "a"}])
def test_a_text_that_is_no_string_is_a_reason(text: object) -> None:
    assert reason(lambda: text_of({"text": text})) == "text-not-string"


def test_a_path_leads_through_objects_only() -> None:
    assert value_at({"a": {"b": 1}}, "a.b") == 1
    assert value_at({"a": [{"b": 1}]}, "a.0") is None
    assert value_at({"a": "text"}, "a.b") is None
    assert value_at({}, "a.b.c") is None


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b'"abc"', "abc"),
        (b'" 1 "', " 1 "),
        (b'""', None),
        (b"null", None),
        (b"true", None),
        (b"false", None),
        (b"[1]", None),
        (b"{}", None),
        (b"0", "0"),
        (b"-0", "0"),
        (b"42", "42"),
        (b"-7", "-7"),
        (b"18446744073709551615", "18446744073709551615"),
        (b"18446744073709551616", "18446744073709551616"),
        (b"-9223372036854775809", "-9223372036854775809"),
        (b"123456789012345678901234567890", "123456789012345678901234567890"),
        (b"1" * 5000, "1" * 5000),
        (b"-" + b"1" * 5000, "-" + "1" * 5000),
        (b"1.0", None),
        (b"1e3", None),
        (b"1e400", None),
        (b"0.5", None),
        (b"-0.0", None),
    ],
)
def test_an_id_is_a_string_or_the_exact_digits_of_an_integer(raw: bytes, expected: str | None) -> None:
    value = b'{"text": "a", "id": ' + raw + b"}"
    assert id_text(decode_object(value), value) == expected


def test_an_id_that_is_missing_is_none() -> None:
    assert id_text({}, b"{}") is None


BIG = b"123456789012345678901234567890"


@pytest.mark.parametrize(
    "value",
    [
        b'{"id": 1.5, "data": {"id": %b}}' % BIG,
        b'{"data": {"id": 1.5}, "data": {"id": %b}}' % BIG,
        b'{"data": {"id": 1, "id": %b}}' % BIG,
        b'{"data": {"x": {"id": 2.5}, "y": [{"id": 3.5}, 4.5], "id": %b}}' % BIG,
        b'{"x": [{"data": {"id": 2.5}}], "data": {"id": %b}, "z": 1.5}' % BIG,
        b'{"x": "}{\\"data\\": {\\"id\\": 1.5}", "data": {"a": "\\\\", "id": %b, "b": ":,{"}}' % BIG,
        b'{"\\u0064ata": {"\\u0069d": %b, "ID": 1.5}}' % BIG,
        b'{"data":\n{"id"\t:\r%b}}' % BIG,
        b'{"data": {"id": %b}, "n": %b}' % (BIG, b"9" * 400),
    ],
)
def test_a_big_id_is_found_wherever_its_path_leads(value: bytes) -> None:
    assert id_text(decode_object(value), value, "data.id") == BIG.decode()


deep_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.integers(10**25, 10**30) | st.text() | st.just(0.5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["id", "a", "{"]), inner, max_size=3),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from(["id", "a", "{"]), deep_values, max_size=3), st.sampled_from(["id", "a.id"]))
def test_integers_keep_all_their_digits_in_any_surroundings(value: dict[str, Any], path: str) -> None:
    raw = json.dumps(value).encode()
    expected = value_at(value, path)
    if isinstance(expected, str):
        expected = expected or None
    elif isinstance(expected, int) and not isinstance(expected, bool):
        expected = str(expected)
    else:
        expected = None
    try:
        decoded = decode_object(raw)
    except InputError as error:
        assert "surrogate" in error.detail  # noqa: PT017 - hypothesis' texts hold lone surrogates now and then
        return
    assert id_text(decoded, raw, path) == expected


def test_a_hostile_value_costs_linear_time() -> None:
    value = b'{"x": [' + b'{"id": 1.5},' * 50_000 + b'1e400], "id": ' + BIG + b"}"
    assert id_text(decode_object(value), value) == str(Decimal(BIG.decode()))

"""JSON from strangers: strict RFC 8259, exact integers, and a reason for everything that is refused.

A name that occurs twice in an object counts with its last value, as in every common parser.
"""

import re
from collections.abc import Mapping
from typing import Any, Final, Self

import orjson

_BOM = b"\xef\xbb\xbf"
_STRING = rb'"(?:[^"\\]|\\.)*"'
_NUMBER = rb"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?"
_TOKEN: Final = re.compile(_STRING + rb"|" + _NUMBER + rb"|[][{}:,]|true|false|null", re.DOTALL)
_INTEGER: Final = re.compile(rb"-?[0-9]+")
_INFINITE = "number is infinity"


class InputError(ValueError):
    """A value that is no tweet: ``reason`` is one of a closed list of names, ``detail`` is for people."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail

    @classmethod
    def not_utf8(cls, value: bytes, error: UnicodeDecodeError) -> Self:
        """Say where a value stops being UTF-8."""
        return cls("not-utf8", f"byte {error.start} is no UTF-8: 0x{value[error.start]:02x} ({error.reason})")


def decode_object(value: bytes) -> dict[str, Any]:
    """Decode one JSON object.

    Integers beyond 64 bits come out as floats; :func:`id_text` gets them exactly from ``value``.
    Raises InputError with reason ``not-utf8``, ``not-json`` or ``not-object``; never anything else, whatever the bytes.
    """
    try:
        decoded = orjson.loads(value)
    except orjson.JSONDecodeError as error:
        decoded = _decode_again(value, error)
    if not isinstance(decoded, dict):
        raise InputError("not-object", f"the value should be a JSON object, received {_kind(decoded)}")
    return decoded


def text_of(decoded: Mapping[str, Any], path: str = "text") -> str:
    """Return the string at a dotted path.

    Raises InputError with reason ``no-text`` (missing or null) or ``text-not-string``.
    """
    text = value_at(decoded, path)
    if text is None:
        raise InputError("no-text", f"the field {path!r} is missing or null")
    if not isinstance(text, str):
        raise InputError("text-not-string", f"the field {path!r} should be a string, received {_kind(text)}")
    return text


def value_at(decoded: Mapping[str, Any], path: str) -> Any:  # noqa: ANN401 - any JSON value
    """Return the value at a dotted path through objects, or None where there is none."""
    value: Any = decoded
    for name in path.split("."):
        if not isinstance(value, Mapping):
            return None
        value = value.get(name)
    return value


def id_text(decoded: Mapping[str, Any], value: bytes, path: str = "id") -> str | None:
    """Return the id at a dotted path: a string as it is, an integer as its exact decimal digits.

    decoded: what :func:`decode_object` made of ``value``. Returns None for what is no id: missing, null, an empty
    string, or of another type, 1.0 and 1e3 included.
    """
    found = value_at(decoded, path)
    match found:
        case str():
            return found or None
        case bool():
            return None
        case int():
            return str(found)
        case float():
            token = _raw_at(value, path)
            return token.decode() if _INTEGER.fullmatch(token) else None
        case _:
            return None


def _decode_again(value: bytes, error: orjson.JSONDecodeError) -> object:
    """Say why a value was refused, or decode it after all if only the size of a number stood in the way."""
    try:
        value.decode()
    except UnicodeDecodeError as wrong:
        raise InputError.not_utf8(value, wrong) from None
    if value.startswith(_BOM):
        raise InputError("not-json", "the value starts with a byte order mark") from None
    if error.msg.startswith(_INFINITE):
        try:
            return orjson.loads(_TOKEN.sub(_finite, value))
        except orjson.JSONDecodeError as another:
            error = another
    detail = f"{error.msg} at character {error.pos}"
    if "surrogate" in error.msg:
        detail = f"lone surrogate escape in a string: {detail}"
    raise InputError("not-json", detail) from None


def _finite(token: re.Match[bytes]) -> bytes:
    """Replace a number beyond a float's range, which is valid JSON, by the largest power of ten within it."""
    number = token[0]
    if number[:1] not in b"-0123456789" or abs(float(number)) != float("inf"):
        return number
    return b"-1e308" if number.startswith(b"-") else b"1e308"


def _raw_at(value: bytes, path: str) -> bytes:
    """Bytes of the number at a path that is known to lead to one; ``value`` is known to be valid.

    Walks the tokens instead of recursing: nesting costs no stack.
    """
    wanted = path.split(".")
    found = b""
    names: list[str | None] = []  # the name under which each open container's current value stands; None in a list
    expects_name = False
    for token in _TOKEN.findall(value):
        match token:
            case b"{":
                names.append("")
                expects_name = True
            case b"[":
                names.append(None)
                expects_name = False
            case b"}" | b"]":
                names.pop()
            case b",":
                expects_name = names[-1] is not None
            case b":":
                expects_name = False
            case _ if expects_name:
                names[-1] = orjson.loads(token)
            case _ if len(names) == len(wanted) and names == wanted:
                found = token
    return found


def _kind(value: object) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "a boolean"
        case int() | float():
            return "a number"
        case str():
            return "a string"
        case list():
            return "an array"
        case _:
            return "an object"

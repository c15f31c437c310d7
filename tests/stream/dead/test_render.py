import io

import pytest
from confluent_kafka import Message
from rich.console import Console, RenderableType

from stream.dead.letter import DeadLetter
from stream.dead.render import full, table
from tests.stream.records import record

HEADERS: list[tuple[str, str | bytes | None]] = [
    ("trace", b"\xfe"),
    ("warble-reason", b"not-json"),
    ("warble-detail", b"line\x1b[31m one"),
    ("warble-source", b"tweets/1/5"),
]


def drawn(shown: RenderableType, width: int = 120) -> str:
    out = io.StringIO()
    Console(file=out, width=width, force_terminal=False, color_system=None).print(shown)
    return out.getvalue()


def letter(value: bytes | None = b"oops", *more: tuple[str, bytes]) -> DeadLetter:
    message: Message = record(value, partition=1, offset=2, headers=[*HEADERS, *more])
    return DeadLetter.read(message)


def test_a_list_has_one_line_a_letter() -> None:
    lines = drawn(table([letter(), letter(None), letter(b"\xff")])).splitlines()
    assert lines[0].split() == ["dead", "letter", "reason", "source", "detail", "value"]
    assert [line.split()[:3] for line in lines[1:]] == [["tweets/1/2", "not-json", "tweets/1/5"]] * 3
    assert [line.split()[-1] for line in lines[1:]] == ["oops", "null", "ff"]


def test_a_letter_without_its_value_says_so_in_the_list() -> None:
    assert "left behind: headers,value" in drawn(table([letter(None, ("warble-truncated", b"headers,value"))]))


def test_a_preview_may_end_within_a_character() -> None:
    value = ("x" * 199 + "ü").encode()
    assert "hex" not in drawn(table([letter(value)]), width=400)


def test_all_of_a_letter_is_shown() -> None:
    shown = drawn(full(letter(b'{"a": 1}')))
    for words in ("tweets/1/2", "not-json", "tweets/1/5", "header trace", "hex fe", "8 bytes", '{"a": 1}'):
        assert words in shown
    assert "warble-reason" not in shown


@pytest.mark.parametrize(("value", "words"), [(b"\xff\x00", "ff00"), (None, "null"), (b"", "0 bytes")])
def test_a_value_that_is_no_text_is_shown_all_the_same(value: bytes | None, words: str) -> None:
    assert words in drawn(full(letter(value)))


def test_a_letter_cannot_command_the_terminal() -> None:
    assert "\x1b" not in drawn(full(letter(b"a\x1bc"))) + drawn(table([letter(b"a\x1bc")]))

import json

import pytest

from stream.tailing.lines import json_line, terminal_line
from tests.stream.records import record

RESULT = {
    "id": "42",
    "label": "negative",
    "score": 0.912,
    "source": {"topic": "tweets", "partition": 3, "offset": 17},
}


def line(**changes: object) -> str:
    text = terminal_line(record(json.dumps(RESULT | changes).encode()))
    assert text is not None
    return text.plain


def test_a_pipe_gets_the_value_as_it_is() -> None:
    value = b'{"label" :"x", "score":0.50}'
    assert json_line(value) is value


def test_a_value_over_several_lines_becomes_one() -> None:
    assert json_line(b'{\n "label": "x"\n}') == b'{"label":"x"}'


@pytest.mark.parametrize("value", [None, b"", b"no json", b"[1]", b"3", b"\xff"])
def test_what_is_no_result_gets_no_line(value: bytes | None) -> None:
    assert json_line(value) is None
    assert terminal_line(record(value)) is None


def test_a_person_sees_label_score_id_and_the_tweet() -> None:
    assert line(text="the battery died").split() == ["negative", "0.91", "42", "the", "battery", "died"]


def test_without_the_tweet_its_place_is_shown() -> None:
    assert line().endswith("partition 3 offset 17")


def test_the_label_has_the_colour_of_its_class() -> None:
    text = terminal_line(record(json.dumps(RESULT).encode()))
    assert text is not None
    assert "red" in str(text.spans[0].style)


def test_an_empty_tweet_is_marked() -> None:
    assert "(empty)" in line(empty=True, text="#tag")


def test_a_tweet_cannot_command_the_terminal() -> None:
    shown = line(id="\x1b[2J", label="neg\x1bc", text="a\x1b]0;owned\x07\nb")
    assert not set(shown) & set("\x1b\x07\n")


@pytest.mark.parametrize("changes", [{"score": "high"}, {"source": None}, {"source": 3}, {"id": None}, {"text": 5}])
def test_a_result_with_odd_fields_still_has_a_line(changes: dict[str, object]) -> None:
    assert line(**changes).startswith("negative")

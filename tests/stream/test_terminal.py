import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.terminal import printable, style_of


@given(st.text(st.characters(), max_size=200))
def test_no_text_commands_the_terminal_or_leaves_its_line(text: str) -> None:
    shown = printable(text)
    assert not any(unicodedata.category(character) in {"Cc", "Cs"} for character in shown)
    assert shown.splitlines() in ([], [shown])
    shown.encode()


def test_ordinary_text_stays_as_it_is() -> None:
    text = "Grüße, 日本, 👨‍👩‍👧 family, שלום #tag <b>[red]"
    assert printable(text) == text


def test_an_escape_sequence_is_defused_and_reordering_marks_are_dropped() -> None:
    assert printable("a\x1b[31mb\x9bc\u202ed\te") == "a\ufffd[31mb\ufffdcd e"


@pytest.mark.parametrize(("label", "style"), [("negative", "red"), ("hateful", "red"), ("positive", "green")])
def test_a_known_class_has_its_own_colour(label: str, style: str) -> None:
    assert style_of(label) == style


def test_classes_of_a_further_task_differ_in_colour() -> None:
    labels = ("a", "b", "c", "d", "e", "f")
    assert len({style_of(label, labels) for label in labels}) == len(labels)

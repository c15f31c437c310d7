import io
import json

import pytest

from model.errors import UsageError
from stream.producing.envelope import envelope
from stream.producing.formats import FileFormat
from stream.producing.records import Layout, Record, records
from stream.settings import InputSettings

JSON = InputSettings()


def read(content: bytes, layout: Layout, settings: InputSettings = JSON) -> list[Record]:
    return list(records(io.BytesIO(content).readline, layout, envelope(settings)))


def text(**changes: str) -> Layout:
    return Layout(**{"name": "f.txt", "format": FileFormat.TEXT, **changes})  # type: ignore[arg-type]


def jsonl() -> Layout:
    return Layout(name="f.jsonl", format=FileFormat.JSONL)


def table(**changes: str) -> Layout:
    return Layout(**{"name": "f.csv", "format": FileFormat.CSV, **changes})  # type: ignore[arg-type]


def tweets(found: list[Record]) -> list[tuple[str, str]]:
    values = [json.loads(record.value) for record in found]
    assert [value["id"].encode() for value in values] == [record.key for record in found]
    return [(value["id"], value["text"]) for value in values]


def test_each_line_of_text_is_a_tweet_under_its_number() -> None:
    assert tweets(read(b"one\r\n\ntw\ro", text())) == [("1", "one"), ("2", ""), ("3", "tw\ro")]


def test_a_worker_that_reads_bare_text_gets_bare_text() -> None:
    assert read("schön\n".encode("latin-1"), text(encoding="latin-1"), InputSettings(format="text")) == [
        Record(b"1", "schön".encode(), "line 1")
    ]


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        (InputSettings(text_field="body.text", id_field="body.key"), {"body": {"key": "1", "text": "hi"}}),
        (InputSettings(format="twitter-v1"), {"id_str": "1", "full_text": "hi"}),
        (InputSettings(format="twitter-v2"), {"data": {"id": "1", "text": "hi"}}),
    ],
)
def test_the_value_has_the_shape_that_the_worker_reads(settings: InputSettings, expected: object) -> None:
    (record,) = read(b"hi\n", text(), settings)
    assert json.loads(record.value) == expected


def test_json_lines_go_as_they_are_also_broken_ones() -> None:
    content = b'{"id": 1, "text": "a"}\r\nnot json \xff\n\n  \n[1]'
    assert read(content, jsonl()) == [
        Record(None, b'{"id": 1, "text": "a"}', "line 1"),
        Record(None, b"not json \xff", "line 2"),
        Record(None, b"[1]", "line 5"),
    ]


def test_a_row_is_a_tweet_under_its_number_or_its_own_id() -> None:
    content = b'key,tweet\nk1,"a, b"\n,"two\nlines"\n'
    assert tweets(read(content, table(column="tweet"))) == [("1", "a, b"), ("2", "two\nlines")]
    assert tweets(read(content, table(column="tweet", id_column="key"))) == [("k1", "a, b"), ("2", "two\nlines")]


def test_a_table_may_come_from_an_old_spreadsheet() -> None:
    content = b'\xef\xbb\xbftext,n\r"says ""hi""",1\rbye,2\r\r'
    assert tweets(read(content, table())) == [("1", 'says "hi"'), ("2", "bye")]


@pytest.mark.parametrize(
    ("content", "layout", "complaint"),
    [
        (b"", text(), "f.txt is empty"),
        (b"\n \n", jsonl(), "f.jsonl is empty"),
        (b"", table(), "f.csv is empty"),
        (b"text,id\n", table(), "f.csv is empty"),
        (b"a,b\n1,2\n", table(), "no column 'text': it has 'a', 'b'; choose one with --column"),
        (b"text,b\n1,2\n", table(id_column="c"), "no column 'c': it has 'text', 'b'; choose one with --id-column"),
        (b"text,b\n1,2\n1,2,3\n", table(), "f.csv line 3 has 3 fields, the header has 2"),
        (b'text\n"open\nto the end\n', table(), "f.csv line 3 is not CSV: unexpected end of data"),
        (b'text\n"a"b\n', table(), "f.csv line 2 is not CSV: "),
        (b"text\n\x89PNG\n", table(), "f.csv line 2 is not utf-8: byte 0x89 at column 1"),
        (b'text\n"' + b"x" * 200_000 + b'"\n', table(), "line 2 is not CSV: field larger than field limit"),
    ],
)
def test_a_file_that_is_not_what_it_should_be_is_refused_in_one_line(
    content: bytes, layout: Layout, complaint: str
) -> None:
    with pytest.raises(UsageError) as caught:
        read(content, layout)
    assert complaint in str(caught.value)
    assert "\n" not in str(caught.value)


def test_what_comes_before_the_fault_is_sent() -> None:
    found = records(io.BytesIO(b"a\nb\n\xff\n").readline, text(), envelope(JSON))
    assert [next(found).key, next(found).key] == [b"1", b"2"]
    with pytest.raises(UsageError):
        next(found)

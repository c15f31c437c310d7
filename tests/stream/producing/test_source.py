import io
from collections.abc import Callable
from pathlib import Path

import pytest

from model.errors import UsageError
from stream.producing import source
from stream.producing.formats import FileFormat
from stream.producing.source import (
    Line,
    check_encoding,
    decoded,
    format_of,
    lines,
    lines_of_any_end,
    opened,
    without_line_end,
)


def reader(content: bytes) -> Callable[[int], bytes]:
    return io.BytesIO(content).readline


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a.txt", FileFormat.TEXT),
        ("A.TXT", FileFormat.TEXT),
        ("a.jsonl", FileFormat.JSONL),
        ("a.ndjson", FileFormat.JSONL),
        ("dir.txt/a.csv", FileFormat.CSV),
        ("-", FileFormat.TEXT),
    ],
)
def test_the_name_tells_the_format(name: str, expected: FileFormat) -> None:
    assert format_of(name) is expected


@pytest.mark.parametrize("name", ["tweets", "tweets.json.gz", "tweets.parquet", ".txt"])
def test_a_name_that_does_not_tell_the_format_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match="give --format"):
        format_of(name)


def test_only_a_newline_ends_a_line() -> None:
    content = b"a\rb\x0bc\xc2\x85d\xe2\x80\xa8e\n\nf\r\nlast"
    assert list(lines(reader(content), "f")) == [
        Line(1, b"a\rb\x0bc\xc2\x85d\xe2\x80\xa8e\n"),
        Line(2, b"\n"),
        Line(3, b"f\r\n"),
        Line(4, b"last"),
    ]


@pytest.mark.parametrize("chunk", [1, 2, 3, 5, 1_000])
def test_a_table_may_end_its_lines_in_any_of_three_ways(monkeypatch: pytest.MonkeyPatch, chunk: int) -> None:
    monkeypatch.setattr(source, "_CHUNK", chunk)
    found = list(lines_of_any_end(reader(b"a\rb\r\n\r\nc\n\rd"), "f"))
    assert [line.content for line in found] == [b"a\r", b"b\r\n", b"\r\n", b"c\n", b"\r", b"d"]
    assert [line.number for line in found] == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize("split", [lines, lines_of_any_end])
def test_a_line_without_end_does_not_fill_the_memory(
    monkeypatch: pytest.MonkeyPatch, split: Callable[[Callable[[int], bytes], str], object]
) -> None:
    monkeypatch.setattr(source, "LONGEST_LINE", 100)
    monkeypatch.setattr(source, "_CHUNK", 30)
    with pytest.raises(UsageError, match="big line 2 is longer than 100 bytes"):
        list(split(reader(b"short\n" + b"x" * 200), "big"))  # type: ignore[call-overload]


def test_a_disk_that_fails_in_the_middle_is_named() -> None:
    answers = iter([b"one\n"])

    def failing(_: int) -> bytes:
        for answer in answers:
            return answer
        raise OSError(5, "Input/output error")

    with pytest.raises(UsageError, match="f cannot be read beyond line 1: Input/output error"):
        list(lines(failing, "f"))


def test_what_cannot_be_decoded_is_named_by_line_and_byte() -> None:
    texts = decoded(lines(reader(b"fine\nM\xfcnchen\n"), "f.txt"), "utf-8", "f.txt")
    assert next(texts) == "fine\n"
    with pytest.raises(UsageError, match=r"f\.txt line 2 is not utf-8: byte 0xfc at column 2; give --encoding"):
        next(texts)


def test_a_byte_order_mark_is_no_part_of_the_first_text() -> None:
    assert list(decoded(lines(reader(b"\xef\xbb\xbfa\n\xef\xbb\xbfb\n"), "f"), "UTF8", "f")) == ["a\n", "\ufeffb\n"]


def test_latin_1_reads_any_byte() -> None:
    content = bytes(set(range(256)) - {0x0A})
    assert "".join(decoded(lines(reader(content), "f"), "latin-1", "f")) == content.decode("latin-1")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "rot13", "klingon", "base64"])
def test_an_encoding_that_cannot_be_read_by_lines_is_refused(encoding: str) -> None:
    with pytest.raises(UsageError, match=encoding):
        check_encoding(encoding)


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1", "cp1252", "shift_jis", "utf-8-sig"])
def test_the_usual_encodings_are_taken(encoding: str) -> None:
    check_encoding(encoding)
    content = b"a\n\nb\n"
    assert list(decoded(lines(reader(content), "f"), encoding, "f")) == ["a\n", "\n", "b\n"]


@pytest.mark.parametrize(
    ("text", "expected"), [("a\r\n", "a"), ("a\n", "a"), ("a\r", "a"), ("a\r\r\n", "a\r"), ("\n", ""), ("a ", "a ")]
)
def test_only_the_line_end_is_dropped(text: str, expected: str) -> None:
    assert without_line_end(text) == expected


def test_a_file_that_cannot_be_opened_is_named(tmp_path: Path) -> None:
    for name in (tmp_path / "missing.txt", tmp_path):
        with pytest.raises(UsageError, match=f"{name} cannot be read: "), opened(str(name)):
            pass


def test_the_size_of_a_file_is_known_that_of_a_pipe_is_not(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"12345")
    with opened(str(path)) as (_, size):
        assert size == 5

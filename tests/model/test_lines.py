import os
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.lines import Line, read_chunks


@contextmanager
def source(content: bytes) -> Iterator[int]:
    file = os.memfd_create("lines")
    try:
        os.write(file, content)
        os.lseek(file, 0, os.SEEK_SET)
        yield file
    finally:
        os.close(file)


def read(content: bytes, *, max_lines: int = 1000, max_bytes: int = 1000) -> list[Line]:
    with source(content) as file:
        return list(chain.from_iterable(read_chunks(file, max_lines=max_lines, max_bytes=max_bytes)))


@pytest.mark.parametrize(
    ("content", "lines"),
    [
        (b"", []),
        (b"a", [b"a"]),
        (b"a\n", [b"a"]),
        (b"a\nb", [b"a", b"b"]),
        (b"\n", [b""]),
        (b"\n\n", [b"", b""]),
        (b"a\r\n\r\n", [b"a", b""]),
        (b"a\r\r\n", [b"a\r"]),
        (b"a\rb\n", [b"a\rb"]),
        (b"a\r", [b"a"]),
        (b"a\x0bb\x0cc\x1cd\x85e\xe2\x80\xa8f\xc2\x85\n", [b"a\x0bb\x0cc\x1cd\x85e\xe2\x80\xa8f\xc2\x85"]),
        (b"\x00\xff\n", [b"\x00\xff"]),
    ],
)
def test_lines_end_at_line_feeds_only(content: bytes, lines: list[Line]) -> None:
    assert read(content) == lines


@given(st.lists(st.binary(max_size=20).map(lambda line: line.replace(b"\n", b"").rstrip(b"\r")), max_size=50))
def test_every_line_comes_out_once_and_in_order(lines: list[bytes]) -> None:
    assert read(b"".join(line + b"\n" for line in lines), max_lines=7) == lines


def test_a_line_across_many_reads_is_whole() -> None:
    line = bytes(range(256)).replace(b"\n", b"") * 2000
    assert read(line + b"\nnext\n", max_bytes=len(line)) == [line, b"next"]


def test_a_line_too_long_leaves_its_place_and_not_its_bytes() -> None:
    assert read(b"a\n" + b"x" * 200_000 + b"\nb\n", max_bytes=100_000) == [b"a", None, b"b"]


def test_a_last_line_too_long_leaves_its_place_too() -> None:
    assert read(b"x" * 200_000, max_bytes=100_000) == [None]


def test_a_chunk_has_at_most_so_many_lines() -> None:
    with source(b"x\n" * 25) as file:
        chunks = list(read_chunks(file, max_lines=10, max_bytes=1000, is_ready=lambda _: True))
    assert [len(chunk) for chunk in chunks] == [10, 10, 5]


def test_a_chunk_has_at_most_so_many_bytes_and_a_line() -> None:
    with source(b"x" * 60 + b"\n" + b"x" * 60 + b"\n" + b"x\n") as file:
        chunks = list(read_chunks(file, max_lines=10, max_bytes=100, is_ready=lambda _: True))
    assert [len(chunk) for chunk in chunks] == [2, 1]


def test_lines_come_out_while_the_source_pauses() -> None:
    reading, writing = os.pipe()
    chunks = read_chunks(reading, max_lines=1000, max_bytes=1000)
    os.write(writing, b"first\nsecond\nhalf")
    assert next(chunks) == [b"first", b"second"]
    os.write(writing, b" done\n")
    assert next(chunks) == [b"half done"]
    os.close(writing)
    assert list(chunks) == []
    os.close(reading)


def test_a_file_can_be_a_source(tmp_path: Path) -> None:
    (tmp_path / "tweets").write_bytes(b"one\ntwo\n")
    with (tmp_path / "tweets").open("rb") as file:
        assert list(read_chunks(file.fileno(), max_lines=9, max_bytes=9)) == [[b"one", b"two"]]

import os
import threading
from pathlib import Path

import pytest

from model.errors import UsageError
from training.labelling.table import MAX_LINE_CHARACTERS, open_table


def read(path: Path, *, text_column: str = "tweet", encoding: str = "utf-8") -> list[list[str]]:
    with open_table(path, text_column=text_column, encoding=encoding) as table:
        return list(table.rows)


def write(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def test_newlines_quotes_and_commas_in_fields_survive_whatever_ends_the_lines(tmp_path: Path) -> None:
    file = write(tmp_path / "in.csv", 'id,tweet\r\n1,"two\nlines, a ""quote""\u2028"\r\n2,plain\n3,\x85\x0b\r4,')
    assert read(file) == [["1", 'two\nlines, a "quote"\u2028'], ["2", "plain"], ["3", "\x85\x0b"], ["4", ""]]


def test_a_byte_order_mark_is_not_part_of_the_first_column_s_name(tmp_path: Path) -> None:
    assert read(write(tmp_path / "in.csv", b"\xef\xbb\xbftweet\nhello\n")) == [["hello"]]


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16", "cp1252"])
def test_other_encodings_are_read_as_told(tmp_path: Path, encoding: str) -> None:
    file = write(tmp_path / "in.csv", "tweet\ncafé\n".encode(encoding))
    assert read(file, encoding=encoding) == [["café"]]


@pytest.mark.parametrize("before", [0, 5, 8190, 8191, 100_000])
def test_a_byte_of_another_encoding_is_named_by_its_place_in_the_file(tmp_path: Path, before: int) -> None:
    start = b"\xef\xbb\xbftweet\n" + b"x" * before
    file = write(tmp_path / "in.csv", start + "é\n".encode() + b"caf\xe9!\n")
    with pytest.raises(UsageError, match=f"byte {len(start) + 6} is no utf-8: 0xe9"):
        read(file)


def test_utf_16_without_its_mark_is_one_line_too(tmp_path: Path) -> None:
    with pytest.raises(
        UsageError, match=r"in.csv is no utf-16 \(UTF-16 stream does not start with BOM\): .*--encoding"
    ):
        read(write(tmp_path / "in.csv", b"tweet\nhello\n"), encoding="utf-16")


def test_a_character_that_the_file_s_end_cuts_is_named_too(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="byte 9 is no utf-8: 0xc3"):
        read(write(tmp_path / "in.csv", b"tweet\ncaf\xc3"))


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", r"in.csv is empty: expected a CSV file with a header row and a column 'tweet'"),
        ("\ntweet\n", "begins with a blank line"),
        ("id,text,Tweet\n1,a,b\n", r"no column 'tweet' \(found: 'id', 'text', 'Tweet'\): name it with --text-column"),
        ("id\ttweet\n1\ta\n", r"no column 'tweet' \(found: 'id\\ttweet'\)"),
        (",".join(f"c{i}" for i in range(12)), r"'c7' and 4 more\)"),
        ("tweet,tweet\na,b\n", "has 2 columns 'tweet'"),
        ('id,tweet\n1,a\n2,"left open\n3,b\n', "the row that begins in line 3: unexpected end of data"),
        ('id,tweet\n1,a\n2,"closed" too early\n', "the row that begins in line 3: ',' expected after '\"'"),
        ("tweet\n" + "x" * (MAX_LINE_CHARACTERS + 1), f"line 2 is longer than {MAX_LINE_CHARACTERS} characters"),
        ("tweet\n" + "x" * 200_000, "begins in line 2: field larger than field limit"),
    ],
)
def test_what_is_no_table_of_tweets_is_refused_in_one_line(tmp_path: Path, content: str, says: str) -> None:
    with pytest.raises(UsageError, match=says) as refused:
        read(write(tmp_path / "in.csv", content))
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("encoding", ["klingon", "hex"])
def test_an_encoding_that_is_none_is_refused(tmp_path: Path, encoding: str) -> None:
    with pytest.raises(UsageError, match=f"--encoding '{encoding}' is unknown"):
        read(write(tmp_path / "in.csv", "tweet\n"), encoding=encoding)


def test_a_file_that_is_not_there_or_cannot_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"there is no file .*absent\.csv"):
        read(tmp_path / "absent.csv")
    with pytest.raises(UsageError, match="cannot be read: Is a directory"):
        read(tmp_path)


def test_a_pipe_is_read_to_its_end_and_has_no_size(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_text, args=("tweet\nhello\nthere\n",))
    writer.start()
    with open_table(pipe, text_column="tweet") as table:
        assert table.size is None
        assert list(table.rows) == [["hello"], ["there"]]
        assert table.read() == 18
    writer.join()

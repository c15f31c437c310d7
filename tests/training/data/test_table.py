from pathlib import Path

import pytest

from model.errors import UsageError
from training.data.table import TableFormat, read_table

EXPECTED = TableFormat("the list of birds", ("name", "song"), "utf-8")
LATIN = TableFormat("the list of birds", ("name", "song"), "latin-1")


def written(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def refusal(path: Path, expected: TableFormat = EXPECTED) -> str:
    with pytest.raises(UsageError) as caught:
        read_table(path, expected)
    text = str(caught.value)
    assert "\n" not in text
    assert len(text) < 400
    return text


def test_columns_come_by_name_whatever_their_order(tmp_path: Path) -> None:
    table = read_table(written(tmp_path / "a.csv", "song,name\ntrill,wren\n,kite\n"), EXPECTED)
    assert table.rows == 2
    assert table.columns == {"name": ("wren", "kite"), "song": ("trill", "")}
    assert list(table.columns) == ["name", "song"]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_may_end_in_any_way_and_blank_ones_are_passed_over(tmp_path: Path, end: str) -> None:
    content = end.join(["name,song", "wren,trill", "", "kite,mew"])
    assert read_table(written(tmp_path / "a.csv", content), EXPECTED).columns["name"] == ("wren", "kite")


def test_a_quoted_field_holds_commas_quotes_and_line_breaks_as_they_are(tmp_path: Path) -> None:
    table = read_table(written(tmp_path / "a.csv", 'name,song\nwren,"a, ""b""\r\nc"\n'), EXPECTED)
    assert table.columns["song"] == ('a, "b"\r\nc',)


def test_what_reads_like_a_missing_value_is_kept(tmp_path: Path) -> None:
    table = read_table(written(tmp_path / "a.csv", "name,song\nNA,null\n nan ,None\n"), EXPECTED)
    assert table.columns == {"name": ("NA", " nan "), "song": ("null", "None")}


def test_a_file_without_rows_has_empty_columns(tmp_path: Path) -> None:
    table = read_table(written(tmp_path / "a.csv", "name,song\n"), EXPECTED)
    assert (table.rows, table.columns) == (0, {"name": (), "song": ()})


def test_a_byte_order_mark_of_the_expected_encoding_is_no_part_of_a_name(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", b"\xef\xbb\xbfname,song\nwren,trill\n")
    assert read_table(path, EXPECTED).columns["name"] == ("wren",)


@pytest.mark.parametrize(
    ("mark", "expected", "named"),
    [(b"\xef\xbb\xbf", LATIN, "UTF-8"), (b"\xff\xfe", LATIN, "UTF-16"), (b"\xfe\xff", EXPECTED, "UTF-16")],
)
def test_a_byte_order_mark_of_another_encoding_is_named(
    tmp_path: Path, mark: bytes, expected: TableFormat, named: str
) -> None:
    text = refusal(written(tmp_path / "a.csv", mark + b"name,song\n"), expected)
    assert f"byte order mark of {named}" in text
    assert expected.encoding in text


def test_a_wrong_byte_is_named_with_its_position_and_line(tmp_path: Path) -> None:
    text = refusal(written(tmp_path / "a.csv", b"name,song\nwren,trill\rk\xe9te,mew\n"))
    assert "is not utf-8: byte 0xe9 at position 22, line 3" in text


def test_a_missing_or_renamed_column_is_named_beside_those_found(tmp_path: Path) -> None:
    text = refusal(written(tmp_path / "a.csv", "name,Song\nwren,trill\n"))
    assert "no column 'song' (found: 'name', 'Song')" in text
    assert "header line" not in text


def test_a_file_without_header_is_suspected(tmp_path: Path) -> None:
    text = refusal(written(tmp_path / "a.csv", f"wren,{'la ' * 100}\nkite,mew\n"))
    assert "is this another file, or one without its header line?" in text


def test_a_file_that_has_no_header_is_read_from_its_first_line(tmp_path: Path) -> None:
    bare = TableFormat("the list of birds", ("name", "song"), "utf-8", headed=False)
    assert read_table(written(tmp_path / "a.csv", "wren,trill\n"), bare).columns == {
        "name": ("wren",),
        "song": ("trill",),
    }
    assert read_table(written(tmp_path / "b.csv", ""), bare).rows == 0
    assert "line 1: it has 1 fields, a row of the file 2" in refusal(written(tmp_path / "c.csv", "wren\n"), bare)


def test_extra_columns_are_named_and_a_long_list_is_cut(tmp_path: Path) -> None:
    assert "('size')" in refusal(written(tmp_path / "a.csv", "name,size,song\n"))
    text = refusal(written(tmp_path / "a.csv", ",".join(["name", "song", *map(str, range(100))]) + "\n"))
    assert "('0', '1', '2', '3', '4' and 95 more)" in text


def test_a_column_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    assert "the column 'song' more than once" in refusal(written(tmp_path / "a.csv", "name,song,song\n"))


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("wren", "line 3: it has 1 fields, the header 2"),
        ("wren,trill,3", "line 3: it has 3 fields, the header 2"),
        ('wren,"trill', "line 3"),
        ('wren,"trill"x', "line 3"),
        ("wren," + "a" * 200_000, "line 3: field larger"),
    ],
)
def test_a_row_that_is_not_like_the_header_is_named_by_its_line(tmp_path: Path, row: str, told: str) -> None:
    assert told in refusal(written(tmp_path / "a.csv", f"name,song\nkite,mew\n{row}"))


def test_files_that_cannot_be_read_are_told_apart(tmp_path: Path) -> None:
    assert "there is no data file" in refusal(tmp_path / "absent.csv")
    assert "cannot be read: Is a directory" in refusal(tmp_path)
    assert refusal(written(tmp_path / "empty.csv", "")) == ("empty.csv is empty: expected a CSV file with name, song")

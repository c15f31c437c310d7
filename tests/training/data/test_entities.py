from pathlib import Path

import pytest

from model.errors import UsageError
from training.data.entities import read_entities

ROWS = (
    '1,Cobalt,Positive,"the new phone is, at last, here"\n'
    "1,Cobalt,Positive,the new phone  is finally here\n"
    "1,Cobalt,Positive,the new phone is finally here\n"
    "2,Beta,Negative,was\n"
    "3,Beta,Negative,my order never came here\n"
    "4,Alpha,Neutral,they open at nine today\n"
    "5,Epsilon,Irrelevant,I like to sing aloud\n"
    "6,Delta,Neutral,the station is closed again\n"
)


def written(directory: Path, rows: str) -> Path:
    path = directory / "entities.csv"
    path.write_text(rows, encoding="utf-8")
    return path


def test_one_in_four_entities_is_held_back_with_all_its_tweets(tmp_path: Path) -> None:
    found = read_entities(written(tmp_path, ROWS))
    # Alpha is the first by name, Epsilon the fifth.
    assert found.held_back == ("they open at nine today", "I like to sing aloud")
    assert set(found.learnt).isdisjoint(found.held_back)


def test_crumbs_and_repetitions_are_left_out(tmp_path: Path) -> None:
    assert read_entities(written(tmp_path, ROWS)).learnt == (
        "the new phone is, at last, here",
        "the new phone is finally here",
        "my order never came here",
        "the station is closed again",
    )


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ("", "entities.csv has no tweets to learn from: give the entity tweets as they were published"),
        ("1,Alpha,Neutral,they open at nine today\n", "has no tweets to learn from"),
        ("1,Alpha,Neutral\n", r"line 1: it has 3 fields, a row of the file 4\): expected one with number, entity"),
    ],
)
def test_a_file_of_something_else_is_one_line(tmp_path: Path, rows: str, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        read_entities(written(tmp_path, rows))


def test_there_must_be_a_file(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no data file .*: give the entity tweets with --data"):
        read_entities(tmp_path / "absent.csv")

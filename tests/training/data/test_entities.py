from pathlib import Path

import pytest

from model.errors import UsageError
from training.data.entities import HeldBack, read_held_back, read_learnt

ROWS = (
    '1,Cobalt,Positive,"the new phone is, at last, here"\n'
    "1,Cobalt,Positive,the new phone  is finally here\n"
    "1,Cobalt,Positive,the new phone is finally here\n"
    "2,Beta,Negative,was\n"
    "3,Beta,Negative,my order never came here\n"
    "4,Alpha,Neutral,they\n"
    "4,Alpha,Neutral,they open at nine today\n"
    "4,Alpha,Neutral,they will open at nine today\n"
    "5,Epsilon,Irrelevant,I like to sing aloud\n"
    "6,Epsilon,Positive,what a lovely river cruise it was\n"
    "7,Epsilon,Negative,my order never came here\n"
    "8,Delta,Neutral,the station is closed again\n"
)


def written(directory: Path, rows: str) -> Path:
    path = directory / "entities.csv"
    path.write_text(rows, encoding="utf-8")
    return path


def test_what_may_be_learnt_from_is_of_three_entities_in_four_without_crumbs_and_repetitions(tmp_path: Path) -> None:
    # Alpha is the first by name, Epsilon the fifth: both are held back.
    assert read_learnt(written(tmp_path, ROWS)) == (
        "the new phone is, at last, here",
        "the new phone is finally here",
        "my order never came here",
        "the station is closed again",
    )


def test_what_is_held_back_is_each_tweet_s_first_wording_unless_it_is_near_one_to_learn_from(tmp_path: Path) -> None:
    found = read_held_back(written(tmp_path, ROWS))
    assert isinstance(found, HeldBack)
    assert found.texts == ("they open at nine today", "what a lovely river cruise it was")
    assert found.labels == ("neutral", "positive")
    assert len(set(found.clusters.tolist())) == 2


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
        read_learnt(written(tmp_path, rows))


def test_there_must_be_tweets_to_judge_by(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"entities.csv has no tweets to judge by: give the entity tweets"):
        read_held_back(written(tmp_path, "5,Alpha,Irrelevant,I like to sing aloud\n"))


def test_there_must_be_a_file(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"there is no data file .*: give the entity tweets with --data"):
        read_learnt(tmp_path / "absent.csv")

from pathlib import Path

import numpy as np
import pytest

from model.errors import UsageError
from training.data.datasets import read_tweets
from training.data.hate import LABELS, read_hate

GOOD = ("1,0,what a day", "2,1,go away")


def written(path: Path, *rows: str, header: str = "id,label,tweet") -> Path:
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return path


def refusal(path: Path) -> str:
    with pytest.raises(UsageError) as caught:
        read_hate(path)
    text = str(caught.value)
    assert "\n" not in text
    return text


def test_1_is_hateful_and_labels_are_sorted(tmp_path: Path) -> None:
    tweets = read_tweets("hate", written(tmp_path / "h.csv", *GOOD))
    assert tweets.labels == ("hateful", "not_hateful")
    assert [tweets.labels[target] for target in tweets.targets] == ["not_hateful", "hateful"]
    assert tweets.texts == ("what a day", "go away")


def test_empty_and_blank_texts_are_dropped_and_counted(tmp_path: Path) -> None:
    tweets = read_hate(written(tmp_path / "h.csv", "7,1,", GOOD[0], "8,0,  \u3000 ", GOOD[1]))
    assert (tweets.without_text, tweets.rows.tolist()) == (2, [1, 3])


def test_texts_stay_as_they_stand(tmp_path: Path) -> None:
    tweets = read_hate(written(tmp_path / "h.csv", "1,0,  NA ", "2,1,caf\xe9 \U0001f600"))
    assert tweets.texts == ("  NA ", "caf\xe9 \U0001f600")


@pytest.mark.parametrize(("label", "told"), [("2", "the unknown label '2'"), ("", "no label"), ("1.0", "'1.0'")])
def test_an_unknown_label_is_named_with_its_row(tmp_path: Path, label: str, told: str) -> None:
    text = refusal(written(tmp_path / "h.csv", *GOOD, f"3,{label},more"))
    assert "data row 3" in text
    assert told in text
    assert "expected one of 0, 1" in text


def test_the_same_id_twice_is_named_with_both_rows(tmp_path: Path) -> None:
    assert "data rows 2 and 3 have the same id '2'" in refusal(written(tmp_path / "h.csv", *GOOD, "2,0,again"))


@pytest.mark.parametrize("header", ["label,id,tweet", "id,tweet,label"])
def test_a_column_that_holds_the_labels_of_another_is_called_swapped(tmp_path: Path, header: str) -> None:
    text = refusal(written(tmp_path / "h.csv", "10,0,what a day", "11,1,go away", "12,0,more", header=header))
    assert "swapped" in text
    assert "belongs into 'label'" in text


def test_ids_that_happen_to_be_labels_are_not_called_swapped(tmp_path: Path) -> None:
    text = refusal(written(tmp_path / "h.csv", "0,0,what a day", "1,3,go away"))
    assert "data row 2 has the unknown label '3'" in text


def test_texts_in_the_id_column_are_refused(tmp_path: Path) -> None:
    text = refusal(written(tmp_path / "h.csv", *GOOD, header="tweet,label,id"))
    assert "the id 'what a day': expected a whole number" in text


def test_tweets_of_one_class_are_refused(tmp_path: Path) -> None:
    assert "one class only ('hateful')" in refusal(written(tmp_path / "h.csv", "1,1,a", "2,1,b", "3,0, "))


def test_no_tweets_are_refused(tmp_path: Path) -> None:
    assert "holds no tweets" in refusal(written(tmp_path / "h.csv"))


def test_the_file_is_utf_8_or_refused(tmp_path: Path) -> None:
    path = tmp_path / "h.csv"
    path.write_bytes("id,label,tweet\n1,0,caf\xe9\n".encode("latin-1"))
    assert "is not utf-8: byte 0xe9 at position 22, line 2" in refusal(path)


@pytest.mark.data
def test_the_real_file_has_the_study_s_tweets(tweets_data: Path) -> None:
    tweets = read_hate(tweets_data / "hate_train.csv")
    counts = dict(zip(LABELS, np.bincount(tweets.targets).tolist(), strict=True))
    assert (len(tweets), tweets.without_text) == (31_962, 0)
    assert counts == {"hateful": 2_242, "not_hateful": 29_720}


@pytest.mark.data
def test_the_unlabelled_file_is_told_what_it_lacks(tweets_data: Path) -> None:
    assert "no column 'label' (found: 'id', 'tweet')" in refusal(tweets_data / "hate_test.csv")

from pathlib import Path

import numpy as np
import pytest

from model.errors import UsageError
from training.data.brands import COLUMNS, LABELS, read_brands

HEADER = ",".join(COLUMNS)
POSITIVE = "good,iPad,Positive emotion"


def written(path: Path, *rows: str) -> Path:
    path.write_text("\n".join([HEADER, *rows]) + "\n", encoding="latin-1")
    return path


def refusal(path: Path) -> str:
    with pytest.raises(UsageError) as caught:
        read_brands(path)
    text = str(caught.value)
    assert "\n" not in text
    return text


def test_labels_are_mapped_and_sorted(tmp_path: Path) -> None:
    path = written(
        tmp_path / "brands.csv",
        "one,iPad,Positive emotion",
        "two,,No emotion toward brand or product",
        "three,,I can't tell",
        "four,,Negative emotion",
    )
    tweets = read_brands(path)
    assert tweets.labels == ("i can't tell", "negative", "neutral", "positive")
    assert [tweets.labels[target] for target in tweets.targets] == [
        "positive",
        "neutral",
        "i can't tell",
        "negative",
    ]
    assert tweets.texts == ("one", "two", "three", "four")


def test_a_row_without_text_is_dropped_and_counted(tmp_path: Path) -> None:
    tweets = read_brands(written(tmp_path / "b.csv", ",,Negative emotion", "a,,Negative emotion", " ,,", POSITIVE))
    assert (len(tweets), tweets.without_text) == (2, 2)
    assert tweets.rows.tolist() == [1, 3]


def test_a_tweet_that_reads_like_a_missing_value_is_a_tweet(tmp_path: Path) -> None:
    tweets = read_brands(written(tmp_path / "b.csv", "NA,,Negative emotion", "null,,Positive emotion"))
    assert tweets.texts == ("NA", "null")


def test_the_file_is_read_as_latin_1(tmp_path: Path) -> None:
    tweets = read_brands(written(tmp_path / "b.csv", "caf\xe9 \x89,,Negative emotion", POSITIVE))
    assert tweets.texts == ("caf\xe9 \x89", "good")


def test_columns_are_found_by_name_wherever_they_stand(tmp_path: Path) -> None:
    path = tmp_path / "b.csv"
    path.write_text(f"{COLUMNS[2]},{COLUMNS[1]},{COLUMNS[0]}\nNegative emotion,x,text\nPositive emotion,,more\n")
    assert read_brands(path).texts == ("text", "more")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    assert "there is no data file" in refusal(tmp_path / "absent.csv")


def test_a_directory_is_no_data_file(tmp_path: Path) -> None:
    assert "cannot be read" in refusal(tmp_path)


def test_an_empty_file_says_what_was_expected(tmp_path: Path) -> None:
    path = tmp_path / "empty.csv"
    path.touch()
    assert refusal(path).startswith("empty.csv is empty: expected a CSV file with tweet_text")


def test_a_missing_column_is_named_beside_those_found(tmp_path: Path) -> None:
    path = tmp_path / "other.csv"
    path.write_text("text,label\na,b\n")
    text = refusal(path)
    assert "no column 'tweet_text'" in text
    assert "'text', 'label'" in text


@pytest.mark.parametrize(
    "content",
    [b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\xff", b"a\nb,c,d\n", b'"open quote\nnever closed', b"\x00\x00\x00"],
)
def test_what_is_no_csv_is_refused_in_one_line(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "odd.csv"
    path.write_bytes(content)
    assert "odd.csv" in refusal(path)


def test_an_unknown_label_is_named_with_its_row_and_not_repeated_at_length(tmp_path: Path) -> None:
    path = written(tmp_path / "b.csv", "a,,Negative emotion", f"b,,{'Joy' * 100}")
    text = refusal(path)
    assert "data row 2" in text
    assert "unknown label 'JoyJoy" in text
    assert "Positive emotion" in text
    assert len(text) < 300


def test_a_row_without_label_is_refused(tmp_path: Path) -> None:
    assert "has no label" in refusal(written(tmp_path / "b.csv", "a,,"))


@pytest.mark.parametrize("rows", [(), (",,Negative emotion",)])
def test_a_file_without_tweets_is_refused(tmp_path: Path, rows: tuple[str, ...]) -> None:
    assert "holds no tweets" in refusal(written(tmp_path / "b.csv", *rows))


def test_texts_in_the_label_column_are_called_swapped(tmp_path: Path) -> None:
    path = tmp_path / "b.csv"
    path.write_text(f"{HEADER}\nNegative emotion,,so sad\nPositive emotion,,so good\n")
    text = refusal(path)
    assert "'tweet_text' holds what belongs into 'is_there_an_emotion" in text
    assert "swapped" in text


def test_products_in_the_text_column_are_called_swapped(tmp_path: Path) -> None:
    text = refusal(written(tmp_path / "b.csv", "iPad,so sad,Negative emotion", ",so good,Positive emotion"))
    assert "'tweet_text' holds what belongs into 'emotion_in_tweet_is_directed_at'" in text


def test_tweets_of_one_class_are_refused(tmp_path: Path) -> None:
    text = refusal(written(tmp_path / "b.csv", POSITIVE, POSITIVE))
    assert "one class only ('positive')" in text


@pytest.mark.data
def test_the_real_file_has_the_study_s_tweets(tweets_data: Path) -> None:
    tweets = read_brands(tweets_data / "brands.csv")
    counts = dict(zip(LABELS, np.bincount(tweets.targets).tolist(), strict=True))
    assert (len(tweets), tweets.without_text) == (9092, 1)
    assert counts == {"i can't tell": 156, "negative": 570, "neutral": 5388, "positive": 2978}

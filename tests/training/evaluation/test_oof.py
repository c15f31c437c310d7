from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

from model.errors import UsageError
from tests.training.evaluation.tables import BINARY, table
from training.evaluation.oof import Oof, read_oof, write_oof

HEADER = "row,cluster,fold,label,threshold,x,y,words,unknown_share,retweet,cluster_size,twin_in_training\n"


@pytest.mark.parametrize("labels", [BINARY, ("a, b", 'i can\'t "tell"', "ü")])
def test_what_is_written_is_read_back_to_the_last_bit(tmp_path: Path, labels: tuple[str, ...]) -> None:
    written = table(labels=labels)
    write_oof(written, tmp_path / "oof.csv")
    read = read_oof(tmp_path / "oof.csv")
    assert read.labels == labels
    for field in fields(Oof):
        if field.name != "labels":
            one, two = getattr(written, field.name), getattr(read, field.name)
            assert np.array_equal(one, two, equal_nan=one.dtype.kind == "f"), field.name


def test_the_columns_are_those_promised(tmp_path: Path) -> None:
    write_oof(table(rows=3), tmp_path / "oof.csv")
    header = (tmp_path / "oof.csv").read_text().splitlines()[0]
    assert header == (
        "row,cluster,fold,label,threshold,hateful,not_hateful,words,unknown_share,retweet,cluster_size,twin_in_training"
    )


def test_two_labels_are_decided_by_each_fold_s_threshold_and_more_by_the_most_probable() -> None:
    probabilities = np.array([[0.3, 0.7], [0.3, 0.7]])
    assert table(rows=2, probabilities=probabilities, threshold=np.array([0.3, 0.31])).decided.tolist() == [0, 1]
    three = np.array([[0.2, 0.3, 0.5], [0.4, 0.3, 0.3]])
    assert table(rows=2, labels=("a", "b", "c"), probabilities=three).decided.tolist() == [2, 0]


@pytest.mark.parametrize(
    "content",
    [
        "",
        "a,b\n1,2\n",
        HEADER,
        f"{HEADER}0,0,0,z,,.5,.5,1,0,0,1,0\n",
        f"{HEADER}0,0\n",
    ],
)
def test_what_is_no_such_file_is_refused_in_one_line(tmp_path: Path, content: str) -> None:
    path = tmp_path / "oof.csv"
    path.write_text(content)
    with pytest.raises(UsageError, match=r"is no oof\.csv") as caught:
        read_oof(path)
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        read_oof(tmp_path / "absent.csv")

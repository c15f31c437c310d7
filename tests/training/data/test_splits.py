from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError

from model.errors import UsageError
from training.data.brands import read_brands
from training.data.splits import SplitConfig, split_rows
from training.metrics import constant_scores

STUDY = SplitConfig(test_share=0.2, validation_share=0.2, random_state=67)


def test_the_parts_have_the_study_s_sizes() -> None:
    assert [len(part) for part in split_rows(9092, STUDY)] == [5818, 1455, 1819]


def test_every_row_is_in_exactly_one_part() -> None:
    assert sorted(np.concatenate(split_rows(100, STUDY)).tolist()) == list(range(100))


def test_the_cut_depends_on_nothing_but_its_seed() -> None:
    again = split_rows(100, STUDY)
    other = split_rows(100, STUDY.model_copy(update={"random_state": 68}))
    assert all((one == two).all() for one, two in zip(split_rows(100, STUDY), again, strict=True))
    assert (again.test != other.test).any()


@pytest.mark.parametrize("rows", [1, 2])
def test_too_few_rows_are_refused(rows: int) -> None:
    with pytest.raises(UsageError, match=f"{rows} tweets are too few"):
        split_rows(rows, STUDY)


@pytest.mark.parametrize("share", [0.0, 1.0, float("nan")])
def test_a_share_must_leave_something_on_both_sides(share: float) -> None:
    with pytest.raises(ValidationError):
        SplitConfig(test_share=share, validation_share=0.2, random_state=67)


@pytest.mark.data
def test_the_cut_is_the_study_s_by_the_constant_prediction_s_area(tweets_data: Path) -> None:
    tweets = read_brands(tweets_data / "brands.csv")
    split = split_rows(len(tweets), STUDY)
    constant = constant_scores(tweets.labels, tweets.targets[split.test], tweets.targets[split.train])
    assert constant["auc_flat"] == pytest.approx(0.8303, abs=5e-5)
    assert constant["auc_macro"] == 0.5
    assert constant["macro_f1"] == pytest.approx(0.1854, abs=5e-5)

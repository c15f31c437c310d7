from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError

from model.errors import UsageError
from training.data.brands import read_brands
from training.data.splits import SplitConfig, split_rows, thinned
from training.metrics import constant_scores

STUDY = SplitConfig(test_share=0.2, validation_share=0.2, stratified=False, random_state=67)
ALIKE = np.zeros(100, dtype=np.intp)


def test_the_parts_have_the_study_s_sizes() -> None:
    assert [len(part) for part in split_rows(np.zeros(9092, dtype=np.intp), STUDY)] == [5818, 1455, 1819]


def test_every_row_is_in_exactly_one_part() -> None:
    assert sorted(np.concatenate(split_rows(ALIKE, STUDY)).tolist()) == list(range(100))


def test_the_cut_depends_on_nothing_but_its_seed() -> None:
    again = split_rows(ALIKE, STUDY)
    other = split_rows(ALIKE, STUDY.model_copy(update={"random_state": 68}))
    assert all((one == two).all() for one, two in zip(split_rows(ALIKE, STUDY), again, strict=True))
    assert (again.test != other.test).any()


def test_a_stratified_cut_keeps_the_classes_shares() -> None:
    targets = np.repeat([0, 1], [100, 900])
    split = split_rows(targets, STUDY.model_copy(update={"stratified": True}))
    assert [np.bincount(targets[part]).tolist() for part in split] == [[64, 576], [16, 144], [20, 180]]


def test_a_subset_thins_training_and_validation_class_by_class_and_leaves_the_test_part_whole() -> None:
    targets = np.repeat([0, 1], [100, 900])
    split = split_rows(targets, STUDY.model_copy(update={"stratified": True}))
    thin = thinned(split, targets, 0.25, seed=1)
    assert [np.bincount(targets[part]).tolist() for part in thin] == [[16, 144], [4, 36], [20, 180]]
    assert {*thin.train} <= {*split.train}
    assert {*thin.validation} <= {*split.validation}
    assert thinned(split, targets, 1, seed=1) is split
    assert (thinned(split, targets, 0.25, seed=1).train == thin.train).all()
    assert (thinned(split, targets, 0.25, seed=2).train != thin.train).any()


def test_a_subset_too_small_for_every_class_is_refused() -> None:
    targets = np.repeat([0, 1], [10, 900])
    with pytest.raises(UsageError, match=r"a share of 0\.001 of \d+ tweets is too small"):
        thinned(split_rows(targets, STUDY), targets, 0.001, seed=1)


@pytest.mark.parametrize("rows", [1, 2])
def test_too_few_rows_are_refused(rows: int) -> None:
    with pytest.raises(UsageError, match=f"{rows} tweets are too few"):
        split_rows(np.zeros(rows, dtype=np.intp), STUDY)


@pytest.mark.parametrize("share", [0.0, 1.0, float("nan")])
def test_a_share_must_leave_something_on_both_sides(share: float) -> None:
    with pytest.raises(ValidationError):
        SplitConfig(test_share=share, validation_share=0.2, stratified=False, random_state=67)


@pytest.mark.data
def test_the_cut_is_the_study_s_by_the_constant_prediction_s_area(tweets_data: Path) -> None:
    tweets = read_brands(tweets_data / "brands.csv")
    split = split_rows(tweets.targets, STUDY)
    constant = constant_scores(tweets.labels, tweets.targets[split.test], tweets.targets[split.train])
    assert constant["auc_flat"] == pytest.approx(0.8303, abs=5e-5)
    assert constant["auc_macro"] == 0.5
    assert constant["macro_f1"] == pytest.approx(0.1854, abs=5e-5)

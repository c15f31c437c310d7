from pathlib import Path

import numpy as np
import pytest

from model.errors import UsageError
from tests.training.flagship import sample
from tests.training.flagship.silent import Silent
from training.data.entities import HeldBack
from training.flagship.cache import Cache
from training.flagship.elsewhere import check_labels, elsewhere
from training.flagship.fold import final_fold
from training.flagship.students import FoldStudent
from training.flagship.teachers import Teachers

TEXTS = ("a great pencil", "an awful ticket", "the music at noon")


@pytest.fixture
def made(tmp_path: Path) -> FoldStudent:
    fold = final_fold(sample.corpus(), 67)
    return FoldStudent(Teachers(fold, sample.recipe(teacher__seeds=()), Cache(tmp_path / "final"), Silent()))


def test_teachers_and_student_are_asked_about_each_tweet_as_they_answer_any_other(made: FoldStudent) -> None:
    found = elsewhere(made, HeldBack(TEXTS, ("good", "bad", "none"), np.array([0, 1, 0])))
    assert list(found) == ["linear.elsewhere", "student.elsewhere"]
    student = found["student.elsewhere"]
    assert student.labels == sample.LABELS
    assert [student.labels[target] for target in student.target] == ["good", "bad", "none"]
    assert student.cluster.tolist() == [0, 1, 0]
    np.testing.assert_array_equal(student.probabilities, made.probabilities(TEXTS))
    linear = made.teachers.probabilities("linear", TEXTS, "again")
    np.testing.assert_array_equal(found["linear.elsewhere"].probabilities, linear)


def test_a_label_that_the_task_does_not_have_is_one_line() -> None:
    held_back = HeldBack(TEXTS[:2], ("good", "lukewarm"), np.array([0, 1]))
    check_labels(held_back, ("good", "lukewarm"))
    with pytest.raises(
        UsageError, match=r"are labelled 'lukewarm', its own 'bad', 'good': leave its 'elsewhere' empty"
    ):
        check_labels(held_back, ("bad", "good"))

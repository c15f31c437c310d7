"""Students that lack something."""

from itertools import pairwise

import numpy as np
import pytest

from model.preprocessing.vocabulary import Vocabulary
from tests.training.flagship import sample
from tests.training.flagship.silent import Silent
from training.flagship import ablation
from training.flagship.ablation import AblatedStudent, Variant, variants
from training.flagship.cache import Cache
from training.flagship.material import Kind
from training.flagship.students import FoldStudent
from training.flagship.teachers import Teachers

RECIPE = sample.recipe(teacher__seeds=(), transfer__copies=4)
WITHOUT_NGRAMS = RECIPE.student.model_copy(update={"longest_ngram": 0})
WITH_AN_ENCODER = RECIPE.model_copy(update={"teacher": RECIPE.teacher.model_copy(update={"seeds": (1,)})})
VARIANTS = variants(WITH_AN_ENCODER)


@pytest.fixture(scope="module")
def teachers(tmp_path_factory: pytest.TempPathFactory) -> Teachers:
    return Teachers(sample.fold(), RECIPE, Cache(tmp_path_factory.mktemp("work")), Silent())


def variant(name: str) -> Variant:
    return next(one for one in VARIANTS if one.name == name)


def test_each_variant_has_all_that_the_one_before_it_has_and_the_last_has_all(teachers: Teachers) -> None:
    texts = [set(AblatedStudent(teachers, one).transfer_set().texts) for one in VARIANTS]
    assert all(less <= more for less, more in pairwise(texts))
    assert len(texts[0]) == len(texts[1]) < len(texts[2]) < len(texts[3]) < len(texts[4])
    assert texts[-1] == set(teachers.material.texts)


def test_where_the_whole_student_has_n_grams_one_lacks_them_only(
    teachers: Teachers, monkeypatch: pytest.MonkeyPatch
) -> None:
    *less, last = VARIANTS
    one = AblatedStudent(teachers, last)
    assert one.transfer_set().texts == FoldStudent(teachers).transfer_set().texts
    assert one.config(10**9) == WITHOUT_NGRAMS
    monkeypatch.setattr(Teachers, "vectors", lambda _, tokens: len(tokens))
    starts = [AblatedStudent(teachers, one).vectors(Vocabulary.of_words(("a", "b"))) for one in VARIANTS]
    assert [start is None for start in starts] == [*[True] * 5, False]
    assert variants(WITH_AN_ENCODER.model_copy(update={"student": WITHOUT_NGRAMS})) == tuple(less)
    assert variants(RECIPE) == tuple(less), "without an encoder there are no vectors to start at"


def test_without_teachers_the_targets_are_the_labels(teachers: Teachers) -> None:
    hard = AblatedStudent(teachers, variant("labels")).transfer_set()
    fold, found = teachers.fold, teachers.material
    origins = found.origins[found.kinds == Kind.LABELLED]
    np.testing.assert_array_equal(hard.targets, fold.targets[origins])
    soft = AblatedStudent(teachers, variant("soft")).transfer_set()
    assert hard.texts == soft.texts
    assert np.abs(hard.targets - soft.targets).max() > 0.1


def test_what_teachers_say_tells_it_when_to_stop_if_it_has_any(teachers: Teachers) -> None:
    labels, soft = (AblatedStudent(teachers, variant(name)).watched_set() for name in ("labels", "soft"))
    np.testing.assert_array_equal(labels.targets, teachers.validation_set().targets)
    np.testing.assert_allclose(soft.targets, teachers.answer("linear").validation, rtol=0, atol=1e-6)
    assert labels.texts == soft.texts
    assert not np.array_equal(labels.targets, soft.targets)


def test_labels_count_for_rare_classes_as_far_as_the_teachers_are_tilted(teachers: Teachers) -> None:
    few = AblatedStudent(teachers, variant("labels")).transfer_set()
    assert RECIPE.ensemble.tilt == 0.5
    of_class = teachers.fold.class_weights(0.5)
    (certain,) = np.flatnonzero(few.targets.max(axis=1) == 1)[:1]
    expected = of_class[few.targets.argmax(axis=1)] / (few.targets @ of_class).mean()
    assert few.weights[certain] == pytest.approx(expected[certain])
    assert np.ptp(few.weights) > 0
    assert few.weights.mean() == pytest.approx(1)


def test_a_student_of_few_texts_sees_them_more_often(teachers: Teachers) -> None:
    student = AblatedStudent(teachers, variant("labels"))
    config = RECIPE.student
    assert student.config(10**9) == WITHOUT_NGRAMS
    seen_more = student.config(1_000)
    assert seen_more.max_epochs * 1_000 >= 1_000 * config.batch_size > config.max_epochs * 1_000
    assert seen_more.patience / config.patience == pytest.approx(seen_more.max_epochs / config.max_epochs, rel=0.1)


def test_it_is_kept_beside_the_whole_one_and_told_from_it(teachers: Teachers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ablation, "_LEAST_STEPS", 1)
    student = AblatedStudent(teachers, variant("labels"))
    answer = student.answer()
    assert student.student.weights["embedding"].shape[1] == RECIPE.student.dimension, "no more than it is to lack"
    assert answer.test.sum(axis=1) == pytest.approx(1, abs=1e-6)
    assert student.cache.directory == teachers.cache.directory / "student-labels"
    student.cache.discard("answers")
    again = AblatedStudent(teachers, variant("labels")).answer()
    np.testing.assert_array_equal(again.test, answer.test)
    names = {one.name: AblatedStudent(teachers, one).identity for one in VARIANTS}
    assert len({*names.values(), FoldStudent(teachers).identity}) == len(VARIANTS) + 1

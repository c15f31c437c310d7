"""A fold's student, from what its teachers say to what it answers."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from shutil import copytree

import numpy as np
import pytest

from model.errors import UsageError
from tests.training.flagship import sample
from tests.training.flagship.silent import Silent
from tests.training.flagship.tiny_encoder import write_encoder
from training.data.tweets import class_shares
from training.evaluation.candidate import FoldAnswer
from training.flagship.cache import Cache
from training.flagship.calibration import with_temperature
from training.flagship.checks import shuffled
from training.flagship.fold import Fold, outer_folds
from training.flagship.narrow import narrowed
from training.flagship.pretrained import find_pretrained
from training.flagship.recipe import Recipe
from training.flagship.student import Student
from training.flagship.students import FoldStudent, WideStudent
from training.flagship.teachers import Teachers
from training.metrics import score

RECIPE = sample.recipe(teacher__seeds=())
LONGER = sample.recipe(
    teacher__seeds=(),
    student=RECIPE.student.model_copy(
        update={"max_epochs": 8, "patience": 8, "dimension": 8, "served_dimension": 4},
    ),
)


class Stopping(Silent):
    """Interrupts what it is told of."""

    def __init__(self, after: int) -> None:
        super().__init__()
        self._after = after

    def _advance(self, more: int) -> None:
        super()._advance(more)
        if "training student" in self.tasks[-1][0]:
            self._after -= 1
            if not self._after:
                raise KeyboardInterrupt


def made(
    directory: Path, *, fold: Fold | None = None, recipe: Recipe = RECIPE, reporter: Silent | None = None
) -> FoldStudent:
    return FoldStudent(Teachers(fold or sample.fold(), recipe, Cache(directory), reporter or Silent()))


def same(one: FoldAnswer, other: FoldAnswer) -> bool:
    return np.array_equal(one.validation, other.validation) and np.array_equal(one.test, other.test)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[FoldStudent, FoldAnswer]:
    student = made(tmp_path_factory.mktemp("trained"), fold=sample.fold(rows=240), recipe=LONGER)
    return student, student.answer()


def test_it_answers_what_neither_it_nor_its_teachers_have_seen(trained: tuple[FoldStudent, FoldAnswer]) -> None:
    student, answer = trained
    fold = student.teachers.fold
    right = answer.test.argmax(axis=1) == fold.corpus.tweets.targets[fold.split.test]
    assert right.mean() > 0.6
    assert answer.test.sum(axis=1) == pytest.approx(1, abs=1e-6)
    assert answer.epochs == len(student.student.history)
    assert answer.unknown_share is not None
    assert answer.unknown_share.shape == (len(fold.split.test),)
    assert answer.threshold is None


def noisy() -> Fold:
    """A third of the labels are wrong, or a student would be right and sure of everything at any temperature."""
    corpus, random = sample.corpus(240), np.random.default_rng(1)
    targets = corpus.tweets.targets.copy()
    targets[random.random(len(targets)) < 0.35] = 0
    return outer_folds(replace(corpus, tweets=replace(corpus.tweets, targets=targets)), 3, 67)[0]


@pytest.mark.slow
def test_it_is_as_sure_of_the_labels_it_names_as_it_is_right(tmp_path: Path) -> None:
    fold = noisy()
    answer = made(tmp_path, fold=fold, recipe=LONGER).answer()
    right = answer.validation.argmax(axis=1) == fold.corpus.tweets.targets[fold.split.validation]
    assert right.mean() < 0.9
    assert answer.validation.max(axis=1).mean() == pytest.approx(right.mean(), abs=0.005)


@pytest.mark.slow
def test_without_a_tilt_it_gives_each_class_its_share_of_the_validation_tweets(tmp_path: Path) -> None:
    fold, recipe = noisy(), LONGER.model_copy(update={"ensemble": LONGER.ensemble.model_copy(update={"tilt": 0.0})})
    student = made(tmp_path, fold=fold, recipe=recipe)
    targets = fold.corpus.tweets.targets[fold.split.validation]
    np.testing.assert_allclose(student.answer().validation.mean(axis=0), class_shares(targets, 3), rtol=0, atol=2e-3)
    assert sum(student.student.bias) == pytest.approx(0, abs=1e-6)
    texts = [text for text in fold.texts(fold.split.test) if text.strip()]
    plain, wide = student.uncalibrated, student.trained
    logits = np.log(plain.probabilities(texts)) * plain.temperature / wide.temperature + wide.bias
    shares = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    # Weights of n-grams are rounded once more.
    np.testing.assert_allclose(wide.probabilities(texts), shares, rtol=0, atol=1e-3)
    again = made(tmp_path, fold=fold, recipe=recipe).student
    assert (again.temperature, again.bias) == (student.student.temperature, student.student.bias)


def test_a_text_without_a_token_gets_the_shares_of_the_labels(trained: tuple[FoldStudent, FoldAnswer]) -> None:
    student = trained[0]
    split, tweets = student.teachers.fold.split, student.teachers.fold.corpus.tweets
    assert student.probabilities([" "])[0] == pytest.approx(class_shares(tweets.targets[split.train], 3))


def test_it_is_trained_once_and_read_then(
    trained: tuple[FoldStudent, FoldAnswer], monkeypatch: pytest.MonkeyPatch
) -> None:
    student, answer = trained
    directory = student.cache.directory
    assert {path.name for path in directory.iterdir()} == {"network.npz", "answers.npz"}, "the checkpoint is gone"
    monkeypatch.setattr("training.flagship.students.train_student", None)
    again = made(directory.parent, fold=student.teachers.fold, recipe=LONGER)
    assert same(again.answer(), answer)
    assert again.student.temperature == student.student.temperature
    assert again.student.history == student.student.history
    assert np.array_equal(again.probabilities(["a great river"]), student.probabilities(["a great river"]))


def test_what_decides_it_tells_it_from_others(tmp_path: Path) -> None:
    recipes = [
        RECIPE,
        sample.recipe(teacher__seeds=(), transfer__labels_share=0.9),
        sample.recipe(teacher__seeds=(), transfer__copies=1),
        sample.recipe(teacher__seeds=(), ensemble__tilt=0.25),
        sample.recipe(teacher__seeds=(), linear__penalties=(1.0,)),
        sample.recipe(teacher__seeds=(), student=RECIPE.student.model_copy(update={"seed": 4})),
    ]
    found = [made(tmp_path / str(number), recipe=one).identity for number, one in enumerate(recipes)]
    assert len({*found, made(tmp_path / "fold", fold=sample.fold(1)).identity}) == len(recipes) + 1
    assert made(tmp_path / "again").identity == found[0]


def test_narrower_vectors_need_no_new_training(
    trained: tuple[FoldStudent, FoldAnswer], monkeypatch: pytest.MonkeyPatch
) -> None:
    student, answer = trained
    monkeypatch.setattr("training.flagship.students.train_student", None)
    recipe = LONGER.model_copy(update={"student": LONGER.student.model_copy(update={"served_dimension": 2})})
    narrower = made(student.cache.directory.parent, fold=student.teachers.fold, recipe=recipe)
    assert narrower.identity != student.identity
    wide = WideStudent(student.teachers)
    assert [one.student.weights["embedding"].shape[1] for one in (wide, student, narrower)] == [8, 4, 2]
    assert not np.array_equal(wide.answer().test, answer.test)
    assert (wide.answer().test.argmax(axis=1) == answer.test.argmax(axis=1)).mean() > 0.9


@pytest.mark.parametrize("tilt", [0.5, pytest.param(0.0, marks=pytest.mark.slow)])
def test_a_narrow_student_is_as_sure_as_it_should_be(
    tilt: float, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ensemble = LONGER.ensemble.model_copy(update={"tilt": tilt})
    recipe, fold = LONGER.model_copy(update={"ensemble": ensemble}), noisy()
    before = made(tmp_path, fold=fold, recipe=recipe)
    texts = before.teachers.fold.texts(before.teachers.fold.split.test)

    def surer(student: Student, texts: Sequence[str], dimension: int) -> Student:
        narrow = narrowed(student, texts, dimension)
        return replace(narrow, weights=with_temperature(narrow.architecture, narrow.weights, 0.5))

    expected = before.probabilities(texts)
    monkeypatch.setattr("training.flagship.students.narrowed", surer)
    assert expected.max(axis=1).mean() == pytest.approx(0.7, abs=0.2)
    np.testing.assert_allclose(made(tmp_path, fold=fold, recipe=recipe).probabilities(texts), expected, atol=5e-3)


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory: pytest.TempPathFactory) -> tuple[FoldStudent, FoldAnswer]:
    student = made(tmp_path_factory.mktemp("unbroken"))
    return student, student.answer()


def test_stopped_and_continued_it_is_the_same_and_of_another_recipe_it_begins_anew(
    unbroken: tuple[FoldStudent, FoldAnswer], tmp_path: Path
) -> None:
    batches = -(-len(unbroken[0].teachers.material.texts) // RECIPE.student.batch_size)
    with pytest.raises(KeyboardInterrupt):
        made(tmp_path / "one", reporter=Stopping(after=batches + 2)).answer()
    assert (tmp_path / "one" / "student" / "checkpoint.npz").is_file()
    copytree(tmp_path / "one", tmp_path / "two")
    reporter = Silent()
    assert same(made(tmp_path / "one", reporter=reporter).answer(), unbroken[1])
    assert any("going on after epoch 1" in line for line in reporter.said)

    other = sample.recipe(teacher__seeds=(), student=RECIPE.student.model_copy(update={"seed": 4, "max_epochs": 1}))
    found = made(tmp_path / "two", recipe=other, reporter=reporter).answer()
    assert any("starting anew" in line for line in reporter.said)
    assert not same(found, unbroken[1])


def test_the_labels_of_the_test_part_reach_no_student(unbroken: tuple[FoldStudent, FoldAnswer], tmp_path: Path) -> None:
    fold = sample.fold()
    targets = fold.corpus.tweets.targets.copy()
    of_test = np.isin(fold.corpus.clusters, fold.corpus.clusters[fold.split.test])
    targets[of_test] = (targets[of_test] + 1) % 3
    turned = replace(fold.corpus, tweets=replace(fold.corpus.tweets, targets=targets))
    assert same(made(tmp_path, fold=Fold(fold.name, turned, fold.split)).answer(), unbroken[1])


def test_the_words_of_the_test_part_reach_no_student(unbroken: tuple[FoldStudent, FoldAnswer], tmp_path: Path) -> None:
    other = made(tmp_path, fold=sample.in_other_words(sample.fold()))
    assert np.array_equal(other.answer().validation, unbroken[1].validation)
    assert other.student.vocabulary == unbroken[0].student.vocabulary
    for name, weights in unbroken[0].student.weights.items():
        assert np.array_equal(other.student.weights[name], weights), name


@pytest.mark.slow
def test_shuffled_labels_leave_a_student_nothing_to_learn(
    trained: tuple[FoldStudent, FoldAnswer], tmp_path: Path
) -> None:
    honest = trained[0].teachers.fold
    fold = shuffled(honest, 67)
    answer = made(tmp_path, fold=fold, recipe=LONGER).answer()
    assert area(honest, trained[1]) > 0.8
    assert area(fold, answer) == pytest.approx(0.5, abs=0.15)


def area(fold: Fold, answer: FoldAnswer) -> float:
    return score(sample.LABELS, fold.corpus.tweets.targets[fold.split.test], answer.test)["auc_macro"]


def test_its_word_vectors_start_at_the_first_encoder_s(tmp_path: Path) -> None:
    recipe = sample.recipe(teacher__epochs=1, transfer__copies=0)
    still = recipe.student.model_copy(update={"learning_rate": 1e-9, "max_epochs": 1})
    recipe = recipe.model_copy(update={"student": still})
    tiny = find_pretrained(write_encoder(tmp_path / "encoder"))
    teachers = Teachers(sample.fold(), recipe, Cache(tmp_path / "work"), Silent(), tiny)
    student = FoldStudent(teachers).trained
    vectors = teachers.vectors(student.vocabulary.words)
    assert vectors is not None
    for word in ("river", "garden"):
        row, vector = student.weights["embedding"][student.vocabulary.forms[word]], vectors(word)
        assert vector is not None
        np.testing.assert_allclose(row, vector, atol=2e-3)


def test_more_dimensions_than_words_are_refused_in_one_line(tmp_path: Path) -> None:
    wide = RECIPE.student.model_copy(update={"dimension": 8_000})
    tiny = find_pretrained(write_encoder(tmp_path / "encoder"))
    recipe = sample.recipe(student=wide)
    teachers = Teachers(sample.fold(), recipe, Cache(tmp_path / "work"), Silent(), tiny)
    with pytest.raises(UsageError, match=r"words have no 8000 dimensions"):
        FoldStudent(teachers).answer()

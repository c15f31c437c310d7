"""A student learns, goes on where it was, and answers as a bundle as it did before."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from model.architecture.config import NGRAMS
from model.bundle.read import load_bundle
from model.classifier import Classifier
from model.errors import UsageError, WarbleError
from model.preprocessing.vocabulary import Vocabulary
from tests.training.flagship import small
from tests.training.flagship.small import NEW, Watcher, config, transfer
from training.flagship.calibration import soft_cross_entropy
from training.flagship.export import Naming, export_student
from training.flagship.student import Student, train_student
from training.flagship.transfer import TransferSet

VALIDATION = transfer(("bike", "radio"), sure=1.0)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Student, Watcher, Path]:
    workdir, watcher = tmp_path_factory.mktemp("student"), Watcher()
    return train_student(transfer(), VALIDATION, config(), workdir, watcher), watcher, workdir


def test_it_learns_what_the_teacher_says(trained: tuple[Student, Watcher, Path]) -> None:
    student, watcher, _ = trained
    answers = student.probabilities(VALIDATION.texts)
    assert (answers.argmax(axis=1) == VALIDATION.targets.argmax(axis=1)).mean() > 0.9
    assert watcher.epochs[-1]["loss"] < watcher.epochs[0]["loss"]
    assert watcher.begun == {"first_epoch": 1, "epochs": 6, "batches": 12}
    assert watcher.batches == 12 * len(watcher.epochs)
    assert student.history == tuple(watcher.epochs)


def test_it_answers_any_text_and_one_without_a_token_with_the_prior(trained: tuple[Student, Watcher, Path]) -> None:
    answers = trained[0].probabilities(NEW)
    assert answers.shape == (6, 3)
    np.testing.assert_allclose(answers.sum(axis=1), 1, atol=1e-6)
    np.testing.assert_allclose(answers[4], trained[0].prior, atol=1e-6)
    np.testing.assert_allclose(trained[0].prior, [1 / 3] * 3, atol=1e-6)
    assert answers[:4].argmax(axis=1).tolist() == [0, 1, 2, 2]


def test_its_n_grams_have_weights_that_fit_into_16_bits(trained: tuple[Student, Watcher, Path]) -> None:
    student = trained[0]
    table = student.weights[NGRAMS]
    assert table.shape == (500, 3)
    assert np.abs(table).max() > 0.01
    np.testing.assert_array_equal(table, table.astype(np.float16))
    answers = student.probabilities(VALIDATION.texts)
    without = replace(student, weights=student.weights | {NGRAMS: np.zeros_like(table)})
    assert np.abs(without.probabilities(VALIDATION.texts) - answers).max() > 0.01


def test_its_temperature_is_in_its_last_layer(trained: tuple[Student, Watcher, Path]) -> None:
    student = trained[0]
    answers = student.probabilities(VALIDATION.texts)
    losses = [soft_cross_entropy(answers, VALIDATION, temperature) for temperature in (0.9, 1.0, 1.1)]
    # Unless it is at an end of its range, any other temperature is worse.
    assert losses[1] <= min(losses[0], losses[2]) or student.temperature == pytest.approx(0.1, rel=1e-3)
    assert student.temperature != 1


@pytest.mark.slow
def test_an_interrupted_run_goes_on_to_the_same_weights(trained: tuple[Student, Watcher, Path], tmp_path: Path) -> None:
    for stop_after in (1, 3):
        with pytest.raises(KeyboardInterrupt):
            train_student(transfer(), VALIDATION, config(), tmp_path, Watcher(stop_after))
    watcher = Watcher()
    resumed = train_student(transfer(), VALIDATION, config(), tmp_path, watcher)
    assert watcher.said == ["going on after epoch 2"]
    assert watcher.begun["first_epoch"] == 3
    for name, array in trained[0].weights.items():
        np.testing.assert_array_equal(resumed.weights[name], array, err_msg=name)
    assert resumed.temperature == trained[0].temperature


def test_a_finished_run_is_not_trained_again(trained: tuple[Student, Watcher, Path]) -> None:
    student, _, workdir = trained
    watcher = Watcher()
    again = train_student(transfer(), VALIDATION, config(), workdir, watcher)
    assert watcher.batches == 0
    assert watcher.said == [f"{len(student.history)} epochs are trained already"]
    np.testing.assert_array_equal(again.weights["embedding"], student.weights["embedding"])


@pytest.mark.parametrize(
    ("changes", "different"),
    [({"seed": 4}, "student"), ({"dropout": 0.2}, "student"), ({"max_length": 5}, "student")],
)
def test_another_run_s_checkpoint_is_not_continued(
    trained: tuple[Student, Watcher, Path], changes: dict[str, Any], different: str
) -> None:
    with pytest.raises(UsageError, match=f"checkpoint of another run .different: .*{different}"):
        train_student(transfer(), VALIDATION, config(**changes), trained[2], Watcher())


def test_other_targets_texts_or_vectors_are_another_run(trained: tuple[Student, Watcher, Path]) -> None:
    for given, different in (
        ((transfer(sure=0.8), VALIDATION), "transfer set"),
        ((transfer(), transfer(("bike",))), "validation set"),
    ):
        with pytest.raises(UsageError, match=different):
            train_student(*given, config(), trained[2], Watcher())
    with pytest.raises(UsageError, match="word vectors"):
        train_student(transfer(), VALIDATION, config(), trained[2], Watcher(), vectors=lambda _: np.ones(8))


def test_its_bundle_answers_the_same_on_both_engines(trained: tuple[Student, Watcher, Path], tmp_path: Path) -> None:
    student = trained[0]
    out = export_student(
        student,
        tmp_path / "small",
        Naming("small", "1.0.0", "brands", small.LABELS),
        model_card="# Small\n",
        metrics={"note": "of a test"},
    )
    texts = [*NEW, *VALIDATION.texts]
    expected = student.probabilities(texts)
    for engine in ("onnx", "tensorflow"):
        classifier = Classifier.load(str(out), engine=engine, device="cpu")
        assert classifier.verified.largest_difference < 1e-5
        received = classifier.predict(classifier.encode_all(texts).rows).probabilities
        np.testing.assert_allclose(received, expected, rtol=0, atol=1e-5)
    bundle = load_bundle(out)
    assert bundle.vocabulary == student.vocabulary
    assert bundle.metadata.preprocessing.cleanup == "tweet"
    assert any("#LoveMyNewPhone" in case.text for case in bundle.golden.cases)
    with np.load(out / "weights.npz") as stored:
        assert stored["embedding"].dtype == np.float16


def test_word_vectors_are_where_it_starts(tmp_path: Path) -> None:
    vectors = {"love": np.full(8, 0.5), "hate": np.full(8, -0.5)}
    student = train_student(
        transfer(),
        VALIDATION,
        config(max_epochs=1, learning_rate=1e-6),
        tmp_path,
        Watcher(),
        vectors=vectors.get,
    )
    for word, vector in vectors.items():
        row = student.weights["embedding"][student.vocabulary.forms[word]]
        np.testing.assert_allclose(row, vector, atol=1e-3)


def test_a_given_vocabulary_is_used_as_it_is(tmp_path: Path) -> None:
    vocabulary = Vocabulary.of_words(["<unk>", "<url>", "<user>", "love", "hate"], ["x"])
    short = config(max_epochs=1)
    student = train_student(transfer(), VALIDATION, short, tmp_path, Watcher(), vocabulary=vocabulary)
    assert student.vocabulary is vocabulary
    assert student.architecture.embedding.rows == 7


def test_sets_that_cannot_be_learned_from_are_refused(tmp_path: Path) -> None:
    empty = TransferSet(("", " "), np.full((2, 3), 1 / 3, np.float32), np.ones(2, np.float32))
    weightless = replace(VALIDATION, weights=np.zeros(len(VALIDATION), np.float32))
    two = TransferSet(("a",), np.array([[0, 1]], np.float32), np.ones(1, np.float32))
    for given, complaint in (
        ((empty, VALIDATION), "nothing to build a vocabulary of"),
        ((transfer(), empty), "no text of the validation set has a token"),
        ((transfer(), weightless), "no text of the validation set has a token and a weight"),
        ((transfer(), two), "3 classes, the validation set 2"),
    ):
        with pytest.raises(UsageError, match=complaint):
            train_student(*given, config(), tmp_path, Watcher())


def test_a_loss_that_is_not_finite_ends_the_run_in_a_line(tmp_path: Path) -> None:
    with pytest.raises(WarbleError, match="lower the student's learning_rate"):
        train_student(transfer(), VALIDATION, config(learning_rate=1e30, clip_norm=1e30), tmp_path, Watcher())

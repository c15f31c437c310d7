"""Whole runs of `warble-train flagship`, small ones, as a user asks for them."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from model.classifier import Classifier
from tests.training.command import Command, command
from tests.training.flagship import sample
from tests.training.flagship.silent import Silent
from tests.training.flagship.tiny_encoder import write_encoder
from training.evaluation.oof import read_oof
from training.flagship.cache import Cache
from training.flagship.corpus import read_corpus
from training.flagship.fold import final_fold
from training.flagship.linear import LinearTeacher
from training.flagship.recipe import load_recipe
from training.flagship.scores import ScoreFile, compared, scored
from training.flagship.students import FoldStudent
from training.flagship.teachers import Teachers
from training.workdir import locked


@pytest.fixture
def flagship(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Command:
    """Run `warble-train flagship` in this process, on small files and with a small encoder and recipe."""
    monkeypatch.delenv("TWEETS_DATA", raising=False)
    data, encoder = sample.write_files(tmp_path / "data"), write_encoder(tmp_path / "encoder")
    write_recipe(tmp_path / "small.toml")
    given = {"--task": "brands", "--data": data, "--encoder": encoder, "--recipe": tmp_path / "small.toml"}
    return command("flagship", monkeypatch, capsys, *(str(word) for option in given.items() for word in option))


SMALL = {
    "folds": "3",
    "linear.penalties": "[5.0]",
    "teacher.seeds": "[]",
    "teacher.epochs": "1",
    "teacher.max_pieces": "16",
    "transfer.copies": "1",
    "student.dimension": "6",
    "student.served_dimension": "3",
    "student.units": "4",
    "student.attention_units": "4",
    "student.batch_size": "16",
    "student.learning_rate": "0.02",
    "student.averaging": "0.9",
    "student.max_epochs": "2",
    "student.vocabulary.words": "200",
    "student.vocabulary.pieces": "50",
}
"""Three folds, few texts, a student of a few hundred weights, and no encoder."""
ENCODERS = {"teacher.seeds": "[1, 2]", "teacher.learning_rate": "1e-3", "teacher.batch_size": "8"}


def write_recipe(path: Path, task: str = "brands", changes: Mapping[str, str] | None = None) -> Path:
    """Write a shipped recipe made small, with further changes."""
    path.write_text(sample.recipe_text(task, SMALL | dict(changes or {})), encoding="utf-8")
    return path


def test_the_linear_teacher_alone_is_scored_and_can_be_recomputed(flagship: Command, tmp_path: Path) -> None:
    out = tmp_path / "out"
    ended = flagship("--out", out, "--until", "teach")
    assert (ended.code, ended.out) == (0, f"{out}\n")
    assert "macro-F1, 3 classes" in ended.err
    assert {path.name for path in out.iterdir()} == {"scores.json", "linear"}
    result = ScoreFile.model_validate_json((out / "scores.json").read_bytes())
    oof = read_oof(out / "linear" / "oof.csv")
    assert result.scores == (scored("linear", oof),)
    assert len(set(oof.cluster.tolist())) == len(oof)
    assert not oof.twin_in_training.any()
    assert (result.folds, result.task) == (3, "brands")


@pytest.mark.slow
def test_students_that_lack_something_are_scored_beside_the_whole_one(
    flagship: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("training.flagship.ablation._LEAST_STEPS", 1)
    recipe = write_recipe(tmp_path / "two.toml", changes={"folds": "2", "student.max_epochs": "1"})
    refused = flagship("--recipe", recipe, "--out", tmp_path / "out", "--ablation", "3")
    assert refused.code == 2
    assert "there are 2 folds, --ablation 3 asks for more" in refused.err
    out = tmp_path / "out"
    assert flagship("--recipe", recipe, "--out", out, "--until", "student", "--ablation", "1").code == 0
    whole = {"linear", "wide", "student"}
    ablated = {f"{name}.ablation" for name in {*whole, "labels", "soft", "unlabelled", "some-copies", "copies"}}
    assert {path.name for path in out.iterdir()} == {"scores.json", *whole, *ablated}
    table = read_oof(out / "student" / "oof.csv")
    first = table.taken(table.fold == 0)
    assert read_oof(out / "student.ablation" / "oof.csv").row.tolist() == first.row.tolist()
    assert read_oof(out / "labels.ablation" / "oof.csv").row.tolist() == first.row.tolist()


def test_checks_are_scored_beside_what_they_check(flagship: Command, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert flagship("--out", out, "--until", "teach", "--checks").code == 0
    names = {"linear", "linear.shuffled", "linear.again", "linear.leaky", "linear.unlike"}
    names |= {f"linear.curve-{parts}" for parts in (1, 2, 4, 8)}
    assert {path.name for path in out.iterdir()} == {"scores.json", *names}
    tables = {name: read_oof(out / name / "oof.csv") for name in names}
    whole = tables["linear"]
    assert tables["linear.shuffled"].row.tolist() == whole.row.tolist()
    turned = tables["linear.shuffled"].target
    assert (turned != whole.target).mean() > 0.3, "judged by the labels that it learnt by"
    assert np.bincount(turned).tolist() == np.bincount(whole.target).tolist()
    assert not tables["linear.again"].twin_in_training.any()
    assert tables["linear.leaky"].twin_in_training.all()
    assert tables["linear.again"].row.tolist() == tables["linear.leaky"].row.tolist()
    assert 0 < len(tables["linear.unlike"]) <= len(whole)
    assert len(tables["linear.curve-8"]) == len(tables["linear.curve-1"]) == np.count_nonzero(whole.fold == 0)


def test_checks_of_some_folds_are_scored_by_themselves(flagship: Command, tmp_path: Path) -> None:
    out = tmp_path / "out"
    asked = ("--out", out, "--until", "teach", "--checks", "--fold", "fold-1")
    assert flagship(*asked).code == 0
    names = {"linear.shuffled", "linear.again", "linear.leaky"}
    assert {path.name for path in out.iterdir()} == {"scores-of-folds.json", *names}
    result = ScoreFile.model_validate_json((out / "scores-of-folds.json").read_bytes())
    assert {one.candidate for one in result.scores} == names
    assert result.notes[1] == f"of fold-1 only: {', '.join(sorted(names))}"
    assert set(read_oof(out / "linear.shuffled" / "oof.csv").fold.tolist()) == {1}
    refused = flagship(*asked)
    assert refused.code == 2
    assert "--overwrite" in refused.err.splitlines()[-1]
    whole = flagship("--out", out, "--until", "teach", "--overwrite")
    assert whole.code == 2
    assert "has no scores.json, so it is not overwritten" in whole.err.splitlines()[-1]


def test_folds_in_which_near_duplicates_are_scored_apart_are_refused(
    flagship: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("training.flagship.corpus.cluster_normalised", lambda texts: np.arange(len(texts)))
    ended = flagship("--out", tmp_path / "out", "--until", "teach")
    assert ended.code != 0
    assert "are near-duplicates in different folds" in ended.err.splitlines()[-1]
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
def test_a_whole_run_has_the_study_s_split_and_all_tweets_too_and_ends_with_the_bundle(
    flagship: Command, tmp_path: Path
) -> None:
    changes = {"folds": "2", "version": '"7.8.9"'}
    recipe, out = write_recipe(tmp_path / "two.toml", changes=changes), tmp_path / "out"
    ended = flagship("--recipe", recipe, "--out", out)
    assert ended.code == 0
    assert "NOTE: the study's split leaks near-duplicates" in ended.err
    assert "NOTE: what ends in .elsewhere is of networks of all tweets, on 30 tweets about entities" in ended.err
    candidates = {f"{name}{suffix}" for name in ("linear", "student") for suffix in ("", ".study", ".elsewhere")}
    candidates |= {"wide", "wide.study"}
    assert {path.name for path in out.iterdir()} == {"scores.json", "bundle", *candidates}
    assert len(read_oof(out / "linear.study" / "oof.csv")) == 24
    result = ScoreFile.model_validate_json((out / "scores.json").read_bytes())
    assert {one.candidate for one in result.scores} == candidates
    oof = read_oof(out / "student" / "oof.csv")
    assert scored("student", oof) in result.scores
    assert result.over_linear == compared(oof, read_oof(out / "linear" / "oof.csv"))
    assert not oof.twin_in_training.any()
    assert oof.row.tolist() == read_oof(out / "linear" / "oof.csv").row.tolist()
    work = tmp_path / "out.work"
    names = {"fold-0", "fold-1", "study", "final"}
    assert {path.name for path in work.iterdir()} == names
    for name in names:
        assert (work / name / "material.npz").is_file()
        assert (work / name / "linear" / "transfer.npz").is_file()
        assert {path.name for path in (work / name / "student").iterdir()} == {"network.npz", "answers.npz"}
    assert ended.err.count("texts to learn from") == len(names)

    classifier = Classifier.load(str(out / "bundle"), engine="onnx", device="cpu")
    assert (classifier.name, classifier.version, classifier.metadata.task) == ("brands", "7.8.9", "brands")
    assert classifier.labels == oof.labels
    loaded = load_recipe(str(recipe))
    corpus = read_corpus(loaded, tmp_path / "data", tmp_path)
    fold = final_fold(corpus, loaded.seed)
    answer = FoldStudent(Teachers(fold, loaded, Cache(work / "final"), Silent())).answer()
    assert answer.test.shape == (0, 4), "nothing to be scored on"
    served = classifier.predict(classifier.encode_all(fold.texts(fold.split.validation)).rows).probabilities
    np.testing.assert_allclose(served, answer.validation, rtol=0, atol=1e-6)


def test_the_folds_students_are_one_stage_more_than_what_they_learn_from(flagship: Command, tmp_path: Path) -> None:
    assert flagship("--out", tmp_path / "out", "--fold", "fold-1", "--until", "transfer").code == 0
    assert not (tmp_path / "out.work" / "fold-1" / "student").exists()
    ended = flagship("--out", tmp_path / "out", "--fold", "fold-1", "--until", "student")
    assert (ended.code, ended.out) == (0, "")
    assert "fold-1: training student: epoch 2, loss" in ended.err
    assert (tmp_path / "out.work" / "fold-1" / "student" / "answers.npz").is_file()


def test_a_task_of_two_labels_has_a_threshold_a_fold(flagship: Command, tmp_path: Path) -> None:
    recipe = write_recipe(tmp_path / "hate.toml", "hate")
    ended = flagship("--task", "hate", "--recipe", recipe, "--out", tmp_path / "out", "--until", "transfer")
    assert ended.code == 0
    assert "precision at recall 0.767" in ended.err
    oof = read_oof(tmp_path / "out" / "linear" / "oof.csv")
    assert oof.labels == ("hateful", "not_hateful")
    assert len({(fold, threshold) for fold, threshold in zip(oof.fold, oof.threshold, strict=True)}) == 3
    assert np.isfinite(oof.threshold).all()


def test_the_same_command_goes_on_where_it_was_stopped(
    flagship: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    answer = LinearTeacher.logits

    def counted(self: LinearTeacher, *arguments: object) -> np.ndarray:
        asked.append(self.fold.name)
        if len(asked) == 6:
            raise KeyboardInterrupt
        return answer(self, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(LinearTeacher, "logits", counted)
    stopped = flagship("--out", tmp_path / "out", "--until", "teach")
    assert stopped.code == 130
    assert "interrupted; what was made is kept in" in stopped.err.splitlines()[-1]
    assert not (tmp_path / "out").exists()
    assert flagship("--out", tmp_path / "out", "--until", "teach").code == 0
    assert asked == [*["fold-0"] * 2, *["fold-1"] * 2, *["fold-2"] * 3], "each part of each fold, and the stopped one"
    assert flagship("--out", tmp_path / "other", "--work-dir", tmp_path / "out.work", "--until", "teach").code == 0
    assert len(asked) == 7


def test_some_folds_may_be_made_elsewhere(flagship: Command, tmp_path: Path) -> None:
    ended = flagship("--out", tmp_path / "out", "--fold", "fold-1", "--fold", "final", "--until", "transfer")
    assert (ended.code, ended.out) == (0, "")
    assert {path.name for path in (tmp_path / "out.work").iterdir()} == {"fold-1", "final"}
    assert not (tmp_path / "out").exists()


def test_two_runs_may_share_a_work_directory_but_no_fold(flagship: Command, tmp_path: Path) -> None:
    with locked(tmp_path / "out.work" / "fold-1"):
        assert flagship("--out", tmp_path / "out", "--fold", "fold-0", "--until", "teach").code == 0
        refused = flagship("--out", tmp_path / "out", "--fold", "fold-1", "--until", "teach")
    assert refused.code == 2
    assert "another run is at work in" in refused.err.splitlines()[-1]


@pytest.mark.slow
def test_encoders_are_trained_scored_and_mixed_and_teach_a_student(flagship: Command, tmp_path: Path) -> None:
    recipe = write_recipe(tmp_path / "whole.toml", changes=ENCODERS | {"folds": "2"})
    out = tmp_path / "out"
    ended = flagship("--recipe", recipe, "--out", out, "--until", "student")
    assert ended.code == 0
    assert {path.name for path in out.iterdir()} == {"scores.json", "linear", "encoder", "ensemble", "student", "wide"}
    assert (tmp_path / "out.work" / "fold-1" / "encoder-1" / "vectors.npz").is_file()
    assert "fold-0: fine-tuning encoder-2: step" in ended.err
    assert "the encoders' share is" in ended.err


def test_a_student_of_more_dimensions_than_its_encoder_has_is_refused_at_once(
    flagship: Command, tmp_path: Path
) -> None:
    recipe = write_recipe(tmp_path / "wide.toml", changes=ENCODERS | {"student.dimension": "9"})
    ended = flagship("--recipe", recipe, "--out", tmp_path / "out")
    assert ended.code == 2
    assert "the student's vectors have 9 dimensions, the encoder's 8" in ended.err.splitlines()[-1]
    assert not (tmp_path / "out.work").exists()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--fold", "fold-9"), "there is no fold 'fold-9': there are fold-0, fold-1, fold-2, study, final"),
        (("--task", "hate"), "the recipe 'brands' is for the task 'brands', not 'hate'"),
        (("--task", "tea"), "Invalid value for '--task'"),
        (("--recipe", "absent"), "there is no recipe 'absent': there are brands, hate"),
        (("--recipe", "brands", "--encoder", "nowhere"), "there is no model.safetensors in nowhere"),
        (("--data", "nowhere"), "there is no data file nowhere/brands.csv"),
        (("--ablation", "1", "--until", "teach"), "--ablation trains students, --until teach none: leave out one"),
        (("--ablation", "1", "--fold", "fold-2"), "--ablation is about fold-0, of which --fold asks for none"),
        (("--checks", "--fold", "study"), "--checks is about fold-0 to fold-2, of which --fold asks for none"),
        (("--until", "dawn"), "Invalid value for '--until'"),
    ],
)
def test_bad_usage_is_one_line(flagship: Command, tmp_path: Path, arguments: tuple[str, ...], says: str) -> None:
    ended = flagship("--out", tmp_path / "out", *arguments)
    assert ended.code == 2
    assert says in ended.err.splitlines()[-1]
    assert not (tmp_path / "out").exists()


def test_a_recipe_without_the_study_s_split_has_no_such_fold(flagship: Command, tmp_path: Path) -> None:
    recipe = write_recipe(tmp_path / "without.toml", changes={"study_split": "false"})
    ended = flagship("--recipe", recipe, "--out", tmp_path / "out", "--fold", "study")
    assert ended.code == 2
    assert "there is no fold 'study': there are fold-0, fold-1, fold-2, final" in ended.err.splitlines()[-1]


def test_scores_that_are_there_are_replaced_only_when_asked_for(flagship: Command, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert flagship("--out", out, "--until", "teach").code == 0
    refused = flagship("--out", out, "--until", "teach")
    assert refused.code == 2
    assert "--overwrite" in refused.err.splitlines()[-1]
    assert flagship("--out", out, "--until", "teach", "--overwrite").code == 0

"""Each teacher, and a fold's teachers together, on tweets of our own writing."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.training.flagship import sample
from tests.training.flagship.silent import Silent
from tests.training.flagship.tiny_encoder import HIDDEN, write_encoder
from training.flagship import labels
from training.flagship.cache import Cache
from training.flagship.encoder import EncoderTeacher
from training.flagship.fold import Fold
from training.flagship.labels import asked
from training.flagship.linear import LinearTeacher
from training.flagship.material import Kind, material
from training.flagship.pretrained import Pretrained, find_pretrained
from training.flagship.recipe import Recipe
from training.flagship.teachers import Teachers

RECIPE = sample.recipe()
TEXTS = ["what a lovely river", "awful broken window", "the market opens at noon"]


@pytest.fixture
def tiny(tmp_path: Path) -> Pretrained:
    return find_pretrained(write_encoder(tmp_path / "encoder"))


def teachers(directory: Path, pretrained: Pretrained | None = None, recipe: Recipe = RECIPE) -> Teachers:
    return Teachers(sample.fold(), recipe, Cache(directory), Silent(), pretrained)


def test_the_linear_teacher_learns_what_words_tell() -> None:
    found = LinearTeacher(sample.fold(rows=240), RECIPE.linear).logits(TEXTS, Silent())
    assert [sample.LABELS[index] for index in found.argmax(axis=1)] == ["good", "bad", "none"]
    assert np.exp(found).sum(axis=1) == pytest.approx(1)


def test_the_linear_teacher_takes_the_penalty_that_validates_best() -> None:
    fold = sample.fold(rows=240)
    weak, strong, both = (
        LinearTeacher(fold, RECIPE.linear.model_copy(update={"penalties": penalties})).logits(TEXTS, Silent())
        for penalties in ((10.0,), (1e-4,), (1e-4, 10.0))
    )
    assert not np.allclose(weak, strong)
    assert np.array_equal(both, weak)


def test_an_encoder_is_trained_once_and_read_then(tiny: Pretrained, tmp_path: Path) -> None:
    first, second = (EncoderTeacher(sample.fold(), RECIPE.teacher, 1, tiny, Cache(tmp_path / "work")) for _ in range(2))
    reporter = Silent()
    answers = first.logits(TEXTS, reporter)
    assert any("fine-tuning encoder-1" in line for line in reporter.said)
    assert [path.name for path in (tmp_path / "work").iterdir()] == ["weights.npz"], "the checkpoint is gone"
    again = Silent()
    assert np.array_equal(second.logits(TEXTS, again), answers)
    assert not any("fine-tuning" in line for line in again.said)
    assert answers.shape == (3, 3)
    assert first.pooled(TEXTS, Silent()).shape == (3, HIDDEN)
    assert first.logits([], Silent()).shape == (0, 3)


def test_what_decides_an_encoder_s_answers_tells_it_from_others(tiny: Pretrained, tmp_path: Path) -> None:
    def teacher(seed: int = 1, fold: int = 0, epochs: int = 2) -> EncoderTeacher:
        config = RECIPE.teacher.model_copy(update={"epochs": epochs, "seeds": (seed,)})
        return EncoderTeacher(sample.fold(fold), config, seed, tiny, Cache(tmp_path))

    identities = [one.identity for one in (teacher(), teacher(seed=2), teacher(fold=1), teacher(epochs=3))]
    assert len(set(identities)) == 4
    assert teacher().identity == identities[0]


class Counting:
    """A teacher that counts what it is asked, and may be stopped."""

    name = "counting"

    def __init__(self, identity: str = "one", most: int = 10**6) -> None:
        self.identity = identity
        self.read = 0
        self._most = most

    def logits(self, texts: Sequence[str], reporter: object) -> np.ndarray:
        """Answer the length of each text."""
        del reporter
        if self.read + len(texts) > self._most:
            raise KeyboardInterrupt
        self.read += len(texts)
        return np.array([[len(text), 0] for text in texts], dtype=np.float32)


def test_what_was_labelled_before_a_stop_is_not_labelled_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(labels, "BLOCK", 4)
    texts = ["a" * length for length in range(1, 11)]
    stopped, going_on, later, other = Counting(most=9), Counting(), Counting(), Counting("two")
    with pytest.raises(KeyboardInterrupt):
        asked(stopped, texts, "transfer", Cache(tmp_path), Silent())
    assert stopped.read == 8
    found = asked(going_on, texts, "transfer", Cache(tmp_path), Silent())
    assert going_on.read == 2
    assert found[:, 0].tolist() == list(range(1, 11))
    assert np.array_equal(asked(later, texts, "transfer", Cache(tmp_path), Silent()), found)
    assert later.read == 0
    assert [path.name for path in (tmp_path / "counting").iterdir()] == ["transfer.npz"]
    asked(other, texts, "transfer", Cache(tmp_path), Silent())
    assert other.read == 10, "another teacher's answers are not taken for its own"


def test_the_material_is_tweets_copies_and_unlabelled_tweets_no_two_the_same(tmp_path: Path) -> None:
    fold, reporter = sample.fold(), Silent()
    found = material(fold, RECIPE, Cache(tmp_path), reporter)
    assert len(set(found.texts)) == len(found.texts)
    labelled = found.kinds == Kind.LABELLED
    assert [text for text, one in zip(found.texts, labelled, strict=True) if one] == fold.texts(fold.split.train)
    assert found.origins[labelled].tolist() == list(range(len(fold.split.train)))
    copies = int((found.kinds == Kind.COPY).sum())
    assert len(fold.split.train) < copies <= 2 * len(fold.split.train)
    assert int((found.kinds == Kind.UNLABELLED).sum()) == 30
    assert (found.origins[found.kinds == Kind.UNLABELLED] == -1).all()
    assert not any(fold.held_out.near(text) for text in found.texts)
    assert f"{copies} copies, 30 unlabelled tweets; dropped" in reporter.said[-1]

    again = Silent()
    assert material(fold, RECIPE, Cache(tmp_path), again).texts == found.texts
    assert again.said == [], "it was read, not gathered"
    other = material(fold, sample.recipe(seed=1), Cache(tmp_path), Silent())
    assert other.texts != found.texts


def test_only_tweets_that_lend_words_have_them_put_into_copies(tmp_path: Path) -> None:
    fold = sample.fold()
    corpus = replace(fold.corpus, unlabelled=("zebra zebra zebra zebra", "quagga quagga quagga"), lending=("quagga",))
    found = material(Fold(fold.name, corpus, fold.split), RECIPE, Cache(tmp_path), Silent())
    copies = [text for text, kind in zip(found.texts, found.kinds, strict=True) if kind == Kind.COPY]
    assert any("quagga" in text for text in copies)
    assert not any("zebra" in text for text in copies)
    assert "zebra zebra zebra zebra" in found.texts


def test_unlabelled_tweets_near_what_is_held_out_are_dropped_and_counted(tmp_path: Path) -> None:
    fold = sample.fold()
    texts = fold.texts(fold.split.test)
    smuggled = type(fold)(fold.name, type(fold.corpus)(fold.corpus.tweets, tuple(texts)), fold.split)
    reporter = Silent()
    found = material(smuggled, RECIPE, Cache(tmp_path), reporter)
    assert (found.kinds != Kind.UNLABELLED).all()
    assert f"{len(texts)} unlabelled tweets" in reporter.said[-1].split("dropped")[1]


def test_the_transfer_set_is_labelled_by_all_teachers_and_training_tweets_by_their_labels_too(
    tiny: Pretrained, tmp_path: Path
) -> None:
    recipe = sample.recipe(transfer__labels_share=1.0, transfer__copies_weight=0.5, transfer__unlabelled_weight=0.25)
    found = teachers(tmp_path, tiny, recipe)
    transfer, texts = found.transfer_set(), found.material
    labelled = texts.kinds == Kind.LABELLED
    assert transfer.targets[labelled] == pytest.approx(found.fold.targets)
    assert len(np.unique(transfer.targets[~labelled].round(4), axis=0)) > 10
    weights = {Kind(kind): float(transfer.weights[texts.kinds == kind].mean()) for kind in np.unique(texts.kinds)}
    assert weights == {Kind.LABELLED: 1, Kind.COPY: 0.5, Kind.UNLABELLED: 0.25}
    vectors = found.vectors(["river", "garden", "window", "awful"])
    assert vectors is not None
    assert vectors.matrix.shape == (4, 3)
    assert found.names() == ("linear", "encoder", "ensemble")
    for name in found.names():
        answer = found.answer(name)
        assert answer.test.shape == (len(found.fold.split.test), 3)
        assert answer.test.sum(axis=1) == pytest.approx(1)
        assert answer.validation.shape == (len(found.fold.split.validation), 3)


def test_all_of_it_is_kept_so_that_another_run_asks_nobody(tiny: Pretrained, tmp_path: Path) -> None:
    first, second = teachers(tmp_path, tiny), teachers(tmp_path, tiny)
    made = first.transfer_set(), first.answer("ensemble")
    kept = second.transfer_set(), second.answer("ensemble")
    assert np.array_equal(made[0].targets, kept[0].targets)
    assert np.array_equal(made[1].test, kept[1].test)
    assert isinstance(second.reporter, Silent)
    assert second.reporter.said == []


def test_the_labels_of_the_test_part_reach_no_teacher_and_no_choice(tiny: Pretrained, tmp_path: Path) -> None:
    fold = sample.fold()
    tested = np.isin(fold.corpus.clusters, fold.corpus.clusters[fold.split.test])
    tweets = fold.corpus.tweets
    turned = replace(tweets, targets=np.where(tested, (tweets.targets + 1) % 3, tweets.targets))
    other = Fold(fold.name, replace(fold.corpus, tweets=turned), fold.split)
    one, two = (
        Teachers(one, RECIPE, Cache(tmp_path / name), Silent(), tiny) for name, one in (("one", fold), ("two", other))
    )
    assert one.fold.identity != two.fold.identity, "nothing of the one is kept for the other"
    assert np.array_equal(one.transfer_set().targets, two.transfer_set().targets)
    for name in one.names():
        assert np.array_equal(one.answer(name).test, two.answer(name).test)
        assert np.array_equal(one.answer(name).validation, two.answer(name).validation)


def test_the_words_of_the_test_part_reach_no_teacher_and_no_choice(tiny: Pretrained, tmp_path: Path) -> None:
    fold = sample.fold()
    one, two = (
        Teachers(one, RECIPE, Cache(tmp_path / name), Silent(), tiny)
        for name, one in (("one", fold), ("two", sample.in_other_words(fold)))
    )
    assert one.transfer_set().texts == two.transfer_set().texts
    assert np.array_equal(one.transfer_set().targets, two.transfer_set().targets)
    for name in one.names():
        assert np.array_equal(one.answer(name).validation, two.answer(name).validation)
        assert not np.array_equal(one.answer(name).test, two.answer(name).test), "it was asked something else"


def test_without_an_encoder_the_linear_teacher_is_alone(tmp_path: Path) -> None:
    alone = teachers(tmp_path)
    assert alone.names() == ("linear",)
    assert alone.vectors(["river"]) is None
    assert len(alone.transfer_set()) == len(alone.material.texts)

"""The bundles that recipes made."""

from pathlib import Path

import numpy as np
import pytest

from model.bundle.read import Bundle, load_bundle
from model.classifier import Classifier
from training.data.datasets import read_tweets
from training.data.tweets import class_shares
from training.flagship.corpus import Corpus
from training.flagship.fold import final_fold
from training.flagship.recipe import Recipe, load_recipe
from training.flagship.scores import ScoreFile, Scores
from training.reference import reference_of
from training.report.flagships import packaged_scores, read_flagship

FLAGSHIPS = ("brands", "hate")
BETTER = {
    "brands": ("macro-F1, 3 classes", "accuracy, 3 classes", "macro ROC-AUC, 3 classes", "F1 of negative, 3 classes"),
    "hate": ("average precision of hateful", "precision at recall 0.767"),
}
"""Where a flagship is above the floor beyond chance. In the F1 of hateful tweets it is not: README and page say so."""


@pytest.fixture(scope="module", params=FLAGSHIPS)
def bundle(request: pytest.FixtureRequest) -> Bundle:
    return load_bundle(request.param)


@pytest.fixture(scope="module")
def recipe(bundle: Bundle) -> Recipe:
    return load_recipe(bundle.metadata.name)


@pytest.fixture(scope="module")
def scores(recipe: Recipe) -> ScoreFile:
    found = read_flagship(packaged_scores(), recipe.task)
    assert found is not None
    return found


def of(scores: ScoreFile, candidate: str) -> Scores:
    return next(one for one in scores.scores if one.candidate == candidate)


def test_a_flagship_is_its_recipe_s_network(bundle: Bundle, recipe: Recipe) -> None:
    metadata = bundle.metadata
    student = recipe.student
    narrow = student.model_copy(update={"dimension": min(student.dimension, student.served_dimension)})
    network = narrow.architecture(bundle.vocabulary, len(metadata.labels))
    assert metadata.architecture == network
    assert metadata.preprocessing == recipe.student.preprocessing
    assert (metadata.name, metadata.version, metadata.task) == (recipe.name, recipe.version, recipe.task)
    assert (metadata.threshold is not None) == (len(metadata.labels) == 2)


def test_its_figures_are_of_its_recipe(scores: ScoreFile, recipe: Recipe) -> None:
    assert scores.recipe_digest == recipe.digest


def test_a_flagship_is_better_than_the_linear_model_beyond_chance(scores: ScoreFile) -> None:
    ours, floor = of(scores, "student").named, of(scores, "linear").named
    for figure in BETTER[scores.task]:
        if scores.over_linear:
            assert scores.over_linear[figure].low > 0, figure
            continue
        one, other = ours[figure], floor[figure]
        assert one is not None
        assert other is not None
        assert one.low > other.value, figure


def test_a_flagship_says_what_the_folds_students_scored(bundle: Bundle, scores: ScoreFile) -> None:
    student = of(scores, "student")
    assert bundle.metadata.metrics["tweets"] == student.all_labels.tweets
    figures = bundle.metadata.metrics["figures"]
    assert isinstance(figures, dict)
    card = (bundle.path / "MODEL_CARD.md").read_text(encoding="utf-8")
    for name, estimate in student.named.items():
        assert estimate is not None
        assert figures[name] == estimate.model_dump()
        (line,) = (line for line in card.splitlines() if line.startswith(f"| {name} |"))
        assert f"| **{estimate.value:.3f}** ({estimate.low:.3f} to {estimate.high:.3f}) |" in line


@pytest.mark.data
def test_reference_and_prior_are_of_the_parts_that_all_tweets_fall_into(
    bundle: Bundle, recipe: Recipe, tweets_data: Path
) -> None:
    corpus = Corpus(read_tweets(recipe.task, tweets_data / recipe.data.labelled))
    fold = final_fold(corpus, recipe.seed)
    metadata = bundle.metadata
    assert metadata.prior == pytest.approx(class_shares(corpus.tweets.targets[fold.split.train], fold.classes))

    classifier = Classifier.load(metadata.name, engine="onnx", device="cpu")
    encoded = [classifier.encode(text) for text in fold.texts(fold.split.validation)]
    answers = np.array([metadata.prior] * len(encoded))
    read = [place for place, row in enumerate(encoded) if row.ids]
    answers[read] = classifier.predict([encoded[place].ids for place in read]).probabilities
    ours = reference_of(metadata.labels, encoded, answers, metadata.threshold.value if metadata.threshold else None)
    theirs = metadata.reference
    assert theirs is not None
    assert (theirs.tweets, theirs.words, theirs.unknown) == (ours.tweets, ours.words, ours.unknown)
    # Another machine may round a probability to the other side of an edge.
    assert list(theirs.labels.values()) == pytest.approx(list(ours.labels.values()), abs=2)
    assert theirs.confidence.counts == pytest.approx(ours.confidence.counts, abs=2)

"""The bundle of two labels: its threshold, its card, and what it is compared with."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from model.classifier import Classifier
from tests.training.flagship import sample
from tests.training.flagship.silent import Silent
from training.evaluation.assemble import assemble
from training.evaluation.thresholds import expected_threshold
from training.flagship.cache import Cache
from training.flagship.card import Evidence
from training.flagship.corpus import read_corpus
from training.flagship.fold import final_fold, outer_folds
from training.flagship.recipe import load_recipe
from training.flagship.scores import ScoreFile, scored
from training.flagship.ship import ship
from training.flagship.students import FoldStudent
from training.flagship.teachers import Teachers
from training.precision import Precision


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> tuple[FoldStudent, Evidence, Path]:
    """A student of all tweets; its linear teacher answers the folds in the students' place."""
    directory = tmp_path_factory.mktemp("ship")
    recipe = sample.recipe(teacher__seeds=(), data=load_recipe("hate").data)
    recipe = recipe.model_copy(
        update={
            "name": "hate",
            "version": "7.8.9",
            "task": "hate",
            "ensemble": recipe.ensemble.model_copy(update={"tilt": 0.0}),
        }
    )
    corpus = read_corpus(recipe, sample.write_files(directory / "data"), directory)
    texts = tuple(f"not {text}" if row % 4 == 0 else text for row, text in enumerate(corpus.tweets.texts))
    corpus = replace(corpus, tweets=replace(corpus.tweets, texts=texts))
    folds = outer_folds(corpus, 2, recipe.seed)
    answers = [Teachers(fold, recipe, Cache(directory / fold.name), Silent()).answer("linear") for fold in folds]
    table = assemble(corpus.tweets, corpus.clusters, [fold.split for fold in folds], answers)
    scores = ScoreFile(
        recipe="hate",
        recipe_digest="0" * 64,
        task="hate",
        data_digest="0" * 64,
        folds=2,
        seed=recipe.seed,
        precision=Precision.FLOAT32,
        notes=(),
        scores=(scored("linear", table), scored("student", table), scored("student.study", table)),
    )
    evidence = Evidence(scores, table)
    made = FoldStudent(Teachers(final_fold(corpus, recipe.seed), recipe, Cache(directory / "final"), Silent()))
    return made, evidence, ship(made, evidence, directory / "bundle")


def test_it_labels_by_the_threshold_that_is_best_for_what_the_validation_part_is_answered(
    shipped: tuple[FoldStudent, Evidence, Path],
) -> None:
    made, _, out = shipped
    fold = made.teachers.fold
    rows = fold.split.validation
    expected = expected_threshold(made.answer().validation)
    classifier = Classifier.load(str(out), engine="onnx", device="cpu")
    threshold = classifier.metadata.threshold
    assert threshold is not None
    assert expected is not None
    assert (threshold.label, threshold.value) == ("hateful", expected)
    served = classifier.predict(classifier.encode_all(fold.texts(rows)).rows)
    np.testing.assert_allclose(served.probabilities, made.answer().validation, rtol=0, atol=1e-6)
    assert served.labels.tolist() == np.where(made.answer().validation[:, 0] >= expected, 0, 1).tolist()
    assert (np.array(classifier.metadata.prior) > 0).all()
    assert classifier.metadata.architecture.embedding.dimension == 2


def test_its_reference_is_of_the_tweets_that_were_held_out_from_it(shipped: tuple[FoldStudent, Evidence, Path]) -> None:
    made, _, out = shipped
    reference = Classifier.load(str(out), engine="onnx", device="cpu").metadata.reference
    assert reference is not None
    assert reference.tweets == len(made.teachers.fold.split.validation)
    assert sum(reference.labels.values()) == reference.tweets


def test_its_card_and_metrics_quote_the_folds_with_intervals(shipped: tuple[FoldStudent, Evidence, Path]) -> None:
    made, evidence, out = shipped
    card = (out / "MODEL_CARD.md").read_text("utf-8")
    f1 = evidence.scores.scores[1].named["F1 of hateful"]
    assert f1 is not None
    assert f"**{f1.value:.3f}** ({f1.low:.3f} to {f1.high:.3f})" in card
    assert "# hate 7.8.9\n" in card
    assert "| | linear | student |\n" in card, "the study's split flatters, so it is left out"
    assert "over 2 classes. Too few to tell: retweet (6), " in card
    assert "| retweet | 6 |" not in card
    assert (
        "| tweets | how many | accuracy | macro-F1 | F1 of hateful |\n|---|---|---|---|---|\n| 6 to 10 words |" in card
    )
    assert "--task hate --data DIR --out DIR --precision float32" in card
    bias = made.student.bias
    assert f"({bias[0]:+.3f} for `hateful`, {bias[1]:+.3f} for `not_hateful`)" in " ".join(card.split())
    assert bias[0] != 0
    assert "3-dimensional word vectors, of which the 2 directions are kept" in card
    assert "runs of up to 2 ids have weights of their own, found by a hash in 500\nplaces" in card
    assert "the best F1 that is to be expected if its probabilities for the validation part are right." in card
    for part in ("## Intended use", "## Slices", "## Limits", "a probability of", "posted once", "with a negation"):
        assert part in card
    figures = Classifier.load(str(out), engine="onnx", device="cpu").metadata.metrics["figures"]
    assert isinstance(figures, dict)
    assert figures["F1 of hateful"] == f1.model_dump()

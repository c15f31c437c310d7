import io
import json
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from rich.console import Console

from training.evaluation.oof import Oof
from training.evaluation.result import Estimate
from training.flagship.scores import ScoreFile, compared, scored, without_no_answer
from training.flagship.table import print_scores
from training.precision import Precision

LABELS = ("i can't tell", "negative", "neutral", "positive")
COUNT = 80


def oof(labels: tuple[str, ...] = LABELS, *, target: np.ndarray | None = None) -> Oof:
    random = np.random.default_rng(67)
    target = np.arange(COUNT, dtype=np.intp) % len(labels) if target is None else target
    raised = random.random((COUNT, len(labels))) + 1.5 * np.eye(len(labels))[target] * (random.random((COUNT, 1)) < 0.6)
    nothing = np.zeros(COUNT, dtype=np.intp)
    return Oof(
        labels=labels,
        row=np.arange(COUNT),
        cluster=np.arange(COUNT),
        fold=np.arange(COUNT) % 2,
        target=target,
        threshold=np.full(COUNT, 0.4 if len(labels) == 2 else np.nan),
        probabilities=raised / raised.sum(axis=1, keepdims=True),
        words=nothing + 5,
        unknown_share=np.zeros(COUNT),
        retweet=nothing.astype(np.bool_),
        cluster_size=nothing + 1,
        twin_in_training=nothing.astype(np.bool_),
    )


def test_three_classes_are_the_other_tweets_with_the_rest_of_the_probability() -> None:
    whole = oof()
    three = without_no_answer(whole)
    kept = whole.target != 0
    assert three.labels == LABELS[1:]
    assert three.row.tolist() == whole.row[kept].tolist()
    assert [three.labels[one] for one in three.target] == [LABELS[one] for one in whole.target[kept]]
    assert three.probabilities.sum(axis=1) == pytest.approx(1)
    before = whole.probabilities[kept][:, 1:]
    assert three.probabilities[:, 0] / three.probabilities[:, 2] == pytest.approx(before[:, 0] / before[:, 2])


def test_a_tweet_of_which_only_nothing_was_said_gets_the_same_for_all() -> None:
    whole = oof()
    whole.probabilities[1] = [1, 0, 0, 0]
    three = without_no_answer(whole)
    assert three.probabilities[0] == pytest.approx([1 / 3] * 3)


def test_brand_figures_are_named_over_three_classes_with_intervals() -> None:
    found = scored("ensemble", oof())
    named = found.named
    assert {"macro-F1, 3 classes", "accuracy, 3 classes", "F1 of negative, 3 classes"} <= named.keys()
    assert {"macro ROC-AUC, 3 classes", "calibration error, all labels"} <= named.keys()
    for estimate in named.values():
        assert estimate is not None
        assert estimate.low < estimate.high
    assert found.without_no_answer is not None
    # scikit-learn's macro-F1 over the same decisions.
    from sklearn.metrics import accuracy_score, f1_score  # noqa: PLC0415

    three = without_no_answer(oof())
    decided = three.probabilities.argmax(axis=1)
    macro, accuracy = named["macro-F1, 3 classes"], named["accuracy, 3 classes"]
    assert macro is not None
    assert accuracy is not None
    assert macro.value == pytest.approx(f1_score(three.target, decided, average="macro"), abs=1e-6)
    assert accuracy.value == pytest.approx(accuracy_score(three.target, decided), abs=1e-6)


def test_hate_figures_are_those_of_the_hateful_tweets() -> None:
    named = scored("linear", oof(("hateful", "not_hateful"))).named
    assert list(named) == [
        "F1 of hateful",
        "average precision of hateful",
        "precision at recall 0.767",
        "calibration error",
    ]


def value(named: dict[str, Estimate | None], name: str) -> float:
    found = named[name]
    assert found is not None
    return found.value


def mean_of_folds(table: Oof, measure: Callable[[np.ndarray, np.ndarray], float]) -> float:
    folds = (table.taken(table.fold == fold) for fold in (0, 1))
    return float(np.mean([measure(fold.target, fold.probabilities) for fold in folds]))


def test_each_name_has_the_figure_that_scikit_learn_calls_so() -> None:
    from sklearn.metrics import average_precision_score, f1_score, roc_auc_score  # noqa: PLC0415

    whole = oof(target=np.arange(COUNT) // 2 % 4)
    two = oof(("hateful", "not_hateful"), target=np.arange(COUNT) // 2 % 2)
    three, named = without_no_answer(whole), scored("student", whole).named
    negative = f1_score(three.target == 0, three.probabilities.argmax(axis=1) == 0)
    macro = mean_of_folds(three, lambda target, found: roc_auc_score(target, found, multi_class="ovr"))
    flat = mean_of_folds(whole, lambda target, found: roc_auc_score(np.eye(4)[target].ravel(), found.ravel()))
    assert value(named, "F1 of negative, 3 classes") == pytest.approx(negative, abs=1e-6)
    assert value(named, "macro ROC-AUC, 3 classes") == pytest.approx(macro, abs=1e-6)
    assert value(named, "flat ROC-AUC, all labels") == pytest.approx(flat, abs=1e-6)
    of_three = scored("three", three).all_labels.expected_calibration_error
    assert of_three is not None
    assert (
        value(named, "calibration error, 3 classes") == of_three.value != value(named, "calibration error, all labels")
    )

    named = scored("student", two).named
    hateful = f1_score(two.target == 0, two.probabilities[:, 0] >= 0.4)
    precision = mean_of_folds(two, lambda target, found: average_precision_score(target == 0, found[:, 0]))
    assert value(named, "F1 of hateful") == pytest.approx(hateful, abs=1e-6)
    assert value(named, "average precision of hateful") == pytest.approx(precision, abs=1e-6)


def test_a_difference_is_that_of_the_figures_of_its_name() -> None:
    for labels, target in (
        (("i can't tell", "negative", "neutral", "positive"), np.arange(COUNT) // 2 % 4),
        (("hateful", "not_hateful"), np.arange(COUNT) // 2 % 2),
    ):
        one = oof(labels, target=target)
        worse = replace(one, probabilities=one.probabilities[::-1])
        found = compared(one, worse)
        first, second = scored("one", one).named, scored("other", worse).named
        assert len(found) >= 3
        for name, difference in found.items():
            assert difference.value == pytest.approx(value(first, name) - value(second, name), abs=2e-6), name
            assert difference.low <= difference.value <= difference.high
            assert difference.low < difference.high
    with pytest.raises(ValueError, match="the same tweets"):
        compared(one, one.taken(np.arange(COUNT) > 0))


def test_the_file_holds_all_and_the_table_shows_the_goals() -> None:
    content = ScoreFile(
        recipe="brands",
        recipe_digest="0" * 64,
        task="brands",
        data_digest="0" * 64,
        folds=2,
        seed=1,
        precision=Precision.FLOAT32,
        notes=("a note",),
        scores=(scored("linear", oof()),),
    )
    assert ScoreFile.model_validate_json(content.to_json()) == content
    assert json.loads(content.to_json())["scores"][0]["candidate"] == "linear"
    shown = io.StringIO()
    print_scores(content, Console(file=shown, width=120))
    assert "grouped 2-fold" in shown.getvalue()
    assert "F1 of negative, 3 classes" in shown.getvalue()
    assert "NOTE: a note" in shown.getvalue()

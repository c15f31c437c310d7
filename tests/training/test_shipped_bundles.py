import json
import re
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from model.bundle.read import Bundle, load_bundle
from model.bundle.shipped import shipped
from model.classifier import Classifier
from tests.training.test_shipped_flagships import FLAGSHIPS
from training.data.datasets import DatasetName, read_tweets
from training.data.splits import split_rows
from training.evaluation.result import EvaluationResult, read_result
from training.golden import GOLDEN_TEXTS, RAW_TEXTS
from training.metrics import constant_scores, score
from training.presets.preset import load_preset
from training.presets.schema import RecurrentPreset
from training.reference import reference_of

PRESETS = {"brands-notebook": "brands-bilstm"}
"""Of the bundles that are a study's network; the others are flagships."""
DATA: dict[str, tuple[DatasetName, str]] = {"brands": ("brands", "brands.csv")}
TITLES = {
    "macro-F1": "macro_f1",
    "accuracy": "accuracy",
    "AUC, macro one-vs-rest": "auc_macro",
    "AUC, flat": "auc_flat",
}


@pytest.fixture(scope="module", params=PRESETS)
def bundle(request: pytest.FixtureRequest) -> Bundle:
    return load_bundle(request.param)


def preset_of(bundle: Bundle) -> RecurrentPreset:
    preset = load_preset(PRESETS[bundle.metadata.name])
    assert isinstance(preset, RecurrentPreset)
    return preset


def grouped(candidate: str) -> EvaluationResult:
    return read_result(Path(str(files("training") / "results" / f"{candidate}.grouped.json")))


def card(bundle: Bundle) -> str:
    return (bundle.path / "MODEL_CARD.md").read_text(encoding="utf-8")


def scores_of(bundle: Bundle, which: str) -> dict[str, Any]:
    scores = bundle.metadata.metrics[which]
    assert isinstance(scores, dict)
    return dict(scores)


def test_every_shipped_bundle_is_known_and_small_enough() -> None:
    assert shipped().keys() == {*PRESETS, *FLAGSHIPS}
    for path in shipped().values():
        assert sum(file.stat().st_size for file in path.iterdir()) < 15_000_000


def test_a_shipped_bundle_is_its_preset_s_network(bundle: Bundle) -> None:
    preset, metadata = preset_of(bundle), bundle.metadata
    assert metadata.architecture.layers[:-1] == preset.layers[:-1]
    assert metadata.preprocessing == preset.preprocessing
    assert metadata.task == preset.data
    assert metadata.threshold is None


def test_the_hate_bundle_s_threshold_is_of_its_hateful_label() -> None:
    metadata = load_bundle("hate").metadata
    assert metadata.labels == ("hateful", "not_hateful")
    assert metadata.threshold is not None
    assert metadata.threshold.label == "hateful"
    assert 0.05 < metadata.threshold.value < 0.95


def test_a_shipped_bundle_beats_the_constant_prediction_clearly(bundle: Bundle) -> None:
    ours, constant = scores_of(bundle, "scores"), scores_of(bundle, "constant_prediction")
    assert ours["macro_f1"] > 1.5 * constant["macro_f1"]
    assert all(figures["recall"] > 0.05 for figures in ours["per_class"].values())


def test_the_brand_study_s_bundle_is_its_best_recurrent_preset_by_grouped_macro_f1() -> None:
    figures = {name: grouped(name).figures.macro_f1.value for name in ("brands-bilstm", "brands-bilstm-output-bias")}
    assert max(figures, key=lambda name: figures[name]) == PRESETS["brands-notebook"]


@pytest.mark.parametrize("name", [*PRESETS, *FLAGSHIPS])
def test_the_golden_texts_are_ours_and_go_every_way(name: str) -> None:
    bundle = load_bundle(name)
    raw = bundle.metadata.preprocessing.cleanup == "tweet"
    texts = GOLDEN_TEXTS[bundle.metadata.task] + (RAW_TEXTS if raw else ())
    cases = {case.text: case for case in bundle.golden.cases}
    assert tuple(cases) == texts
    assert {0, bundle.metadata.preprocessing.max_length} <= {len(case.ids) for case in cases.values()}
    assert max(len(text.split()) for text in texts) >= 150
    assert any("@" in text for text in texts)
    assert any("#" in text for text in texts)
    decided = {bundle.metadata.labels[int(np.argmax(case.probabilities))] for case in cases.values()}
    assert len(decided) >= len(bundle.metadata.labels) - 1


@pytest.mark.parametrize("name", [*PRESETS, *FLAGSHIPS])
def test_a_shipped_bundle_tells_nothing_about_the_machine_that_made_it(name: str) -> None:
    bundle = load_bundle(name)
    for file in ("bundle.json", "MODEL_CARD.md"):
        text = (bundle.path / file).read_text(encoding="utf-8")
        assert not re.search(r"(?<![\w.])/(?:\w+/)+", text), file
    words = json.loads((bundle.path / "vocabulary.json").read_text())["words"]
    assert not [word for word in words if " " in word or re.search(r"/\w|\w/", word)]


def test_the_card_begins_with_the_grouped_figures(bundle: Bundle) -> None:
    figures = grouped(PRESETS[bundle.metadata.name]).figures
    text = card(bundle)
    assert f"| macro-F1 | **{figures.macro_f1.value:.3f}** (" in text
    assert text.index("grouped 5-fold") < text.index("the study's own test split")


def test_the_hate_card_says_what_the_data_are_not() -> None:
    text = " ".join(card(load_bundle("hate")).split())
    for claim in (
        "gathered by keywords",
        "score near chance on other benchmarks",
        "sets are noisy",
        "third of the tweets has mojibake",
        "not** made for",
    ):
        assert claim in text


@pytest.mark.data
@pytest.mark.parametrize("name", PRESETS)
def test_the_card_s_figures_are_those_of_the_study_s_test_split(name: str, tweets_data: Path) -> None:
    bundle = load_bundle(name)
    data, file = DATA[bundle.metadata.task]
    tweets = read_tweets(data, tweets_data / file)
    split = split_rows(tweets.targets, preset_of(bundle).split)
    classifier = Classifier.load(name, engine="onnx", device="cpu")
    predicted = classifier.predict([classifier.encode(tweets.texts[row]).ids for row in split.test])
    assert not predicted.failed

    truth, training = tweets.targets[split.test], tweets.targets[split.train]
    threshold = bundle.metadata.threshold
    ours = score(tweets.labels, truth, predicted.probabilities, threshold.value if threshold else None)
    constant = constant_scores(tweets.labels, truth, training)
    text = card(bundle)
    for title, key in TITLES.items():
        mine, theirs = dict(ours)[key], dict(constant)[key]
        assert scores_of(bundle, "scores")[key] == pytest.approx(mine, abs=1e-4)
        assert scores_of(bundle, "constant_prediction")[key] == pytest.approx(theirs, abs=1e-6)
        assert f"| {title} | {mine:.4f} | {theirs:.4f} |" in text
    for label, figures in ours["per_class"].items():
        ratios = " | ".join(f"{figures[key]:.3f}" for key in ("precision", "recall", "f1"))
        assert f"| {label} | {ratios} |" in text
    assert bundle.metadata.prior == pytest.approx(tuple(np.bincount(training) / len(training)))
    for figure in preset_of(bundle).study:
        assert f"{figure.measure} {figure.value:g}" in text


@pytest.mark.data
@pytest.mark.parametrize("name", PRESETS)
def test_the_reference_is_counted_over_the_study_s_test_split(name: str, tweets_data: Path) -> None:
    bundle = load_bundle(name)
    data, file = DATA[bundle.metadata.task]
    tweets = read_tweets(data, tweets_data / file)
    split = split_rows(tweets.targets, preset_of(bundle).split)
    classifier = Classifier.load(name, engine="onnx", device="cpu")
    encoded = [classifier.encode(tweets.texts[row]) for row in split.test]
    probabilities = classifier.predict([row.ids for row in encoded]).probabilities
    threshold = bundle.metadata.threshold
    ours = reference_of(bundle.metadata.labels, encoded, probabilities, threshold.value if threshold else None)
    theirs = bundle.metadata.reference
    assert theirs is not None
    assert (theirs.tweets, theirs.words, theirs.unknown) == (ours.tweets, ours.words, ours.unknown)
    assert list(theirs.labels.values()) == pytest.approx(list(ours.labels.values()), abs=2)
    assert theirs.confidence.edges == ours.confidence.edges
    # Another machine may round a probability into the bin beside.
    assert theirs.confidence.counts == pytest.approx(ours.confidence.counts, abs=2)

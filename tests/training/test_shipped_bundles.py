import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from model.bundle.read import Bundle, load_bundle
from model.classifier import Classifier
from training.data.brands import read_brands
from training.data.splits import split_rows
from training.golden import GOLDEN_TEXTS
from training.metrics import constant_scores, score
from training.presets.preset import load_preset
from training.presets.schema import RecurrentPreset

NAMES = ("brands", "brands-notebook")
TEXTS = GOLDEN_TEXTS["brands"]


@pytest.fixture(scope="module", params=NAMES)
def bundle(request: pytest.FixtureRequest) -> Bundle:
    return load_bundle(request.param)


def card(bundle: Bundle) -> str:
    return (bundle.path / "MODEL_CARD.md").read_text(encoding="utf-8")


def scores_of(bundle: Bundle, which: str) -> dict[str, Any]:
    scores = bundle.metadata.metrics[which]
    assert isinstance(scores, dict)
    return dict(scores)


def test_a_shipped_bundle_is_the_study_s_network(bundle: Bundle) -> None:
    preset = load_preset("brands-bilstm")
    assert isinstance(preset, RecurrentPreset)
    assert bundle.metadata.architecture.layers == preset.layers
    assert bundle.metadata.architecture.trainable_parameters == 14_828
    assert bundle.metadata.preprocessing == preset.preprocessing
    assert (bundle.metadata.task, bundle.metadata.threshold) == ("brands", None)


def test_a_shipped_bundle_beats_the_study_s_macro_f1_clearly(bundle: Bundle) -> None:
    assert scores_of(bundle, "scores")["macro_f1"] > 1.5 * 0.19
    assert all(figures["recall"] > 0.05 for figures in scores_of(bundle, "scores")["per_class"].values())


def test_both_names_have_the_same_weights() -> None:
    one, other = (load_bundle(name).digests for name in NAMES)
    assert one["weights.npz"] == other["weights.npz"]
    assert one["vocabulary.json"] == other["vocabulary.json"]


def test_the_golden_texts_are_ours_and_go_every_way(bundle: Bundle) -> None:
    cases = {case.text: case for case in bundle.golden.cases}
    assert tuple(cases) == TEXTS
    lengths = {len(case.ids) for case in cases.values()}
    assert {0, 100} <= lengths
    assert max(len(text.split()) for text in TEXTS) >= 150
    assert any("http" in text for text in TEXTS)
    assert any("@" in text for text in TEXTS)
    decided = {bundle.metadata.labels[int(np.argmax(case.probabilities))] for case in cases.values()}
    assert len(decided) >= 3


def test_a_shipped_bundle_tells_nothing_about_the_machine_that_made_it(bundle: Bundle) -> None:
    for name in ("bundle.json", "MODEL_CARD.md"):
        text = (bundle.path / name).read_text(encoding="utf-8")
        assert not re.search(r"(?<![\w.])/(?:\w+/)+", text), name
    words = json.loads((bundle.path / "vocabulary.json").read_text())["words"]
    assert all(re.fullmatch("[a-z0-9]+", word) for word in words)


@pytest.mark.data
def test_the_card_s_figures_are_those_of_the_study_s_test_split(bundle: Bundle, tweets_data: Path) -> None:
    tweets = read_brands(tweets_data / "brands.csv")
    split = split_rows(tweets.targets, load_preset("brands-bilstm").split)
    classifier = Classifier.load(bundle.metadata.name, engine="onnx", device="cpu")
    predicted = classifier.predict([classifier.encode(tweets.texts[row]).ids for row in split.test])
    assert not predicted.failed

    truth, training = tweets.targets[split.test], tweets.targets[split.train]
    ours = score(tweets.labels, truth, predicted.probabilities)
    constant = constant_scores(tweets.labels, truth, training)
    text = card(bundle)
    rows = (("macro-F1", "macro_f1"), ("accuracy", "accuracy"), ("AUC, flat", "auc_flat"))
    for title, key in (*rows, ("AUC, macro one-vs-rest", "auc_macro")):
        mine, theirs = dict(ours)[key], dict(constant)[key]
        assert scores_of(bundle, "scores")[key] == pytest.approx(mine, abs=1e-4)
        assert scores_of(bundle, "constant_prediction")[key] == pytest.approx(theirs, abs=1e-6)
        assert f"| {title} | {mine:.4f} | {theirs:.4f} |" in text
    for label, figures in ours["per_class"].items():
        ratios = " | ".join(f"{figures[key]:.3f}" for key in ("precision", "recall", "f1"))
        assert f"| {label} | {ratios} |" in text
    shares = np.bincount(training) / len(training)
    assert bundle.metadata.prior == pytest.approx(tuple(shares))
    assert "0.8272" in text
    assert "0.8303" in text

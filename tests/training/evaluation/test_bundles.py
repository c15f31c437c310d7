from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from model.bundle.metadata import Threshold
from model.classifier import Classifier
from model.errors import UsageError
from tests.factories import tiny_bundle
from training.data.splits import Split
from training.data.tweets import LabelledTweets
from training.evaluation.bundles import BundleCandidate

TEXTS = ("I love my ipad", "the battery is broken", "meh", "", "long line at the store", "great app unheard")
LABELS = ("hateful", "not_hateful")
NOTHING = np.empty(0, dtype=np.intp)


def tweets(labels: tuple[str, ...] = LABELS) -> LabelledTweets:
    return LabelledTweets(TEXTS, np.arange(6) % 2, labels, without_text=0, rows=np.arange(6))


def candidate(path: Path, threshold: Threshold | None = None) -> BundleCandidate:
    tiny_bundle(path, task="hate", labels=LABELS, prior=(0.07, 0.93), threshold=threshold)
    return BundleCandidate(Classifier.load(str(path), engine="onnx", device="cpu"))


@pytest.mark.parametrize("label", [None, *LABELS])
def test_it_answers_and_decides_as_it_would_serve(tmp_path: Path, label: str | None) -> None:
    probe = candidate(tmp_path / "probe")
    served = probe.classifier.classify(TEXTS)
    # Right at one tweet's probability, where a rounding would show.
    at = Threshold(label=label, value=served[1].probabilities[label]) if label else None
    found = candidate(tmp_path / "bundle", at)
    answer = found.answer(tweets(), Split(NOTHING, NOTHING, np.arange(6)), 0)
    served = found.classifier.classify(TEXTS)
    for one, probabilities in zip(served, answer.test.tolist(), strict=True):
        assert one.probabilities == dict(zip(LABELS, probabilities, strict=True))
    assert answer.threshold is not None
    decided = [LABELS[0] if row[0] >= answer.threshold else LABELS[1] for row in answer.test.tolist()]
    filled = [place for place, one in enumerate(served) if not one.empty]
    assert len(filled) == 5
    assert [decided[place] for place in filled] == [served[place].label for place in filled]


def test_unknown_words_are_those_of_its_vocabulary(tmp_path: Path) -> None:
    answer = candidate(tmp_path / "bundle").answer(tweets(), Split(NOTHING, NOTHING, np.array([0, 3, 5])), 0)
    assert answer.unknown_share is not None
    assert answer.unknown_share.tolist() == pytest.approx([0, 0, 1 / 3])


def test_words_that_are_cut_off_are_known_all_the_same(tmp_path: Path) -> None:
    long = replace(tweets(), texts=("ipad " * 30 + "unheard " * 10, *TEXTS[1:]))
    answer = candidate(tmp_path / "bundle").answer(long, Split(NOTHING, NOTHING, np.array([0])), 0)
    assert answer.unknown_share is not None
    assert answer.unknown_share.tolist() == pytest.approx([1 / 4])


def test_data_with_other_labels_are_refused(tmp_path: Path) -> None:
    found = candidate(tmp_path / "bundle")
    found.check(LABELS)
    with pytest.raises(UsageError, match=r"knows the labels hateful, not_hateful, the data a, b"):
        found.check(("a", "b"))


def test_another_version_is_another_candidate(tmp_path: Path) -> None:
    one = candidate(tmp_path / "one")
    tiny_bundle(tmp_path / "two", task="hate", labels=LABELS, prior=(0.07, 0.93), version="2")
    two = BundleCandidate(Classifier.load(str(tmp_path / "two"), engine="onnx", device="cpu"))
    assert (one.name, two.name) == ("tiny@1.0.0", "tiny@2")
    assert one.identity != two.identity


def test_other_weights_under_the_same_name_are_another_candidate(tmp_path: Path) -> None:
    found = []
    for seed in (1, 2):
        path = tiny_bundle(tmp_path / str(seed), seed=seed, task="hate", labels=LABELS, prior=(0.07, 0.93))
        found.append(BundleCandidate(Classifier.load(str(path), engine="onnx", device="cpu")))
    assert found[0].name == found[1].name
    assert found[0].identity != found[1].identity

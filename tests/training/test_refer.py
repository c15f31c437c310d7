"""A bundle gets its reference histograms without being trained anew."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from model.bundle.metadata import Threshold
from model.bundle.read import load_bundle
from model.classifier import Classifier
from model.errors import UsageError
from tests.factories import tiny_architecture, tiny_bundle
from tests.training.search import small
from training.cli import app
from training.data.datasets import read_tweets
from training.data.splits import split_rows
from training.data.tweets import class_shares
from training.presets.preset import load_preset
from training.refer import add_reference

PRESET = load_preset("hate-narrow")
LABELS = ("hateful", "not_hateful")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return small.write_tweets(tmp_path / "tweets.csv")


@pytest.fixture
def path(data: Path, tmp_path: Path) -> Path:
    """A bundle whose prior is that of the data's training part."""
    tweets = read_tweets("hate", data)
    shares = class_shares(tweets.targets[split_rows(tweets.targets, PRESET.split).train], 2)
    return tiny_bundle(
        tmp_path / "it",
        task="hate",
        labels=LABELS,
        prior=tuple(shares.tolist()),
        architecture=tiny_architecture(outputs=2),
        threshold=Threshold(label="hateful", value=0.3),
    )


def contents(bundle: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in bundle.iterdir()}


def test_the_reference_counts_the_test_part_as_the_bundle_labels_it(path: Path, data: Path) -> None:
    before, untouched = contents(path), load_bundle(path).metadata
    reference = add_reference(load_bundle(path), PRESET, data)
    after = load_bundle(path)
    assert after.metadata.reference == reference

    tweets = read_tweets("hate", data)
    texts = [tweets.texts[row] for row in split_rows(tweets.targets, PRESET.split).test]
    labels = [one.label for one in Classifier.build(after, engine="onnx").classify(texts)]
    assert reference.tweets == len(texts)
    assert reference.labels == {label: labels.count(label) for label in LABELS}

    changed = {name for name, content in contents(path).items() if content != before[name]}
    assert changed == {"bundle.json", "manifest.json"}
    assert after.metadata.model_copy(update={"reference": None}) == untouched


def test_it_replaces_a_reference_and_a_signature_that_no_longer_holds(path: Path, data: Path) -> None:
    add_reference(load_bundle(path), PRESET, data)
    once = contents(path)
    (path / "manifest.json.sig").write_bytes(b"made over another manifest")
    done = CliRunner().invoke(
        app, ["reference", str(path), "--preset", "hate-narrow", "--data", str(data)], catch_exceptions=False
    )
    assert done.exit_code == 0
    assert "sign it again" in done.stderr
    assert contents(path) == once


def test_another_task_s_preset_is_refused(path: Path, data: Path) -> None:
    with pytest.raises(UsageError, match="preset 'brands-bilstm' is of task 'brands', bundle 'tiny' of 'hate'"):
        add_reference(load_bundle(path), load_preset("brands-bilstm"), data)


def test_data_that_it_was_not_trained_on_are_refused_and_the_bundle_stays_as_it_is(path: Path, tmp_path: Path) -> None:
    before = contents(path)
    other = small.write_tweets(tmp_path / "others.csv", rows=200)
    with pytest.raises(UsageError, match=r"of others\.csv under preset 'hate-narrow' has the class shares"):
        add_reference(load_bundle(path), PRESET, other)
    assert contents(path) == before

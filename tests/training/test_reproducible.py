"""One seed, one set of weights: on the real data, with real presets."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from tests.training.small_run import Silent
from training.checkpoint import Checkpoint
from training.data.datasets import read_tweets
from training.data.splits import split_rows, thinned
from training.prepare import Prepared, prepare
from training.presets.preset import load_preset
from training.train import train

pytestmark = [pytest.mark.slow, pytest.mark.data, pytest.mark.timeout(1800)]

EPOCHS = 2


class StoppedError(Exception):
    pass


@dataclass
class StoppingOnce(Silent):
    """Stops a run in the middle of its second epoch."""

    batches: int = field(default=0, init=False)

    def begin(self, *, first_epoch: int, epochs: int, batches: int) -> None:
        del first_epoch, epochs
        self.batches = batches

    def batch_done(self, epoch: int, batch: int) -> None:
        if (epoch, batch) == (2, max(1, self.batches // 2)):
            raise StoppedError


def prepared(name: str, file: str, subset: float, tweets_data: Path) -> Prepared:
    preset = load_preset(name).changed(max_epochs=EPOCHS)
    tweets = read_tweets(preset.data, tweets_data / file)
    split = thinned(split_rows(tweets.targets, preset.split), tweets.targets, subset, preset.seed)
    return prepare(preset, tweets, split, glove=tweets_data)


def assert_same(one: Checkpoint, other: Checkpoint) -> None:
    for name, array in one.weights.items():
        assert np.array_equal(array, other.weights[name]), name
    losses = [[epoch["loss"], epoch["validation_loss"]] for epoch in one.history]
    assert losses == [[epoch["loss"], epoch["validation_loss"]] for epoch in other.history]


@pytest.mark.usefixtures("nltk_corpora")
@pytest.mark.parametrize(
    ("name", "file", "subset"),
    [("brands-bilstm", "brands.csv", 1.0), ("brands-tfidf", "brands.csv", 1.0), ("hate-base", "hate_train.csv", 0.05)],
)
def test_trained_twice_and_stopped_in_mid_epoch_the_weights_are_the_same(
    name: str, file: str, subset: float, tweets_data: Path, tmp_path: Path
) -> None:
    run = prepared(name, file, subset, tweets_data)
    unbroken = train(run, tmp_path / "one", Silent())
    assert len(unbroken.history) == EPOCHS
    assert_same(train(run, tmp_path / "two", Silent()), unbroken)
    with pytest.raises(StoppedError):
        train(run, tmp_path / "broken", StoppingOnce())
    assert_same(train(run, tmp_path / "broken", Silent()), unbroken)

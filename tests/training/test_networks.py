"""Networks of the kinds that the hate presets and the TF-IDF presets have, small."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from model.architecture.config import LSTM, Architecture, BatchNormalization, Dense, Dropout, EmbeddingConfig
from tests.training import small_run
from training.batches import Examples
from training.checkpoint import Checkpoint
from training.inputs import FeatureRows
from training.learner import Learner
from training.loop import Loop
from training.networks import FeatureNetwork, Network, RecurrentNetwork
from training.precision import Precision

COLUMNS = 9
SIGMOID = RecurrentNetwork(
    Architecture(
        embedding=EmbeddingConfig(rows=13, dimension=4, trainable=True, columns=COLUMNS),
        layers=(
            LSTM(units=3, bidirectional=True, dropout=0.3),
            BatchNormalization(),
            Dense(units=5, activation="relu", l2=0.01),
            Dropout(rate=0.2),
            Dense(units=1, activation="sigmoid"),
        ),
    )
)
FEATURES = FeatureNetwork(
    6, (Dense(units=5, activation="relu"), BatchNormalization(), Dense(units=4, activation="softmax"))
)


def feature_examples(count: int, seed: int) -> Examples:
    random = np.random.default_rng(seed)
    targets = random.integers(0, 4, size=count)
    matrix = random.uniform(size=(count, 6)).astype(np.float32)
    matrix[np.arange(count), targets] += 2
    return Examples(FeatureRows(csr_matrix(matrix)), targets, np.ones(count, dtype=np.float32))


def parts(network: Network) -> tuple[Examples, Examples]:
    if network is FEATURES:
        return feature_examples(64, 1), feature_examples(20, 2)
    return (
        small_run.examples(64, 1, labels=2, columns=COLUMNS),
        small_run.examples(20, 2, labels=2, columns=COLUMNS),
    )


class StoppedError(Exception):
    pass


class Stopping(small_run.Silent):
    """Stops a run in mid-epoch."""

    def batch_done(self, epoch: int, batch: int) -> None:
        if (epoch, batch) == (2, 2):
            raise StoppedError


def run(
    network: Network, work_dir: Path, reporter: small_run.Silent, precision: Precision = Precision.FLOAT32
) -> Checkpoint:
    settings = small_run.FIT.model_copy(update={"max_epochs": 3})
    learner = Learner(network, settings, seed=3, precision=precision)
    return Loop(learner, *parts(network), settings, 3, reporter, clock=lambda: 0.0).train({"run": "small"}, work_dir)


@pytest.mark.parametrize("network", [SIGMOID, FEATURES], ids=["sigmoid", "features"])
def test_stopped_in_mid_epoch_and_continued_it_ends_as_an_unbroken_run(network: Network, tmp_path: Path) -> None:
    unbroken = run(network, tmp_path / "unbroken", small_run.Silent())
    with pytest.raises(StoppedError):
        run(network, tmp_path / "broken", Stopping())
    continued = run(network, tmp_path / "broken", small_run.Silent())
    assert continued.history == unbroken.history
    assert all(np.array_equal(array, continued.weights[name]) for name, array in unbroken.weights.items())
    assert continued.history[-1]["loss"] < continued.history[0]["loss"]


@pytest.fixture(scope="module")
def sigmoid() -> Learner:
    return Learner(SIGMOID, small_run.FIT, seed=3)


def test_one_sigmoid_answers_for_the_first_of_two_labels(sigmoid: Learner) -> None:
    examples = small_run.examples(64, 1, labels=2, columns=COLUMNS)
    first = replace(examples, targets=np.zeros(64, dtype=np.intp))
    for _ in range(30):
        sigmoid.learn(first, np.arange(64))
    probabilities = sigmoid.predict(examples.inputs)
    assert probabilities.shape == (64, 2)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-6)
    assert probabilities[:, 0].mean() > 0.6


def test_an_lstm_s_own_dropout_is_restarted_with_the_epoch(sigmoid: Learner) -> None:
    weights, optimizer = sigmoid.weights(), sigmoid.optimizer_state()
    examples = small_run.examples(64, 1, labels=2, columns=COLUMNS)

    def loss(epoch: int) -> float:
        sigmoid.restore(weights, optimizer)
        sigmoid.begin_epoch(seed=1, epoch=epoch)
        return sigmoid.learn(examples, np.arange(64))

    first = loss(1)
    assert loss(2) != first
    assert loss(1) == first


def test_mixed_precision_keeps_weights_of_32_bits_and_learns_nearly_the_same(tmp_path: Path) -> None:
    exact = run(SIGMOID, tmp_path / "exact", small_run.Silent())
    mixed = run(SIGMOID, tmp_path / "mixed", small_run.Silent(), Precision.BFLOAT16)
    assert all(array.dtype == np.float32 for array in mixed.weights.values())
    assert mixed.history[-1]["loss"] != exact.history[-1]["loss"]
    assert mixed.history[-1]["loss"] == pytest.approx(exact.history[-1]["loss"], rel=0.1)
    # The policy is this network's, not the process's.
    assert Learner(SIGMOID, small_run.FIT, seed=3).weights().keys() == exact.weights.keys()


def test_the_names_of_a_feature_network_s_weights_follow_from_its_layers() -> None:
    learner = Learner(FEATURES, small_run.FIT, seed=3)
    assert FEATURES.output_bias == "dense_2.bias"
    learner.start_from({FEATURES.output_bias: np.array([1, 2, 3, 4], dtype=np.float32)})
    weights = learner.weights()
    assert weights["dense_2.bias"].tolist() == [1, 2, 3, 4]
    assert weights["dense_0.kernel"].shape == (6, 5)

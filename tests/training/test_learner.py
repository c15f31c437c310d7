from dataclasses import replace

import numpy as np
import pytest

from model.architecture.weights import Weights
from tests.training import small_run
from training.batches import Examples
from training.checkpoint import Arrays
from training.inputs import TokenRows
from training.learner import Learner
from training.networks import RecurrentNetwork

ALL = np.arange(100)


@pytest.fixture(scope="module")
def built() -> tuple[Learner, Weights, Arrays]:
    learner = Learner(RecurrentNetwork(small_run.ARCHITECTURE), small_run.FIT, seed=3)
    return learner, learner.weights(), learner.optimizer_state()


@pytest.fixture
def learner(built: tuple[Learner, Weights, Arrays]) -> Learner:
    learner, weights, optimizer = built
    learner.restore(weights, optimizer)
    learner.begin_epoch(seed=1, epoch=1)
    return learner


def test_the_seed_decides_the_initial_weights() -> None:
    kernels = [
        Learner(RecurrentNetwork(small_run.ARCHITECTURE), small_run.FIT, seed=seed).weights()["dense_1.kernel"]
        for seed in (3, 3, 4)
    ]
    assert np.array_equal(kernels[0], kernels[1])
    assert not np.array_equal(kernels[0], kernels[2])


def test_embedding_and_output_bias_start_where_they_are_told_and_nothing_else_moves(learner: Learner) -> None:
    before = learner.weights()
    embedding = np.arange(13 * 4, dtype=np.float32).reshape(13, 4)
    bias = np.array([4, 3, 2, 1], dtype=np.float32)
    learner.start_from({"embedding": embedding, "dense_3.bias": bias})
    after = learner.weights()
    assert np.array_equal(after.pop("embedding"), embedding)
    assert np.array_equal(after.pop("dense_3.bias"), bias)
    assert all(np.array_equal(array, before[name]) for name, array in after.items())


def test_a_frozen_embedding_does_not_learn_and_the_rest_does(learner: Learner) -> None:
    before = learner.weights()
    learner.learn(small_run.examples(100, 1), ALL)
    after = learner.weights()
    assert np.array_equal(after["embedding"], before["embedding"])
    assert not np.array_equal(after["lstm_0.backward.kernel"], before["lstm_0.backward.kernel"])


def test_trimming_a_batch_to_its_longest_row_changes_no_step(learner: Learner) -> None:
    weights, optimizer = learner.weights(), learner.optimizer_state()
    examples = small_run.examples(100, 1)
    assert isinstance(examples.inputs, TokenRows)
    wide = replace(examples, inputs=replace(examples.inputs, columns=100))
    assert (examples.inputs.take(ALL).shape, wide.inputs.take(ALL).shape) == ((100, 9), (100, 100))

    def after_a_step(examples: Examples) -> tuple[float, Weights]:
        learner.restore(weights, optimizer)
        learner.begin_epoch(seed=1, epoch=1)
        return learner.learn(examples, ALL), learner.weights()

    trimmed_loss, trimmed = after_a_step(examples)
    loss, full = after_a_step(wide)
    assert trimmed_loss == pytest.approx(loss, abs=1e-6)
    for name, array in full.items():
        np.testing.assert_allclose(trimmed[name], array, atol=1e-6, err_msg=name)


def test_a_weight_multiplies_its_tweet_s_loss(learner: Learner) -> None:
    weights, optimizer = learner.weights(), learner.optimizer_state()
    plain = replace(small_run.examples(100, 1), weights=np.ones(100, dtype=np.float32))
    doubled = replace(plain, weights=np.full(100, 2, dtype=np.float32))
    alone = replace(plain, weights=np.eye(100, dtype=np.float32)[0])

    def first_loss(examples: Examples) -> float:
        learner.restore(weights, optimizer)
        learner.begin_epoch(seed=1, epoch=1)
        return learner.learn(examples, ALL)

    assert first_loss(doubled) == pytest.approx(2 * first_loss(plain), rel=1e-5)
    assert 0 < first_loss(alone) < first_loss(plain)


def test_dropout_depends_on_seed_and_epoch_not_on_what_ran_before(learner: Learner) -> None:
    examples = small_run.examples(100, 1)
    weights, optimizer = learner.weights(), learner.optimizer_state()

    def loss(seed: int, epoch: int) -> float:
        learner.restore(weights, optimizer)
        learner.begin_epoch(seed=seed, epoch=epoch)
        return learner.learn(examples, ALL)

    first = loss(1, 1)
    assert loss(1, 2) != first
    assert loss(2, 1) != first
    assert loss(1, 1) == first


def test_predictions_come_back_in_the_order_of_the_rows(learner: Learner) -> None:
    inputs = small_run.examples(40, 5).inputs
    assert isinstance(inputs, TokenRows)
    learner.start_from({"embedding": np.random.default_rng(1).normal(size=(13, 4)).astype(np.float32)})
    together = learner.predict(inputs)
    one_by_one = np.concatenate([learner.predict(TokenRows((row,))) for row in inputs.rows])
    np.testing.assert_allclose(together, one_by_one, atol=1e-6)
    assert np.ptp(together[:, 0]) > 1e-3

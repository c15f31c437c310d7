import numpy as np
import pytest

from model.architecture.config import EMBEDDING, NGRAMS
from model.architecture.weights import Weights
from model.preprocessing.vocabulary import Vocabulary
from tests.training.flagship.small import config
from training.checkpoint import Arrays
from training.flagship.learner import SoftLearner

CONFIG = config(weight_decay=0.5, averaging=0.5)
ARCHITECTURE = CONFIG.architecture(Vocabulary.of_words(["<unk>", "<url>", "<user>", "a", "b"], ["s"]), 3)
IDS = np.array([[1, 2, 3], [4, 5, 0]], np.int32)
TARGETS = np.array([[0.2, 0.3, 0.5], [0, 1, 0]], np.float32)
ONES = np.ones(2, np.float32)


@pytest.fixture(scope="module")
def made() -> tuple[SoftLearner, Weights, Arrays]:
    learner = SoftLearner(ARCHITECTURE, CONFIG)
    learner.start_from({})
    return learner, learner.weights(), learner.state()


@pytest.fixture
def learner(made: tuple[SoftLearner, Weights, Arrays]) -> SoftLearner:
    made[0].restore(made[1], made[2])
    made[0].begin_epoch(seed=1, epoch=1)
    return made[0]


def test_the_average_is_what_answers_and_moves_by_its_share(learner: SoftLearner) -> None:
    before, answers = learner.averaged_weights(), learner.predict(IDS)
    learner.learn(IDS, TARGETS, ONES, learning_rate=0.01, averaging=1.0)
    np.testing.assert_array_equal(learner.predict(IDS), answers)
    learner.learn(IDS, TARGETS, ONES, learning_rate=0.01, averaging=0.75)
    latest = learner.weights()
    for name, array in learner.averaged_weights().items():
        np.testing.assert_allclose(array, 0.75 * before[name] + 0.25 * latest[name], atol=1e-6, err_msg=name)
    assert not np.array_equal(learner.predict(IDS), answers)


def test_kernels_decay_and_neither_tables_nor_biases_do(learner: SoftLearner) -> None:
    table = np.ones_like(learner.weights()[NGRAMS])
    learner.start_from({"lstm_2.forward.bias": np.ones(24, np.float32), NGRAMS: table})
    before = learner.weights()
    learner.learn(IDS, TARGETS, np.zeros(2, np.float32), learning_rate=0.1, averaging=0.0)
    for name, array in learner.weights().items():
        kept = 1.0 if name in (EMBEDDING, NGRAMS) or name.endswith("bias") else 1 - 0.1 * 0.5
        np.testing.assert_allclose(array, kept * before[name], atol=1e-6, err_msg=name)


def test_a_weight_multiplies_its_text_s_loss(learner: SoftLearner) -> None:
    def loss(weights: list[float]) -> float:
        learner.begin_epoch(seed=1, epoch=1)
        return learner.learn(IDS, TARGETS, np.array(weights, np.float32), learning_rate=0.0, averaging=1.0)

    first, second, both = loss([1, 0]), loss([0, 1]), loss([1, 1])
    assert both == pytest.approx(first + second, rel=1e-5)
    assert loss([0, 3]) == pytest.approx(3 * second, rel=1e-5)


def test_it_learns_soft_targets_as_they_are(learner: SoftLearner) -> None:
    for _ in range(300):
        learner.learn(IDS, TARGETS, ONES, learning_rate=0.03, averaging=0.5)
    np.testing.assert_allclose(learner.predict(IDS), TARGETS, atol=0.12)


def test_going_back_takes_the_same_steps_again(learner: SoftLearner) -> None:
    def steps() -> list[float]:
        learner.begin_epoch(seed=1, epoch=2)
        return [learner.learn(IDS, TARGETS, ONES, learning_rate=0.01, averaging=0.9) for _ in range(3)]

    learner.learn(IDS, TARGETS, ONES, learning_rate=0.01, averaging=0.9)
    weights, state = learner.weights(), learner.state()
    first, average = steps(), learner.averaged_weights()
    learner.restore(weights, state)
    assert steps() == first
    for name, array in learner.averaged_weights().items():
        np.testing.assert_array_equal(array, average[name], err_msg=name)

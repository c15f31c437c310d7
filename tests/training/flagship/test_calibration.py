import numpy as np
import numpy.typing as npt
import pytest

from model.architecture.config import NGRAMS, Ngrams
from model.engines.onnx import OnnxEngine
from model.rows import padded_rows
from tests.factories import random_weights, tiny_architecture
from training.flagship.calibration import (
    fit_temperature,
    fit_temperature_and_bias,
    rounded,
    soft_cross_entropy,
    with_temperature,
)
from training.flagship.transfer import TransferSet


def softmax(logits: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares: npt.NDArray[np.float64] = powers / powers.sum(axis=1, keepdims=True)
    return shares


def sure_by(factor: float, texts: int = 4_000) -> tuple[npt.NDArray[np.float64], TransferSet]:
    """Probabilities that are too sure by a factor, and labels that come as the right ones say."""
    random = np.random.default_rng(67)
    logits = random.normal(size=(texts, 3)) * 2
    labels = np.array([random.choice(3, p=row) for row in softmax(logits)])
    targets = np.eye(3, dtype=np.float32)[labels]
    return softmax(logits * factor), TransferSet([""] * texts, targets, np.ones(texts, np.float32))


@pytest.mark.parametrize("factor", [0.5, 1.0, 3.0])
def test_the_temperature_takes_back_what_is_too_sure(factor: float) -> None:
    probabilities, truth = sure_by(factor)
    temperature = fit_temperature(probabilities, truth)
    assert temperature == pytest.approx(factor, rel=0.1)
    losses = [soft_cross_entropy(probabilities, truth, temperature * by) for by in (0.9, 1, 1.1)]
    assert losses[1] == min(losses)


def test_a_few_right_answers_do_not_make_all_answers_sure() -> None:
    truth = TransferSet(["a", "b"], np.eye(2, dtype=np.float32), np.ones(2, np.float32))
    assert fit_temperature(np.array([[0.6, 0.4], [0.4, 0.6]]), truth) == pytest.approx(0.1)


def test_temperature_and_bias_take_back_what_is_too_sure_and_what_a_class_lacks() -> None:
    probabilities, truth = sure_by(2.0)
    lacking = np.array([-0.8, 0.5, 0.3])
    temperature, bias = fit_temperature_and_bias(softmax(np.log(probabilities) + 2.0 * lacking), truth)
    assert temperature == pytest.approx(2.0, rel=0.1)
    np.testing.assert_allclose(bias, -lacking, rtol=0, atol=0.15)
    assert bias.sum() == pytest.approx(0)


@pytest.mark.parametrize("classes", [2, 3])
def test_a_class_that_no_label_names_is_not_ruled_out(classes: int) -> None:
    truth = TransferSet(["a", "b"], np.eye(classes, dtype=np.float32)[[0, 0]], np.ones(2, np.float32))
    given = np.full((2, classes), 0.4 / (classes - 1))
    given[:, 0] = 0.6
    temperature, bias = fit_temperature_and_bias(given, truth)
    assert 0.0999 <= temperature <= 10
    assert 1 < np.ptp(bias) <= 4.0001
    assert bias.sum() == pytest.approx(0)


def test_the_loss_is_the_weighted_mean_of_the_cross_entropies() -> None:
    truth = TransferSet(["a", "b"], np.array([[1, 0], [0.5, 0.5]], np.float32), np.array([1, 3], np.float32))
    expected = (-np.log(0.8) + 3 * -(0.5 * np.log(0.3) + 0.5 * np.log(0.7))) / 4
    assert soft_cross_entropy(np.array([[0.8, 0.2], [0.3, 0.7]]), truth) == pytest.approx(expected)
    assert np.isfinite(soft_cross_entropy(np.array([[0.0, 1.0], [0.3, 0.7]]), truth))


@pytest.mark.parametrize("ngrams", [None, Ngrams(longest=2, buckets=50)])
def test_a_network_with_a_temperature_answers_as_its_scaled_logits_do(ngrams: Ngrams | None) -> None:
    architecture = tiny_architecture().model_copy(update={"ngrams": ngrams})
    weights = random_weights(architecture)
    if ngrams is not None:
        # A power of two leaves what 16 bits can hold as it is.
        weights[NGRAMS] = rounded(weights[NGRAMS])
    rows = padded_rows([[1, 2, 3], [4]])
    plain = OnnxEngine(architecture, weights, threads=1).predict(*rows)
    scaled = OnnxEngine(architecture, with_temperature(architecture, weights, 2), threads=1).predict(*rows)
    np.testing.assert_allclose(scaled, softmax(np.log(plain.astype(np.float64)) / 2), rtol=0, atol=1e-5)
    bias = np.arange(architecture.outputs) / 4
    shifted = OnnxEngine(architecture, with_temperature(architecture, weights, 2, bias), threads=1).predict(*rows)
    np.testing.assert_allclose(shifted, softmax(np.log(plain.astype(np.float64)) / 2 + bias), rtol=0, atol=1e-5)

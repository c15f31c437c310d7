import numpy as np
import pytest

from model.architecture.config import BatchNormalization
from model.architecture.weights import Weights, checked
from tests.factories import random_weights, tiny_architecture

ARCHITECTURE = tiny_architecture()


@pytest.fixture
def weights() -> Weights:
    return random_weights(ARCHITECTURE)


def test_weights_come_back_in_the_declared_order(weights: Weights) -> None:
    assert list(checked(ARCHITECTURE, dict(reversed(weights.items())))) == list(ARCHITECTURE.weight_shapes())


def test_a_missing_array_is_named(weights: Weights) -> None:
    del weights["dense_2.bias"]
    with pytest.raises(ValueError, match=r"'dense_2.bias' is missing"):
        checked(ARCHITECTURE, weights)


def test_an_array_too_many_is_named(weights: Weights) -> None:
    weights["lstm_9.kernel"] = np.zeros(1, np.float32)
    with pytest.raises(ValueError, match=r"'lstm_9.kernel' does not belong"):
        checked(ARCHITECTURE, weights)


def test_an_array_of_another_shape_is_told_apart_from_the_one_expected(weights: Weights) -> None:
    weights["dense_4.kernel"] = weights["dense_4.kernel"][:, :3]
    with pytest.raises(ValueError, match=r"'dense_4.kernel' should be float32 \[4, 4\], received float32 \[4, 3\]"):
        checked(ARCHITECTURE, weights)


def test_an_array_of_another_type_is_refused(weights: Weights) -> None:
    doubles = weights | {"embedding": weights["embedding"].astype(np.float64)}
    with pytest.raises(ValueError, match="received float64"):
        checked(ARCHITECTURE, doubles)


def test_a_variance_below_0_is_refused() -> None:
    architecture = tiny_architecture()
    architecture = architecture.model_copy(update={"layers": (BatchNormalization(), *architecture.layers)})
    weights = random_weights(architecture)
    assert checked(architecture, weights)
    weights["batch_normalization_0.moving_variance"][1] = -1e-3
    with pytest.raises(ValueError, match=r"'batch_normalization_0.moving_variance' has variances below 0"):
        checked(architecture, weights)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_an_array_with_a_number_that_is_not_finite_is_refused(weights: Weights, value: float) -> None:
    weights["lstm_1.forward.bias"][2] = value
    with pytest.raises(ValueError, match=r"'lstm_1.forward.bias' has values that are not finite"):
        checked(ARCHITECTURE, weights)

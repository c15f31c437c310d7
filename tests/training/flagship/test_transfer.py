import numpy as np
import pytest

from training.flagship.transfer import TransferSet

TARGETS = np.array([[0.2, 0.8], [1.0, 0.0]], dtype=np.float32)
WEIGHTS = np.ones(2, dtype=np.float32)


def test_texts_targets_and_weights_that_fit_are_taken() -> None:
    assert len(TransferSet(["a", "b"], TARGETS, WEIGHTS)) == 2
    assert len(TransferSet([], np.empty((0, 2), np.float32), np.empty(0, np.float32))) == 0


@pytest.mark.parametrize(
    ("targets", "weights", "says"),
    [
        (TARGETS[:1], WEIGHTS, "do not fit 2 texts"),
        (TARGETS, WEIGHTS[:1], "do not fit 2 texts"),
        (TARGETS[:, 0], WEIGHTS, "do not fit 2 texts"),
        (TARGETS.astype(np.float64), WEIGHTS, "must be float32"),
        (TARGETS, WEIGHTS.astype(np.float64), "must be float32"),
        (TARGETS * np.float32(0.9), WEIGHTS, "do not sum to 1"),
        (TARGETS + np.array([[0.5, -0.5]], np.float32) * 2, WEIGHTS, "is no probability"),
        (TARGETS * np.float32(np.nan), WEIGHTS, "is no probability"),
        (TARGETS, -WEIGHTS, "negative or not finite"),
        (TARGETS, WEIGHTS * np.float32(np.inf), "negative or not finite"),
    ],
)
def test_what_does_not_fit_is_refused(targets: np.ndarray, weights: np.ndarray, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        TransferSet(["a", "b"], targets, weights)

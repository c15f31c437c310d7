from typing import Any

import numpy as np
import pytest

from training.flagship.transfer import TransferSet

FINE: dict[str, Any] = {
    "texts": ("a", "b"),
    "targets": np.array([[0.25, 0.75], [1, 0]], np.float32),
    "weights": np.array([1, 0], np.float32),
}


def test_soft_targets_and_labels_alike_are_fine() -> None:
    assert len(TransferSet(**FINE)) == 2


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"texts": ("a",)}, r"1 texts should have targets \[1, classes\]"),
        ({"targets": np.ones(2, np.float32)}, r"received \[2\] and \[2\]"),
        ({"weights": np.ones((2, 1), np.float32)}, r"received \[2, 2\] and \[2, 1\]"),
        ({"targets": np.array([[0.25, 0.75], [1, 0]])}, "should be float32, received float64 and float32"),
        ({"weights": np.array([1, 2])}, "should be float32, received float32 and int64"),
        ({"targets": np.array([[0.25, 0.75], [1, 1]], np.float32)}, "at least 0 and 1 in all"),
        ({"targets": np.array([[0.25, 0.75], [2, -1]], np.float32)}, "at least 0 and 1 in all"),
        ({"targets": np.array([[0.25, 0.75], [np.nan, 1]], np.float32)}, "at least 0 and 1 in all"),
        ({"weights": np.array([1, -1], np.float32)}, "finite and at least 0"),
        ({"weights": np.array([1, np.nan], np.float32)}, "finite and at least 0"),
        ({"weights": np.array([1, np.inf], np.float32)}, "finite and at least 0"),
    ],
)
def test_parts_that_do_not_fit_are_refused(changes: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        TransferSet(**(FINE | changes))

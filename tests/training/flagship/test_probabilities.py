import numpy as np
import pytest

from training.flagship.probabilities import calibrated, heated, honest_temperature, softmax, tilted

RANDOM = np.random.default_rng(67)
SCORES = RANDOM.normal(0, 1.5, size=(20_000, 3))
TRUE = softmax(2 * SCORES + np.array([1.0, 0.0, -1.0]))
TRUTH = (RANDOM.random((len(TRUE), 1)) > TRUE.cumsum(axis=1)).sum(axis=1)
ONE_HOT = np.eye(3)[TRUTH]


def test_the_scale_and_the_offsets_that_made_the_labels_are_found() -> None:
    found = calibrated(SCORES, ONE_HOT)
    assert found.scale == pytest.approx(2, rel=0.05)
    assert found.offsets - found.offsets[1] == pytest.approx([1, 0, -1], abs=0.1)
    assert found.probabilities(SCORES) == pytest.approx(TRUE, abs=0.02)


def test_a_class_that_is_missing_and_classes_all_told_apart_leave_it_finite() -> None:
    apart = np.array([[9.0, 0, 0], [0, 9.0, 0]] * 5)
    found = calibrated(apart, np.eye(3)[[0, 1] * 5])
    assert np.isfinite([found.scale, *found.offsets]).all()
    assert found.probabilities(apart).sum(axis=1) == pytest.approx(1)


def test_tilting_by_the_whole_share_makes_an_uninformed_answer_even() -> None:
    prior = np.array([0.9, 0.09, 0.01])
    uninformed = np.tile(prior, (4, 1))
    assert tilted(uninformed, prior, 1.0) == pytest.approx(np.full((4, 3), 1 / 3))
    assert tilted(uninformed, prior, 0.0) == pytest.approx(uninformed)
    half = tilted(uninformed, prior, 0.5)[0]
    assert half[0] > half[1] > half[2] > 0.01


def test_heat_flattens_and_keeps_the_order() -> None:
    hot, cold = heated(TRUE, 3.0), heated(TRUE, 0.5)
    assert (hot.max(axis=1) <= TRUE.max(axis=1) + 1e-12).all()
    assert (cold.max(axis=1) >= TRUE.max(axis=1) - 1e-12).all()
    assert np.array_equal(hot.argsort(axis=1), TRUE.argsort(axis=1))
    assert heated(TRUE, 1.0) == pytest.approx(TRUE)


@pytest.mark.parametrize("off", [0.5, 1.0, 2.0])
def test_the_honest_temperature_undoes_too_much_and_too_little_confidence(off: float) -> None:
    found = honest_temperature(heated(TRUE, off), TRUTH)
    assert found == pytest.approx(1 / off, rel=0.05)
    confident = heated(heated(TRUE, off), found)
    assert confident.max(axis=1).mean() == pytest.approx((TRUE.argmax(axis=1) == TRUTH).mean(), abs=0.001)

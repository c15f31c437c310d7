import numpy as np
import pytest

from training.flagship.ensemble import Ensemble, choose
from training.flagship.probabilities import softmax
from training.flagship.recipe import EnsembleConfig

RANDOM = np.random.default_rng(67)
COUNT = 600
PRIOR = np.array([0.6, 0.3, 0.1])
TRUTH = RANDOM.choice(3, size=COUNT, p=PRIOR)
ONE_HOT = np.eye(3)[TRUTH]
SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)


def knowing(how_much: float, seed: int) -> np.ndarray:
    """Logits that know the truth more or less, at a scale of their own."""
    return 5 * how_much * ONE_HOT + 5 * np.random.default_rng(seed).normal(size=(COUNT, 3)) + seed


def config(tilt: float = 0.0, shares: tuple[float, ...] = SHARES) -> EnsembleConfig:
    return EnsembleConfig(shares=shares, tilt=tilt)


def right(ensemble: Ensemble, linear: np.ndarray, encoders: list[np.ndarray]) -> float:
    return float((ensemble.probabilities(linear, encoders).argmax(axis=1) == TRUTH).mean())


def test_who_knows_all_gets_the_whole_share() -> None:
    noise = knowing(0, 1)
    assert choose(noise, [knowing(5, 2)], TRUTH, PRIOR, config()).share == 1
    assert choose(knowing(5, 2), [noise], TRUTH, PRIOR, config()).share == 0


def test_two_that_know_different_things_know_more_together() -> None:
    linear, encoder = knowing(1.5, 1), knowing(1.5, 2)
    together = choose(linear, [encoder], TRUTH, PRIOR, config())
    assert 0 < together.share < 1
    alone = choose(linear, [encoder], TRUTH, PRIOR, config(shares=(0.0,)))
    assert right(together, linear, [encoder]) > right(alone, linear, [encoder]) + 0.03


def test_encoders_of_several_seeds_are_averaged() -> None:
    encoders = [knowing(1, seed) for seed in (2, 3, 4)]
    noise = knowing(0, 1)
    one, three = (choose(noise, some, TRUTH, PRIOR, config(shares=(1.0,))) for some in (encoders[:1], encoders))
    assert right(three, noise, encoders) > right(one, noise, encoders[:1]) + 0.03


def test_what_is_added_to_all_logits_of_a_text_or_multiplies_a_teacher_s_changes_nothing() -> None:
    linear, encoder = knowing(1, 1), knowing(1, 2)
    plain = choose(linear, [encoder], TRUTH, PRIOR, config()).probabilities(linear, [encoder])
    shifted = linear + RANDOM.normal(size=(COUNT, 1))
    moved = choose(shifted, [encoder], TRUTH, PRIOR, config()).probabilities(shifted, [encoder])
    assert moved == pytest.approx(plain, abs=1e-9)


def test_the_probabilities_are_as_often_right_as_they_say() -> None:
    linear, encoder = 10 * knowing(1, 1), knowing(1, 2)
    found = choose(linear, [encoder], TRUTH, PRIOR, config()).probabilities(linear, [encoder])
    assert found.sum(axis=1) == pytest.approx(1)
    assert found.max(axis=1).mean() == pytest.approx((found.argmax(axis=1) == TRUTH).mean(), abs=0.03)
    assert found.mean(axis=0) == pytest.approx(ONE_HOT.mean(axis=0), abs=0.01)


def test_a_tilt_names_rare_classes_more_often_and_stays_honest() -> None:
    linear = knowing(0.7, 1)
    plain, more = (choose(linear, [], TRUTH, PRIOR, config(tilt)).probabilities(linear, []) for tilt in (0.0, 0.7))
    assert (more.argmax(axis=1) == 2).sum() > 1.5 * (plain.argmax(axis=1) == 2).sum()
    assert more.max(axis=1).mean() == pytest.approx((more.argmax(axis=1) == TRUTH).mean(), abs=0.005)


def test_without_encoders_the_linear_teacher_is_alone() -> None:
    alone = choose(knowing(1, 1), [], TRUTH, PRIOR, config())
    assert (alone.share, alone.encoders) == (0, None)


def test_a_teacher_that_says_the_same_of_every_text_does_no_harm() -> None:
    linear, flat = knowing(2, 1), np.zeros((COUNT, 3))
    found = choose(linear, [flat], TRUTH, PRIOR, config()).probabilities(linear, [flat])
    assert np.isfinite(found).all()
    assert (found.argmax(axis=1) == TRUTH).mean() > 0.8


def test_chosen_on_some_texts_it_answers_others() -> None:
    linear, encoder = knowing(1.5, 1), knowing(1.5, 2)
    first = slice(COUNT // 2)
    ensemble = choose(linear[first], [encoder[first]], TRUTH[first], PRIOR, config())
    assert right(ensemble, linear, [encoder]) > (softmax(linear).argmax(axis=1) == TRUTH).mean()

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.engines.base import Ids, Lengths, Outputs
from model.errors import EngineError
from model.isolation import Canary, predict_isolating
from model.rows import padded_rows

GOLDEN = 7
POISON = 666
SCALE = np.float32(1000)
"""Outputs must look like probabilities."""


class FakeEngine:
    """Answers each row with the thousandth of its first id, and fails as it is told; keeps what it was asked."""

    name = "fake"
    device = "cpu"
    kernel = "fake"

    def __init__(self, spoil: Callable[[Ids, Outputs], Outputs | None] = lambda _, outputs: outputs) -> None:
        self._spoil = spoil
        self.asked: list[list[int]] = []

    def warm(self, longest: int, max_tokens: int) -> None:
        pass

    def cells(self, rows: int, longest: int) -> int:
        return rows * longest

    def predict(self, ids: Ids, lengths: Lengths) -> Outputs:
        assert ids.shape == (len(lengths), lengths.max())
        self.asked.append(ids[:, 0].tolist())
        outputs = self._spoil(ids, np.stack([ids[:, 0], ids[:, 0]], axis=1).astype(np.float32) / SCALE)
        if outputs is None:
            raise RuntimeError("bad\nrow")
        return outputs


CANARY = Canary(*padded_rows([[GOLDEN]]), np.array([[GOLDEN, GOLDEN]], np.float32) / SCALE, 1e-4)


def fails_at_poison(ids: Ids, outputs: Outputs) -> Outputs | None:
    return None if POISON in ids[:, 0] else outputs


def nan_at_poison(ids: Ids, outputs: Outputs) -> Outputs:
    outputs[ids[:, 0] == POISON] = np.nan
    return outputs


def below_zero_at_poison(ids: Ids, outputs: Outputs) -> Outputs:
    outputs[ids[:, 0] == POISON, 1] = -0.5
    return outputs


def above_one_at_poison(ids: Ids, outputs: Outputs) -> Outputs:
    outputs[ids[:, 0] == POISON, 1] = 1.5
    return outputs


def isolate(engine: FakeEngine, first_ids: list[int]) -> tuple[list[float], dict[int, str]]:
    ids, lengths = padded_rows([[first] * (1 + row // 3) for row, first in enumerate(first_ids)])
    outputs, failed = predict_isolating(engine, ids, lengths, CANARY)
    return (outputs[:, 0] * SCALE).round(3).tolist(), failed


def test_a_good_batch_runs_once() -> None:
    engine = FakeEngine()
    assert isolate(engine, [1, 2, 3]) == ([1, 2, 3], {})
    assert engine.asked == [[1, 2, 3]]


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (fails_at_poison, "RuntimeError: bad row"),
        (nan_at_poison, "the network's output is not finite"),
        (below_zero_at_poison, "the network's output is not between 0 and 1"),
        (above_one_at_poison, "the network's output is not between 0 and 1"),
    ],
)
@given(rows=st.lists(st.sampled_from([1, 2, 3, POISON]), min_size=1, max_size=40))
def test_bad_rows_fail_alone_and_the_others_are_answered(
    spoil: Callable[[Ids, Outputs], Outputs | None], why: str, rows: list[int]
) -> None:
    outputs, failed = isolate(FakeEngine(spoil), rows)
    assert failed == {row: why for row, first in enumerate(rows) if first == POISON}
    np.testing.assert_array_equal(outputs, [np.nan if first == POISON else first for first in rows])


def test_one_bad_row_in_a_thousand_costs_few_runs() -> None:
    engine = FakeEngine(fails_at_poison)
    rows = [1] * 1024
    rows[700] = POISON
    _, failed = isolate(engine, rows)
    assert list(failed) == [700]
    assert len(engine.asked) <= 1 + 2 * 10 + 1 + 2


def test_a_batch_too_large_for_memory_is_answered_in_parts() -> None:
    engine = FakeEngine(lambda ids, outputs: outputs if len(ids) <= 2 else None)
    assert isolate(engine, [1, 2, 3, 4, 5]) == ([1, 2, 3, 4, 5], {})


def test_outputs_of_another_shape_fail() -> None:
    def narrow(ids: Ids, outputs: Outputs) -> Outputs:
        return outputs[:, :1] if POISON in ids else outputs

    _, failed = isolate(FakeEngine(narrow), [1, POISON])
    assert failed == {1: "the network gave outputs of shape [1, 1], expected [1, 2]"}


@pytest.mark.parametrize(
    "spoil",
    [
        lambda ids, outputs: None,  # noqa: ARG005 - the same shape as the others
        lambda ids, outputs: outputs * np.nan,  # noqa: ARG005
        lambda ids, outputs: outputs + 0.5 if len(ids) == 1 else None,
    ],
)
def test_a_broken_engine_is_blamed_instead_of_the_rows(spoil: Callable[[Ids, Outputs], Outputs | None]) -> None:
    with pytest.raises(EngineError, match="engine 'fake' on 'cpu' no longer works"):
        isolate(FakeEngine(spoil), [1, 2, 3])


def test_an_engine_that_breaks_while_rows_are_isolated_is_blamed() -> None:
    engine = FakeEngine()
    engine = FakeEngine(lambda ids, outputs: None if POISON in ids or len(engine.asked) > 3 else outputs)
    with pytest.raises(EngineError, match="RuntimeError: bad row"):
        isolate(engine, [1, 2, 3, POISON])


def test_a_probability_that_rounding_carries_past_one_is_one() -> None:
    def rounded(_: Ids, outputs: Outputs) -> Outputs:
        outputs[:, 1] = np.float32(1.0000002)
        return outputs

    _, failed = isolate(FakeEngine(rounded), [1, 2])
    assert failed == {}


def test_an_interrupt_is_no_failure_of_a_row() -> None:
    def interrupted(_: Ids, __: Outputs) -> Outputs:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        isolate(FakeEngine(interrupted), [1, 2])

"""``kill -9`` of a worker at every step of its work."""

import signal

import pytest

from tests.system.faults.plan import Step
from tests.system.faults.workers import BATCH, IMPATIENT, stepped
from tests.system.workers import Stream, numbered

TOTAL = 1_000
IN_A_TRANSACTION = (Step.HALF_PRODUCED, Step.ACKNOWLEDGED, Step.OFFSETS_SENT)

slow = pytest.mark.slow


def killed_at(step: Step, stream: Stream, *, nth: int = 2, mode: str = "exactly-once") -> None:
    with stepped(stream, step, "kill", nth=nth, KAFKA__DELIVERY=mode) as worker:
        worker.wait_for("step_reached")
        assert worker.end() == -signal.SIGKILL
    assert stream.committed() < TOTAL


@pytest.mark.parametrize(
    "step",
    [
        pytest.param(Step.AFTER_POLL, marks=slow),
        pytest.param(Step.DURING_PREDICT, marks=slow),
        pytest.param(Step.BEFORE_BEGIN, marks=slow),
        pytest.param(Step.AFTER_BEGIN, marks=slow),
        pytest.param(Step.HALF_PRODUCED, marks=slow),
        pytest.param(Step.ACKNOWLEDGED, marks=slow),
        Step.OFFSETS_SENT,
        pytest.param(Step.AFTER_COMMIT, marks=slow),
    ],
)
def test_killed_at_any_step_and_started_again_each_tweet_comes_out_once(stream: Stream, step: Step) -> None:
    stream.produce(numbered(TOTAL))
    killed_at(step, stream)
    if step in IN_A_TRANSACTION:
        written = stream.broker.count(stream.output, "read_uncommitted")
        assert written > stream.broker.count(stream.output), "the kill came outside of a transaction"

    stream.label_all(**IMPATIENT)

    stream.assert_each_once()
    stream.assert_in_order()


@slow
def test_killed_before_it_heard_that_its_commit_was_carried_out_it_repeats_nothing(stream: Stream) -> None:
    stream.produce(numbered(TOTAL))
    killed_at(Step.INSIDE_COMMIT, stream, nth=1)
    assert stream.wait_until_committed(1) <= BATCH

    stream.label_all(**IMPATIENT)

    stream.assert_each_once()
    stream.assert_in_order()


@slow
@pytest.mark.parametrize(
    ("step", "repeated"),
    [
        (Step.AFTER_POLL, 0),
        (Step.DURING_PREDICT, 0),
        (Step.HALF_PRODUCED, 50),
        (Step.UNACKNOWLEDGED, BATCH),
        (Step.ACKNOWLEDGED, BATCH),
        (Step.AFTER_COMMIT, 0),
    ],
)
def test_killed_at_any_step_at_least_once_repeats_no_more_than_the_batch_in_hand(
    stream: Stream, step: Step, repeated: int
) -> None:
    stream.produce(numbered(TOTAL))
    killed_at(step, stream, mode="at-least-once")

    stream.label_all(KAFKA__DELIVERY="at-least-once", **IMPATIENT)

    outcomes = stream.outcomes()
    assert len(outcomes) == TOTAL
    assert outcomes.total() == TOTAL + repeated

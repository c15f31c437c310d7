"""SIGTERM at every step of a worker's work: it finishes what it holds."""

import pytest

from tests.system.faults.plan import Step
from tests.system.faults.workers import IMPATIENT, stepped
from tests.system.workers import Stream, numbered

TOTAL = 1_000

slow = pytest.mark.slow
STEPS: dict[str, list[Step]] = {
    "exactly-once": [step for step in Step if step is not Step.UNACKNOWLEDGED],
    "at-least-once": [
        Step.AFTER_POLL,
        Step.DURING_PREDICT,
        Step.HALF_PRODUCED,
        Step.UNACKNOWLEDGED,
        Step.ACKNOWLEDGED,
        Step.AFTER_COMMIT,
    ],
}


@pytest.mark.parametrize(
    ("mode", "step"),
    [
        pytest.param(mode, step, marks=[] if (mode, step) == ("exactly-once", Step.INSIDE_COMMIT) else slow)
        for mode, steps in STEPS.items()
        for step in steps
    ],
)
def test_asked_to_stop_at_any_step_it_commits_what_it_holds_and_leaves_the_rest(
    stream: Stream, mode: str, step: Step
) -> None:
    stream.settings["KAFKA__DELIVERY"] = mode
    stream.produce(numbered(TOTAL))
    with stepped(stream, step, "term") as worker:
        worker.wait_for("step_reached")
        assert worker.end() == 0, worker.last_words()
    assert stream.broker.committed(stream.group, stream.input) == worker.handed_out()
    assert stream.committed() < TOTAL

    stream.label_all(**IMPATIENT)

    stream.assert_each_once()
    stream.assert_in_order()

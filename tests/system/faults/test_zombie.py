"""A worker that sleeps longer than the group and the coordinator wait for it, and wakes when another has its work."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.system.faults.plan import Step
from tests.system.faults.workers import IMPATIENT, LaunchedWorker, stepped, wait_until_committed
from tests.system.workers import Stream, WorkerProcess, numbered

pytestmark = pytest.mark.slow

TOTAL = 1_000
BEFORE_THE_BROKER_KNOWS = [Step.AFTER_POLL, Step.DURING_PREDICT, Step.AFTER_BEGIN]
IN_A_TRANSACTION = [Step.ACKNOWLEDGED, Step.OFFSETS_SENT]


@contextmanager
def woken(
    stream: Stream, step: Step, successor_id: str
) -> Iterator[tuple[LaunchedWorker, WorkerProcess, dict[int, int]]]:
    """A worker that slept at ``step`` until its successor had labelled everything, and is awake again.

    Gives both, and the ends of the output's partitions before it woke.
    """
    stream.produce(numbered(TOTAL))
    with stepped(stream, step, "stop") as zombie:
        zombie.wait_for("step_reached")
        zombie.wait_until_stopped()
        with stream.worker(KAFKA__INSTANCE_ID=successor_id, **IMPATIENT) as successor:
            wait_until_committed(stream, TOTAL, successor)
            while len(stream.results()) < TOTAL:  # the zombie's open transaction hides what came after it
                pass
            written = stream.broker.ends(stream.output)
            zombie.send(signal.SIGCONT)
            yield zombie, successor, written
            successor.send(signal.SIGTERM)
            assert successor.end() == 0
    stream.assert_each_once()
    stream.assert_in_order()


@pytest.mark.parametrize("step", BEFORE_THE_BROKER_KNOWS)
def test_a_zombie_whose_partitions_went_to_another_worker_lets_go_of_its_batch_and_joins_again(
    stream: Stream, step: Step
) -> None:
    with woken(stream, step, "two") as (zombie, successor, _):
        zombie.wait_for("partitions_lost", "partitions_revoked")
        stream.produce({f"later{number}": "great app" for number in range(100)})
        wait_until_committed(stream, TOTAL + 100, zombie, successor)
        zombie.send(signal.SIGTERM)
        assert zombie.end() == 0


@pytest.mark.parametrize("step", IN_A_TRANSACTION)
def test_a_zombie_whose_transaction_the_broker_ended_meanwhile_commits_nothing_of_it(
    stream: Stream, step: Step
) -> None:
    with woken(stream, step, "two") as (zombie, successor, _):
        stream.produce({f"later{number}": "great app" for number in range(100)})
        wait_until_committed(stream, TOTAL + 100, successor)
        # It joins again, or it is fenced and ends; a signal may meet it while it does.
        zombie.send(signal.SIGTERM)
        assert zombie.end() in {0, 4, -signal.SIGTERM}, zombie.last_words()


@pytest.mark.parametrize("step", IN_A_TRANSACTION)
def test_a_worker_that_slept_until_the_broker_ended_its_transaction_goes_on_if_nobody_took_its_place(
    stream: Stream, step: Step
) -> None:
    stream.produce(numbered(TOTAL))
    with stepped(stream, step, "stop") as sleeper:
        sleeper.wait_for("step_reached")
        sleeper.wait_until_stopped()
        written = stream.broker.ends(stream.output)
        while stream.broker.ends(stream.output) == written:  # the abort's markers lengthen it
            pass
        sleeper.send(signal.SIGCONT)
        wait_until_committed(stream, TOTAL, sleeper)
        sleeper.send(signal.SIGTERM)
        assert sleeper.end() == 0
    assert sleeper.events("transaction_lost") or sleeper.events("transaction_aborted")
    stream.assert_each_once()
    stream.assert_in_order()


@pytest.mark.parametrize("step", BEFORE_THE_BROKER_KNOWS + IN_A_TRANSACTION)
def test_a_zombie_whose_name_another_worker_took_is_fenced_and_never_writes(stream: Stream, step: Step) -> None:
    with woken(stream, step, "one") as (zombie, _, written):
        assert zombie.end() == 4
        assert "fenced" in zombie.last_words()
        assert stream.broker.ends(stream.output) == written

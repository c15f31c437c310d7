"""Ten workers that come and go."""

import random
import signal
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.system.faults.workers import IMPATIENT, wait_until_committed
from tests.system.kafka import Broker
from tests.system.workers import Stream, WorkerProcess

NAMES = [f"w{number}" for number in range(10)]
EVENTS = 30
TWEETS_AN_EVENT = 1_000


def leave(worker: WorkerProcess) -> None:
    if not worker.events("worker_started"):
        worker.wait_for("worker_started")  # before that a signal may meet the bare interpreter
    worker.send(signal.SIGTERM)
    assert worker.end() == 0, worker.last_words()


@pytest.mark.slow
@pytest.mark.timeout(1_200)
@pytest.mark.parametrize("mode", ["exactly-once", "at-least-once"])
def test_of_ten_workers_that_join_and_leave_or_die_at_random_none_loses_or_repeats_a_tweet(
    broker: Broker, bundle: Path, mode: str
) -> None:
    stream = Stream(broker, broker.fresh_topics(partitions=12), bundle, KAFKA__DELIVERY=mode)
    choose = random.Random(11)  # noqa: S311 -- no secret
    live: dict[str, WorkerProcess] = {}
    sent = 0
    with ExitStack() as stack:

        def start(name: str) -> None:
            live[name] = stack.enter_context(stream.worker(KAFKA__INSTANCE_ID=name, **IMPATIENT))

        for name in NAMES:
            start(name)
        for event in range(EVENTS):
            stream.produce({f"{event}-{row}": "great app" for row in range(TWEETS_AN_EVENT)})
            sent += TWEETS_AN_EVENT
            name = choose.choice(NAMES)
            if name not in live:
                start(name)
            elif choose.random() < 0.5:
                live.pop(name).kill()
            else:
                leave(live.pop(name))
            if choose.random() < 0.5:  # else the next one comes while the group still sorts itself out
                wait_until_committed(stream, choose.randrange(sent), *live.values())
        if not live:
            start(NAMES[0])
        wait_until_committed(stream, sent, *live.values())
        for worker in live.values():
            leave(worker)

    outcomes = stream.outcomes()
    assert len(outcomes) == sent
    if mode == "exactly-once":
        stream.assert_each_once()
        stream.assert_in_order()

"""Something else uses a worker's transactional id or its name in the group."""

import signal
import threading

import pytest
from confluent_kafka import Consumer

from tests.system.faults.workers import IMPATIENT, wait_until_committed
from tests.system.workers import Stream, numbered


@pytest.mark.slow
def test_a_worker_whose_transactional_id_a_stranger_took_says_so_and_ends_and_its_successor_goes_on(
    stream: Stream,
) -> None:
    stream.produce(numbered(100))
    with stream.worker(**IMPATIENT) as worker:
        wait_until_committed(stream, 100, worker)
        stranger = stream.broker.producer(transactional_id=f"warble-{stream.group}-one")
        stranger.init_transactions()
        stream.produce({f"later{number}": "great app" for number in range(100)})
        assert worker.end() == 4
        assert "fenced" in worker.last_words()
    assert stream.committed() == 100

    with stream.worker(**IMPATIENT) as successor:
        wait_until_committed(stream, 200, successor)
        successor.send(signal.SIGTERM)
        assert successor.end() == 0
    stream.assert_each_once()


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["exactly-once", "at-least-once"])
def test_a_worker_whose_name_a_ghost_took_waits_until_that_is_gone_and_goes_on(stream: Stream, mode: str) -> None:
    stream.produce(numbered(100))
    with stream.worker(**IMPATIENT, KAFKA__DELIVERY=mode) as worker:
        wait_until_committed(stream, 100, worker)
        # It closes without a word to the group, as a static member does: from then on it is a member that nobody is.
        ghost = Consumer(
            {
                "bootstrap.servers": stream.broker.bootstrap,
                "group.id": stream.group,
                "group.instance.id": "one",
                "session.timeout.ms": 6_000,
                "partition.assignment.strategy": "cooperative-sticky",
            }
        )
        joined = threading.Event()
        ghost.subscribe([stream.input], on_assign=lambda *_: joined.set())
        while not joined.is_set():
            ghost.poll(0.1)
        ghost.close()
        worker.wait_for("member_fenced")
        stream.produce({f"later{number}": "great app" for number in range(100)})
        wait_until_committed(stream, 200, worker)
        worker.send(signal.SIGTERM)
        assert worker.end() == 0
    stream.assert_each_once()

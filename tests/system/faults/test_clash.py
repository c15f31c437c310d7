"""Something else that is alive uses a worker's transactional id."""

import signal

import pytest

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

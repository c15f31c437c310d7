"""Retention deletes records before a worker has read them."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.system.faults.plan import Step
from tests.system.faults.workers import LaunchedWorker, stepped, wait_until_committed
from tests.system.workers import Stream, get, sample

pytestmark = pytest.mark.slow

MODES = ("exactly-once", "at-least-once")
TWEETS = [(b"k", b'{"text": "great app"}')] * 10
# Each fetch brings one batch of the producer's, and the next one is fetched when that is used up.
FROM_HAND_TO_MOUTH = {"KAFKA__PROPERTIES": '{"fetch.message.max.bytes": 1, "queued.min.messages": 1}'}


@contextmanager
def asleep_while_retention_deletes(stream: Stream, **settings: str) -> Iterator[LaunchedWorker]:
    """A worker that had fetched 10 of 80 records, and was asleep while the first 60 were deleted."""
    for _ in range(8):
        stream.broker.produce(stream.input, TWEETS, partition=0)
    with stepped(stream, Step.AFTER_POLL, "stop", nth=1, **FROM_HAND_TO_MOUTH, **settings) as worker:
        worker.wait_for("step_reached")
        worker.wait_until_stopped()
        stream.broker.delete_before(stream.input, 0, 60)
        worker.send(signal.SIGCONT)
        yield worker


@pytest.mark.parametrize("mode", MODES)
def test_records_deleted_before_they_were_read_are_told_and_counted_and_the_rest_is_labelled(
    stream: Stream, mode: str
) -> None:
    with asleep_while_retention_deletes(stream, KAFKA__DELIVERY=mode) as worker:
        told = worker.wait_for("offset_out_of_range")
        assert (told["partition"], told["position"], told["low"], told["high"]) == (0, 10, 60, 80)
        wait_until_committed(stream, 80, worker)
        (listening,) = worker.events("http_listening")
        metrics = get(listening["port"], "/metrics")[1]
        assert sample(metrics, "warble_records_lost_total") == 50
        worker.send(signal.SIGTERM)
        assert worker.end() == 0

    assert sorted(result["source"]["offset"] for result in stream.results()) == [*range(10), *range(60, 80)]


@pytest.mark.parametrize("mode", MODES)
def test_a_strict_worker_stops_before_records_deleted_unread_and_commits_nothing_past_them(
    stream: Stream, mode: str
) -> None:
    settings = {"KAFKA__DELIVERY": mode, "KAFKA__ON_LOST_RECORDS": "stop"}
    with asleep_while_retention_deletes(stream, **settings) as worker:
        assert worker.end() == 4
        assert "50 records" in worker.last_words()
        assert "WARBLE_KAFKA__ON_LOST_RECORDS" in worker.last_words()

    assert stream.committed() == 10
    assert len(stream.results()) == 10

"""Topics that are deleted and created anew under a worker."""

import signal
from collections import Counter

import pytest

from tests.system.faults.workers import IMPATIENT, wait_until_committed
from tests.system.workers import Stream, numbered

pytestmark = pytest.mark.slow

MODES = ("exactly-once", "at-least-once")
BAD = [(b"k", b"no json")]


def delete(stream: Stream, topic: str) -> None:
    (deleted,) = stream.broker.admin.delete_topics([topic]).values()
    deleted.result()


def later(first: int, count: int) -> dict[str, str]:
    return {f"later{number}": "great app" for number in range(first, first + count)}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("count", [10, 100], ids=["shorter-than-before", "longer-than-before"])
def test_an_input_topic_deleted_and_created_anew_while_no_worker_runs_is_labelled_from_its_start(
    stream: Stream, mode: str, count: int
) -> None:
    stream.settings["KAFKA__DELIVERY"] = mode
    stream.produce(numbered(40))
    stream.label_all()
    delete(stream, stream.input)
    stream.broker.create_topic(stream.input)
    stream.produce(later(0, count))

    stream.label_all()

    results = [str(result["id"]) for result in stream.results() if str(result["id"]).startswith("later")]
    assert sorted(results) == sorted(later(0, count))


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("count", [10, 100], ids=["shorter-than-before", "longer-than-before"])
def test_an_input_topic_deleted_and_created_anew_under_a_worker_is_labelled_from_its_start(
    stream: Stream, mode: str, count: int
) -> None:
    """Only what lies past the old position may come twice: the worker reads on there until it notices."""
    stream.settings["KAFKA__DELIVERY"] = mode
    stream.produce(numbered(40))
    with stream.worker(**IMPATIENT) as worker:
        wait_until_committed(stream, 40, worker)
        passed = stream.broker.committed(stream.group, stream.input)
        delete(stream, stream.input)
        stream.broker.create_topic(stream.input)
        stream.produce(later(0, count))
        while len({result["id"] for result in stream.results()}) < 40 + count:
            pass
        worker.send(signal.SIGTERM)
        assert worker.end() == 0

    results = [result for result in stream.results() if str(result["id"]).startswith("later")]
    times = Counter((source["partition"], source["offset"]) for source in (result["source"] for result in results))
    assert {str(result["id"]) for result in results} == set(later(0, count))
    assert len(times) == count
    assert all(offset >= passed[partition] for (partition, offset), number in times.items() if number > 1)
    assert max(times.values()) <= 2


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("which", ["output", "dead"])
def test_a_topic_deleted_under_a_worker_ends_it_and_once_it_is_there_again_what_was_not_committed_is_labelled(
    stream: Stream, mode: str, which: str
) -> None:
    stream.settings["KAFKA__DELIVERY"] = mode
    topic = {"output": stream.output, "dead": stream.dead}[which]
    stream.produce(numbered(40))
    stream.broker.produce(stream.input, BAD)
    with stream.worker(**IMPATIENT) as worker:
        wait_until_committed(stream, 41, worker)
        delete(stream, topic)
        stream.produce(later(0, 40))
        stream.broker.produce(stream.input, BAD)
        assert worker.end() == 4
        assert "topic" in worker.last_words()
    assert stream.committed() == 41
    stream.broker.create_topic(topic)

    stream.label_all()

    results = [str(result["id"]) for result in stream.results()]
    dead = stream.dead_letters()
    assert set(results) >= set(later(0, 40))
    if mode == "exactly-once":
        assert len(results) == {"output": 40, "dead": 80}[which]
        assert len(dead) == {"output": 2, "dead": 1}[which]
    else:
        assert len(set(results)) == {"output": 40, "dead": 80}[which]
        assert len(dead) >= {"output": 2, "dead": 1}[which]

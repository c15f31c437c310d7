"""A network that cannot stand one tweet among good ones."""

import signal

import pytest

from tests.system.faults.workers import IMPATIENT, launched
from tests.system.workers import Stream, header, numbered

SICK = {"sick": "meh meh meh"}  # no other tweet here has the word


@pytest.mark.parametrize("mode", ["exactly-once", pytest.param("at-least-once", marks=pytest.mark.slow)])
@pytest.mark.parametrize("how", [pytest.param("raises", marks=pytest.mark.slow), "nan"])
def test_a_tweet_that_the_network_fails_for_is_a_dead_letter_and_its_neighbours_are_labelled(
    stream: Stream, how: str, mode: str
) -> None:
    stream.produce(numbered(300) | SICK | {f"later{number}": "great app" for number in range(300)})

    command = ("sick", "--word", "meh", "--how", how, "worker", "--stop-at-end")
    with launched(stream, *command, KAFKA__DELIVERY=mode) as worker:
        assert worker.end() == 0, worker.last_words()

    stream.assert_each_once()
    (letter,) = stream.dead_letters()
    assert (letter.key(), header(letter, "warble-reason")) == (b"sick", "predict-failed")
    assert len(stream.results()) == 600


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["exactly-once", "at-least-once"])
def test_a_network_that_hangs_is_left_behind_when_the_worker_is_stopped_and_its_batch_is_labelled_later(
    stream: Stream, mode: str
) -> None:
    stream.settings["KAFKA__DELIVERY"] = mode
    stream.produce(numbered(1_000) | SICK)
    command = ("sick", "--word", "meh", "--how", "hangs", "worker")
    with launched(stream, *command, KAFKA__SHUTDOWN_TIMEOUT_S="2", **IMPATIENT) as worker:
        worker.wait_for("network_hangs")
        worker.send(signal.SIGTERM)
        assert worker.end() == 4
        assert "not labelled" in worker.last_words()
    assert stream.committed() <= 1_000

    stream.label_all(**IMPATIENT)

    stream.assert_each_once()
    stream.assert_in_order()

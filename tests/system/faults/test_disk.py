"""The broker's disk is full."""

import signal
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.system import kafka
from tests.system.test_start import free_port
from tests.system.workers import DEADLINE_S, Stream, noise

pytestmark = [pytest.mark.slow, pytest.mark.kafka]

DISK_MB = 64
LEFT_BYTES = 4_000_000
"""Less than the results need, with the tweet's text in them."""
# A transaction that outlives the outage: one that times out meanwhile ends with the worker fenced, to be started again.
PATIENT = {"KAFKA__PROPERTIES": '{"transaction.timeout.ms": 120000}', "BATCH__MAX_TWEETS": "100"}


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A small file system of its own in memory."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK_MB}m", "tmpfs", str(place)]
    done = subprocess.run(mount, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.skip(f"NOT TESTED on a full disk: mounting a small one needs root: {done.stderr.strip()}")
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)


def fill(disk: Path) -> Path:
    """Leave LEFT_BYTES free; return the file that takes the rest."""
    ballast = disk / "ballast"
    with ballast.open("wb") as file:
        free = int(subprocess.check_output(["stat", "-f", "-c", "%a", str(disk)])) * 4096
        file.write(bytes(free - LEFT_BYTES))
    return ballast


@pytest.mark.parametrize("mode", ["exactly-once", "at-least-once"])
def test_a_broker_that_died_of_a_full_disk_and_comes_back_gets_each_result(disk: Path, bundle: Path, mode: str) -> None:
    tweets = {f"t{number}": f"great app {noise(1_000)}" for number in range(6_000)}
    place = ["--port", str(free_port()), "--data", str(disk / "kafka")]
    with ExitStack() as stack:
        with kafka.script(*place) as process:
            stream = Stream(kafka.ready(process), ("in", "out", "dead"), bundle, KAFKA__DELIVERY=mode, **PATIENT)
            for topic in (stream.input, stream.output, stream.dead):
                stream.broker.create_topic(topic)
            stream.produce(tweets)
            ballast = fill(disk)
            worker = stack.enter_context(stream.worker(OUTPUT__INCLUDE_TEXT="true"))
            assert process.wait(DEADLINE_S) == 1, "Kafka lives on with its disk full"
        ballast.unlink()
        with kafka.script(*place) as process:
            kafka.ready(process)
            while stream.committed() < len(tweets):
                if worker.process.poll() is not None:  # what the broker knew of it went with the disk
                    assert worker.end() == 4, worker.last_words()
                    worker = stack.enter_context(stream.worker(OUTPUT__INCLUDE_TEXT="true"))
            worker.send(signal.SIGTERM)
            assert worker.end() == 0
            if mode == "exactly-once":
                stream.assert_each_once()
                stream.assert_in_order()
            else:
                assert len(stream.outcomes()) == len(tweets)

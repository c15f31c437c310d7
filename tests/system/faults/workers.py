"""Workers to which a fault is done at a chosen moment, and settings under which faults are over soon."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager

from tests.system.faults.plan import Step
from tests.system.workers import Stream, WorkerProcess

BATCH = 100
"""Tweets of a batch: small, so that a fault meets a worker in mid-stream."""
IMPATIENT = {
    "KAFKA__PROPERTIES": json.dumps(
        {"session.timeout.ms": 6_000, "heartbeat.interval.ms": 1_500, "transaction.timeout.ms": 6_000}
    ),
    "BATCH__MAX_TWEETS": str(BATCH),
}
"""The shortest session timeout that Kafka takes by default (``group.min.session.timeout.ms``)."""


class LaunchedWorker(WorkerProcess):
    """A worker that another module of the tests runs (``python -m tests.system.faults.LAUNCHER ... worker``)."""

    def wait_until_stopped(self) -> None:
        """Wait until SIGSTOP holds every thread of it."""
        os.waitid(os.P_PID, self.process.pid, os.WSTOPPED | os.WNOWAIT)

    def handed_out(self) -> dict[int, int]:
        """Each partition's offset behind the last record that its client handed to it, told at its end."""
        (told,) = self.events("handed_out")
        return {int(partition): offset for partition, offset in told["next"].items()}


@contextmanager
def launched(stream: Stream, *command: str, **settings: str) -> Iterator[LaunchedWorker]:
    """Run a launcher of this package with the settings of a stream, for the length of the block."""
    module, *arguments = command
    worker = LaunchedWorker(stream.env(**settings), f"tests.system.faults.{module}", *arguments)
    try:
        yield worker
    finally:
        worker.kill()


@contextmanager
def stepped(stream: Stream, at: Step, do: str, *, nth: int = 2, **settings: str) -> Iterator[LaunchedWorker]:
    """Run a worker to which ``do`` (kill, term, stop, hang) is done when it reaches a step for the nth time."""
    command = ("steps", "--at", at, "--do", do, "--nth", str(nth), "worker")
    with launched(stream, *command, **(IMPATIENT | settings)) as worker:
        yield worker


def wait_until_committed(stream: Stream, least: int, *workers: WorkerProcess) -> None:
    """Wait until the group has passed ``least`` records; fail the test as soon as one of ``workers`` has ended."""
    while stream.committed() < least:
        for worker in workers:
            if worker.process.poll() is not None:
                worker.end()
                raise AssertionError(f"a worker ended ({worker.process.returncode}): {worker.last_words()}")

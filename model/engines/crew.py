"""Threads that share out the pieces of one batch."""

import threading
from collections.abc import Callable, Iterator
from queue import SimpleQueue
from typing import Generic, TypeVar

Piece = TypeVar("Piece")
Done = TypeVar("Done")


class Crew(Generic[Piece, Done]):
    """Does ``work`` to pieces in the calling thread and ``threads - 1`` others; for one caller at a time.

    Worth while for work that lets go of the GIL. The threads are daemons: Python would wait for any other ones before
    it ends, and so for ever if the work hangs.
    """

    def __init__(self, work: Callable[[Piece], Done], threads: int) -> None:
        self._work = work
        self._helpers = threads - 1
        self._jobs: SimpleQueue[_Job[Piece, Done]] = SimpleQueue()
        for number in range(self._helpers):
            threading.Thread(target=_serve, args=(self._jobs, work), name=f"engine-{number + 1}", daemon=True).start()

    def do(self, pieces: list[Piece]) -> list[Done]:
        """Return what became of each piece, in their order. Raises the first error that any piece met."""
        job = _Job[Piece, Done](pieces)
        helpers = min(self._helpers, len(pieces) - 1)
        for _ in range(helpers):
            self._jobs.put(job)
        job.take_part(self._work)
        for _ in range(helpers):
            job.left.acquire()
        if job.errors:
            raise job.errors[0]
        return [job.done[number] for number in range(len(pieces))]


class _Job(Generic[Piece, Done]):
    """What is left to do, and what is done."""

    def __init__(self, pieces: list[Piece]) -> None:
        # The next of a built-in iterator is one step for the interpreter: no piece is taken twice.
        self._waiting: Iterator[tuple[int, Piece]] = iter(list(enumerate(pieces)))
        self.done: dict[int, Done] = {}
        self.errors: list[BaseException] = []
        self.left = threading.Semaphore(0)
        """Released by each helper that has nothing left to do."""

    def take_part(self, work: Callable[[Piece], Done]) -> None:
        try:
            for number, piece in self._waiting:
                if self.errors:
                    return
                self.done[number] = work(piece)
        except BaseException as error:  # noqa: BLE001 -- handed to the thread that asked
            self.errors.append(error)


def _serve(jobs: "SimpleQueue[_Job[Piece, Done]]", work: Callable[[Piece], Done]) -> None:
    while True:
        job = jobs.get()
        job.take_part(work)
        job.left.release()

"""What a flagship's run shows on stderr: a line for what is done, and a bar for what is under way."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from types import TracebackType
from typing import Protocol, Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn

from training.checkpoint import Epoch
from training.console import ConsoleDisplay


class Reporter(Protocol):
    """Who is told how a run goes."""

    def say(self, text: str) -> None:
        """Learn something worth a line."""

    def task(self, title: str, total: int, done: int = 0) -> AbstractContextManager[Callable[[int], None]]:
        """Learn that ``total`` of something are to do, of which some are done; the function takes how many more are."""


class ConsoleReporter(ConsoleDisplay):
    """Shows a run."""

    def __init__(self, console: Console) -> None:
        super().__init__(
            console, TextColumn("[bold]{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
        )

    @contextmanager
    def task(self, title: str, total: int, done: int = 0) -> Iterator[Callable[[int], None]]:
        """See :class:`Reporter`."""
        task = self._progress.add_task(title, total=total, completed=done)
        try:
            yield lambda more: self._progress.advance(task, more)
        finally:
            self._progress.refresh()
            self._progress.remove_task(task)


class EpochsShown:
    """Tells a run's reporter of a training in epochs: the :class:`training.progress.Reporter` of a task of the run.

    A context manager, because early stopping may end the task before its end.
    """

    def __init__(self, reporter: Reporter, title: str) -> None:
        self._reporter = reporter
        self._title = title
        self._task = ExitStack()
        self._advance: Callable[[int], None] = lambda _: None

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """End the task."""
        self._task.close()

    def say(self, text: str) -> None:
        """Pass on a line, with the title."""
        self._reporter.say(f"{self._title}: {text}")

    def begin(self, *, first_epoch: int, epochs: int, batches: int) -> None:
        """Begin a task of all batches."""
        task = self._reporter.task(self._title, epochs * batches, (first_epoch - 1) * batches)
        self._advance = self._task.enter_context(task)

    def batch_done(self, epoch: int, batch: int) -> None:  # noqa: ARG002 - the interface
        """Advance the task."""
        self._advance(1)

    def epoch_done(self, epoch: Epoch, best_epoch: int) -> None:
        """Say the epoch's figures."""
        self.say(
            f"epoch {epoch['epoch']}, loss {epoch['loss']:.4f}, validation loss {epoch['validation_loss']:.4f}, "
            f"{epoch['seconds']:.0f} s (best: {best_epoch})"
        )

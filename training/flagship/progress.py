"""What a flagship's run shows on stderr: a line for what is done, and a bar for what is under way."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn

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

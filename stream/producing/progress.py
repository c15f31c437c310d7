"""What a person sees while a file is sent: a bar on a terminal, a line now and then off it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn
from rich.table import Column

from stream.producing.sender import Sender

REDRAW_S = 0.1
LINE_EVERY_S = 5.0


class Watcher(Protocol):
    """Is told how far the sending has come; called often, so it draws only when it is time."""

    def __call__(self, sender: Sender, read_bytes: int) -> None:
        """sender: the counts. read_bytes: how much of the file has been read."""


@contextmanager
def watching(console: Console, name: str, total_bytes: int | None, clock: Callable[[], float]) -> Iterator[Watcher]:
    """Give the watcher that fits the console; ``total_bytes`` is None where the size is unknown."""
    if not console.is_terminal:
        yield _Lines(console, name, clock)
        return
    progress = Progress(
        SpinnerColumn(),
        TextColumn("{task.description}", table_column=Column(no_wrap=True, max_width=24)),
        BarColumn(bar_width=None, table_column=Column(ratio=1)),
        TextColumn(
            "{task.fields[sent]:,} sent  {task.fields[acknowledged]:,} acknowledged  {task.fields[rate]:,.0f}/s",
            table_column=Column(no_wrap=True),
        ),
        TimeRemainingColumn(compact=True, table_column=Column(no_wrap=True)),
        console=console,
        refresh_per_second=1 / REDRAW_S,
        expand=True,
        transient=True,
    )
    with progress:
        yield _Bar(progress, name, total_bytes, clock)


class _Lines:
    def __init__(self, console: Console, name: str, clock: Callable[[], float]) -> None:
        self._console = console
        self._name = name
        self._clock = clock
        self._next = clock() + LINE_EVERY_S

    def __call__(self, sender: Sender, read_bytes: int) -> None:  # noqa: ARG002 -- a bar needs it
        if self._clock() < self._next:
            return
        self._next = self._clock() + LINE_EVERY_S
        self._console.out(
            f"{self._name}: {sender.sent} sent, {sender.acknowledged} acknowledged, {sender.failed} failed",
            highlight=False,
        )


class _Bar:
    def __init__(self, progress: Progress, name: str, total: int | None, clock: Callable[[], float]) -> None:
        self._progress = progress
        self._clock = clock
        self._start = clock()
        self._next = self._start
        self._task = progress.add_task(escape(Path(name).name), total=total, sent=0, acknowledged=0, rate=0.0)

    def __call__(self, sender: Sender, read_bytes: int) -> None:
        now = self._clock()
        if now < self._next:
            return
        self._next = now + REDRAW_S
        self._progress.update(
            self._task,
            completed=read_bytes,
            sent=sender.sent,
            acknowledged=sender.acknowledged,
            rate=sender.acknowledged / max(now - self._start, REDRAW_S),
        )

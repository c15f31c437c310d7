"""What labelling a file shows on stderr: a bar with an estimate on a terminal, a plain line now and then off it."""

import time
from collections.abc import Callable
from types import TracebackType
from typing import Final, Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from training.labelling.label import Tally

LINE_EVERY_S: Final = 30.0


class ConsoleReporter:
    """Shows how far the labelling is; a context manager, so that an error leaves the terminal in order."""

    def __init__(self, console: Console, clock: Callable[[], float] = time.monotonic) -> None:
        self._console = console
        self._clock = clock
        self._progress = Progress(
            TextColumn("[bold]{task.fields[rows]:,} tweets"),
            BarColumn(),
            TextColumn("{task.fields[rate]:,.0f} a second"),
            TimeRemainingColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._task: TaskID | None = None
        self._size: int | None = None
        self._started = self._last_line = clock()

    def __enter__(self) -> Self:
        """Show the bar."""
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Take the bar away."""
        self._progress.stop()

    def begin(self, size: int | None) -> None:
        """Start the bar, and the time that rates refer to."""
        self._size = size
        self._started = self._last_line = self._clock()
        self._task = self._progress.add_task("", total=size, rows=0, rate=0.0)

    def advance(self, read: int, rows: int) -> None:
        """Move the bar, or print a line if the last one was long ago."""
        if self._task is not None:
            self._progress.update(self._task, completed=read, rows=rows, rate=self._rate(rows))
        now = self._clock()
        if not self._console.is_terminal and now - self._last_line >= LINE_EVERY_S:
            self._last_line = now
            share = f", {read / self._size:.0%} of the file" if self._size else ""
            self._say(f"{rows:,} tweets{share}, {self._rate(rows):,.0f} a second")

    def end(self, tally: Tally) -> None:
        """Print what became of the rows."""
        rate = self._rate(tally.rows)
        self._say(f"{tally.rows:,} tweets in {self._clock() - self._started:.1f} s ({rate:,.0f} a second)")
        shares = (f"{label} {count:,} ({count / tally.rows:.1%})" for label, count in tally.labels.most_common())
        if tally.labels:
            self._say(", ".join(shares))
        if tally.empty:
            self._say(f"{tally.empty:,} empty after cleaning: labelled by the bundle's prior, true in the column empty")
        if tally.errors:
            self._say(f"{tally.errors:,} could not be labelled: the column error says why")
        if tally.blank:
            self._say(f"{tally.blank:,} blank lines were passed over")

    def _rate(self, rows: int) -> float:
        return rows / max(self._clock() - self._started, 1e-9)

    def _say(self, text: str) -> None:
        self._console.print(text, markup=False, highlight=False, soft_wrap=True)

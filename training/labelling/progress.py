"""What labelling a file shows on stderr: a bar with an estimate on a terminal, a plain line now and then off it."""

import time
from collections.abc import Callable
from typing import Final

from rich.console import Console
from rich.progress import BarColumn, TaskID, TextColumn, TimeRemainingColumn

from training.console import ConsoleDisplay
from training.labelling.label import Tally

LINE_EVERY_S: Final = 30.0


class ConsoleReporter(ConsoleDisplay):
    """Shows how far the labelling is."""

    def __init__(self, console: Console, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(
            console,
            TextColumn("[bold]{task.fields[rows]:,} tweets"),
            BarColumn(),
            TextColumn("{task.fields[rate]:,.0f} a second"),
            TimeRemainingColumn(),
        )
        self._clock = clock
        self._task: TaskID | None = None
        self._size: int | None = None
        self._started = self._last_line = clock()

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
        if not self.console.is_terminal and now - self._last_line >= LINE_EVERY_S:
            self._last_line = now
            share = f", {read / self._size:.0%} of the file" if self._size else ""
            self.say(f"{rows:,} tweets{share}, {self._rate(rows):,.0f} a second")

    def end(self, tally: Tally) -> None:
        """Print what became of the rows."""
        rate = self._rate(tally.rows)
        self.say(f"{tally.rows:,} tweets in {self._clock() - self._started:.1f} s ({rate:,.0f} a second)")
        shares = (f"{label} {count:,} ({count / tally.rows:.1%})" for label, count in tally.labels.most_common())
        if tally.labels:
            self.say(", ".join(shares))
        if tally.empty:
            self.say(f"{tally.empty:,} empty after cleaning: labelled by the bundle's prior, true in the column empty")
        if tally.errors:
            self.say(f"{tally.errors:,} could not be labelled: the column error says why")
        if tally.blank:
            self.say(f"{tally.blank:,} blank lines were passed over")

    def _rate(self, rows: int) -> float:
        return rows / max(self._clock() - self._started, 1e-9)

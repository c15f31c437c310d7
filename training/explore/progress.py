"""What a run shows on stderr: a bar of steps on a terminal, one plain line a step off it."""

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn


class Steps:
    """Shows the step at hand; a context manager, so that an error leaves the terminal in order."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False),
            TimeElapsedColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._task = self._progress.add_task("explore", total=None)

    def __enter__(self) -> Self:
        """Show the line."""
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Take the line away."""
        self._progress.stop()

    def begin(self, step: str) -> None:
        """Show what begins."""
        if self._console.is_terminal:
            self._progress.update(self._task, description=step)
        else:
            self._console.print(step, markup=False, highlight=False, soft_wrap=True)

"""What a run shows on stderr: a bar of steps on a terminal, one plain line a step off it."""

from rich.console import Console
from rich.progress import SpinnerColumn, TextColumn, TimeElapsedColumn

from training.console import ConsoleDisplay


class Steps(ConsoleDisplay):
    """Shows the step at hand."""

    def __init__(self, console: Console) -> None:
        super().__init__(console, SpinnerColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn())
        self._task = self._progress.add_task("explore", total=None)

    def begin(self, step: str) -> None:
        """Show what begins."""
        if self.console.is_terminal:
            self._progress.update(self._task, description=step)
        else:
            self.say(step)

"""What a run shows on stderr: a bar with an estimate on a terminal, one plain line an epoch off it."""

from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeRemainingColumn

from training.checkpoint import Epoch
from training.console import ConsoleDisplay


class Reporter(Protocol):
    """Who is told how a run goes."""

    def say(self, text: str) -> None:
        """Learn something worth a line."""

    def begin(self, *, first_epoch: int, epochs: int, batches: int) -> None:
        """Learn that epochs ``first_epoch`` to ``epochs`` follow, of ``batches`` batches each."""

    def batch_done(self, epoch: int, batch: int) -> None:
        """Learn that a batch (counted from 1) of an epoch is done."""

    def epoch_done(self, epoch: Epoch, best_epoch: int) -> None:
        """Learn an epoch's figures, and which epoch is the best until now."""


class ConsoleReporter(ConsoleDisplay):
    """Shows a run."""

    def __init__(self, console: Console) -> None:
        super().__init__(
            console,
            TextColumn("[bold]{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("batches, at most"),
            TimeRemainingColumn(),
        )
        self._task: TaskID | None = None
        self._batches = 0

    def begin(self, *, first_epoch: int, epochs: int, batches: int) -> None:
        """Start the bar; early stopping may end it before its end."""
        self._batches = batches
        self._task = self._progress.add_task("fit", total=epochs * batches, completed=(first_epoch - 1) * batches)

    def batch_done(self, epoch: int, batch: int) -> None:
        """Move the bar."""
        if self._task is not None:
            done = (epoch - 1) * self._batches + batch
            self._progress.update(self._task, completed=done, description=f"epoch {epoch}")

    def epoch_done(self, epoch: Epoch, best_epoch: int) -> None:
        """Print the epoch's line."""
        best = "best so far" if best_epoch == epoch["epoch"] else f"best: {best_epoch}"
        self.say(
            f"epoch {epoch['epoch']:3}  loss {epoch['loss']:.4f}  validation loss {epoch['validation_loss']:.4f}"
            f"  validation macro-F1 {epoch['validation_macro_f1']:.3f}  {epoch['seconds']:.1f} s  ({best})"
        )

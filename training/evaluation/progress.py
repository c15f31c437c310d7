"""What an evaluation shows on stderr: a bar over the folds, and under it one over the fold's batches."""

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeElapsedColumn

from training.checkpoint import Epoch
from training.console import ConsoleDisplay


class FoldReporter(ConsoleDisplay):
    """Shows folds, and is the reporter of the training in each."""

    def __init__(self, console: Console) -> None:
        super().__init__(
            console, TextColumn("[bold]{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
        )
        self._folds: TaskID | None = None
        self._epochs: TaskID | None = None
        self._batches = 0

    def folds_begin(self, folds: int) -> None:
        """Learn how many folds follow."""
        self._folds = self._progress.add_task("folds", total=folds)

    def fold_done(self, text: str) -> None:
        """Learn that a fold is done; print its line."""
        self.say(text)
        if self._folds is not None:
            self._progress.advance(self._folds)
        if self._epochs is not None:
            self._progress.remove_task(self._epochs)
            self._epochs = None

    def begin(self, *, first_epoch: int, epochs: int, batches: int) -> None:
        """Start the bar of a fold's training; early stopping may end it before its end."""
        self._batches = batches
        self._epochs = self._progress.add_task("epoch", total=epochs * batches, completed=(first_epoch - 1) * batches)

    def batch_done(self, epoch: int, batch: int) -> None:
        """Move the bar."""
        if self._epochs is not None:
            done = (epoch - 1) * self._batches + batch
            self._progress.update(self._epochs, completed=done, description=f"epoch {epoch}, batches")

    def epoch_done(self, epoch: Epoch, best_epoch: int) -> None:
        """Print the epoch's line."""
        self.say(
            f"  epoch {epoch['epoch']:3}  loss {epoch['loss']:.4f}  validation loss {epoch['validation_loss']:.4f}"
            f"  {epoch['seconds']:.1f} s  (best: {best_epoch})"
        )

"""What a search shows on stderr: a live table of its trials on a terminal, a plain line a trial off it."""

from types import TracebackType
from typing import Final, Self

from rich.console import Console, RenderableType
from rich.live import Live
from rich.table import Table

from training.checkpoint import Epoch
from training.search.space import Values
from training.search.trial import Trial

_SHOWN_ROWS: Final = 20
_SHOWN_FAILURE: Final = 60
_SECONDS_A_MINUTE: Final = 60


class SearchReporter:
    """Shows a search; a context manager, so that an error leaves the terminal in order."""

    def __init__(self, console: Console, *, trials: int, folds: int) -> None:
        self._console = console
        self._trials = trials
        self._folds = folds
        self._done: list[Trial] = []
        self._trained: list[float] = []
        """Seconds of each trial that was trained in this run."""
        self._running: tuple[int, Values] | None = None
        self._at = ""
        self._fold = self._epochs = self._batches = 0
        # Its own thread draws it anew four times a second.
        self._live = Live(console=console, get_renderable=self._table) if console.is_terminal else None

    def __enter__(self) -> Self:
        """Show the table."""
        if self._live:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Leave its last state."""
        self._running = None
        if self._live:
            self._live.stop()

    def say(self, text: str) -> None:
        """Print a line above the table."""
        self._console.print(text, markup=False, highlight=False, soft_wrap=True)

    def trial_begins(self, trial: Trial) -> None:
        """Show a trial as running."""
        self._running = (trial.number, trial.values)
        self._at = "preparing"

    def fold_begins(self, fold: int) -> None:
        """Show which fold of it is trained."""
        self._fold = fold
        self._at = f"fold {fold + 1}/{self._folds}: preparing"

    def trial_ends(self, trial: Trial, *, trained: bool) -> None:
        """Show a trial's score. trained: now, rather than in an earlier run."""
        self._running = None
        self._done.append(trial)
        if trained:
            self._trained.append(trial.seconds)
        if not self._live:
            values = ", ".join(f"{name} {value}" for name, value in trial.values.items())
            self.say(f"trial {trial.number + 1}/{self._trials}: {_outcome(trial)} ({values}){self._estimate()}")

    def begin(self, *, first_epoch: int, epochs: int, batches: int) -> None:
        """See :class:`training.progress.Reporter`."""
        del first_epoch
        self._epochs, self._batches = epochs, batches

    def batch_done(self, epoch: int, batch: int) -> None:
        """See :class:`training.progress.Reporter`."""
        self._at = (
            f"fold {self._fold + 1}/{self._folds}, epoch {epoch} of at most {self._epochs}, "
            f"batch {batch}/{self._batches}"
        )

    def epoch_done(self, epoch: Epoch, best_epoch: int) -> None:
        """See :class:`training.progress.Reporter`; the table has no room for epochs."""

    def _table(self) -> RenderableType:
        table = Table(title=f"{len(self._done)} of {self._trials} trials{self._estimate()}", title_justify="left")
        for title in ("trial", "macro-F1", "optimizer", "learning rate", "hidden dense layers"):
            table.add_column(title)
        best = max((trial.macro_f1 for trial in self._done if trial.failure is None), default=None)
        for trial in self._done[-_SHOWN_ROWS:]:
            is_best = trial.failure is None and trial.macro_f1 == best
            style = "bold" if is_best else "dim" if trial.failure else None
            table.add_row(str(trial.number + 1), _outcome(trial), *_settings(trial.values), style=style)
        if self._running:
            number, values = self._running
            table.add_row(str(number + 1), self._at, *_settings(values), style="italic")
        return table

    def _estimate(self) -> str:
        left = self._trials - len(self._done)
        if not self._trained or not left:
            return ""
        minutes = left * sum(self._trained) / len(self._trained) / _SECONDS_A_MINUTE
        return f", about {minutes:.0f} min left" if minutes >= 1 else ", under a minute left"


def _outcome(trial: Trial) -> str:
    if trial.failure is None:
        return f"{trial.macro_f1:.4f} ± {trial.spread:.4f}"
    short = trial.failure if len(trial.failure) <= _SHOWN_FAILURE else f"{trial.failure[:_SHOWN_FAILURE]}..."
    return f"failed: {short}"


def _settings(values: Values) -> tuple[str, str, str]:
    layers = [
        f"{values[f'units_{number}']} {values[f'activation_{number}']}"
        + (f", dropout {values[f'dropout_{number}']}" if values[f"dropout_{number}"] else "")
        for number in range(1, int(values["dense_layers"]) + 1)
    ]
    return str(values["optimizer"]), f"{values['learning_rate']:g}", " -> ".join(layers) or "none"

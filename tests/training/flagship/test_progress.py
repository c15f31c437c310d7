import io

from rich.console import Console

from tests.training.flagship.silent import Silent
from training.checkpoint import Epoch
from training.flagship.progress import ConsoleReporter, EpochsShown


def test_off_a_terminal_there_are_lines_and_no_bars() -> None:
    written = io.StringIO()
    with ConsoleReporter(Console(file=written, force_terminal=False, width=80)) as reporter:
        reporter.say("reading")
        with reporter.task("labelling", 10, 4) as advance:
            advance(6)
        reporter.say("done [all of it]")
    assert written.getvalue() == "reading\ndone [all of it]\n"


def test_on_a_terminal_a_bar_says_how_far_it_is() -> None:
    written = io.StringIO()
    console = Console(file=written, force_terminal=True, width=80, color_system=None)
    with ConsoleReporter(console) as reporter, reporter.task("labelling", 10, 4) as advance:
        advance(3)
    assert "labelling" in written.getvalue()
    assert "7/10" in written.getvalue()


def test_a_training_in_epochs_is_one_task_of_its_batches_from_where_it_goes_on() -> None:
    reporter = Silent()
    with EpochsShown(reporter, "fold-0: training") as progress:
        progress.say("going on after epoch 2")
        progress.begin(first_epoch=3, epochs=5, batches=10)
        progress.batch_done(3, 1)
        progress.batch_done(3, 2)
        epoch = Epoch(epoch=3, loss=1.5, validation_loss=1.25, validation_macro_f1=0.5, seconds=7)
        progress.epoch_done(epoch, best_epoch=2)
    assert reporter.tasks == [("fold-0: training", 50, 20)]
    assert reporter.advanced == 2
    assert reporter.said == [
        "fold-0: training: going on after epoch 2",
        "fold-0: training: epoch 3, loss 1.5000, validation loss 1.2500, 7 s (best: 2)",
    ]

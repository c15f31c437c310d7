import io

from rich.console import Console

from training.checkpoint import Epoch
from training.progress import ConsoleReporter

EPOCH = Epoch(epoch=3, loss=1.2345, validation_loss=1.5, validation_macro_f1=0.321, seconds=1.26)


def shown(*, terminal: bool) -> str:
    output = io.StringIO()
    with ConsoleReporter(Console(file=output, force_terminal=terminal, width=100)) as reporter:
        reporter.begin(first_epoch=3, epochs=10, batches=4)
        reporter.batch_done(3, 2)
        reporter.epoch_done(EPOCH, 2)
    return output.getvalue()


def test_off_a_terminal_an_epoch_is_one_plain_line() -> None:
    assert shown(terminal=False) == (
        "epoch   3  loss 1.2345  validation loss 1.5000  validation macro-F1 0.321  1.3 s  (best: 2)\n"
    )


def test_on_a_terminal_a_bar_counts_batches_of_all_epochs() -> None:
    text = shown(terminal=True)
    assert "10/40" in text
    assert "epoch 3" in text
    assert "validation macro-F1 0.321" in text

import io

from rich.console import Console

from training.explore.progress import Steps


def shown(*, terminal: bool) -> str:
    output = io.StringIO()
    with Steps(Console(file=output, force_terminal=terminal, width=60)) as steps:
        steps.begin("reading [a.csv]")
        steps.begin("drawing words")
    return output.getvalue()


def test_off_a_terminal_a_step_is_one_plain_line() -> None:
    assert shown(terminal=False) == "reading [a.csv]\ndrawing words\n"


def test_on_a_terminal_the_step_at_hand_is_shown() -> None:
    assert "drawing words" in shown(terminal=True)

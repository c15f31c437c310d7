import io

from rich.console import Console

from training.flagship.progress import ConsoleReporter


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

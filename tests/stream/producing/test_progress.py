import io
from types import SimpleNamespace
from typing import cast

from rich.console import Console

from stream.producing.progress import LINE_EVERY_S, watching
from stream.producing.sender import Sender
from tests.stream.clocks import ManualClock

SENDER = cast(Sender, SimpleNamespace(sent=1_234, acknowledged=1_200, failed=4))


def test_off_a_terminal_a_line_comes_now_and_then() -> None:
    out = io.StringIO()
    clock = ManualClock()
    with watching(Console(file=out), "tweets.txt", 100, clock) as watch:
        for _ in range(int(LINE_EVERY_S * 128 * 3)):
            clock.advance(1 / 128)
            watch(SENDER, 50)
    assert out.getvalue().splitlines() == ["tweets.txt: 1234 sent, 1200 acknowledged, 4 failed"] * 3


def test_on_a_terminal_a_bar_shows_name_and_counts() -> None:
    out = io.StringIO()
    clock = ManualClock()
    console = Console(file=out, force_terminal=True, width=100)
    with watching(console, "/a/long/way/to/[red]tweets.txt", 100, clock) as watch:
        clock.advance(2)
        watch(SENDER, 50)
        console.print("done")
    shown = out.getvalue()
    assert "[red]tweets.txt" in shown
    assert "/a/long" not in shown
    assert "1,234 sent  1,200 acknowledged  600/s" in shown


def test_a_pipe_of_unknown_length_has_a_bar_too() -> None:
    out = io.StringIO()
    with watching(Console(file=out, force_terminal=True), "standard input", None, ManualClock()) as watch:
        watch(SENDER, 50)
    assert "standard input" in out.getvalue()

"""One run of ``warble demo``."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

from rich.console import Console
from rich.live import Live

from model.errors import WarbleError
from stream.demo.stage import Stage, staged
from stream.demo.summary import closing, line, opening
from stream.demo.view import View
from stream.interrupt import Interrupt
from stream.settings import Settings

FIRST_TWEET_S = 60.0
"""How long the first labelled tweet may take, in seconds; joining the group alone takes 3."""
_FRAME_S = 0.25
_LINE_S = 1.0

Draw = Callable[[], None]


def run_demo(settings: Settings, *, seconds: float | None, rate: float, console: Console) -> None:
    """Show tweets being labelled until ``seconds`` have passed since the first one (None: until a signal).

    Raises UsageError, BundleError, and WarbleError when no tweet gets labelled.
    """
    interrupt = Interrupt()
    with interrupt.on_signals(), ExitStack() as stack:
        with console.status("loading the model ..."):
            stage = stack.enter_context(staged(settings, rate))
        with _drawing(stage, console) as draw:
            flowed_s = play(stage, seconds=seconds, draw=draw, stop=lambda: interrupt.set)
    for text in closing(stage.facts, stage.tally, stage.feed, seconds=flowed_s):
        console.print(text, soft_wrap=True, markup=False, highlight=False)


def play(
    stage: Stage,
    *,
    seconds: float | None,
    draw: Draw,
    stop: Callable[[], bool],
    clock: Callable[[], float] = time.monotonic,
) -> float:
    """Let tweets flow and draw them; return for how many seconds they did.

    Raises WarbleError when none is labelled within FIRST_TWEET_S.
    """
    give_up = clock() + FIRST_TWEET_S
    while not stop() and (seconds is None or stage.tally.elapsed() < seconds):
        if not stage.feed.is_running and stage.is_ready():
            # Not before: what waits for the group to form would count as latency.
            stage.feed.start()
        stage.read()
        draw()
        if stage.tally.started is None and clock() > give_up:
            raise WarbleError(f"no tweet was labelled within {FIRST_TWEET_S:g} s: is this machine very busy?")
    return stage.finish()


@contextmanager
def _drawing(stage: Stage, console: Console) -> Iterator[Draw]:
    if console.is_terminal:
        view = View(stage.facts, stage.tally)
        with Live(view, console=console, screen=True, auto_refresh=False) as live:

            def show() -> None:
                view.frame()
                live.refresh()

            yield every(_FRAME_S, show, time.monotonic)
    else:
        for text in opening(stage.facts):
            console.print(text, soft_wrap=True, markup=False, highlight=False)

        def write() -> None:
            if stage.tally.started is not None:
                console.print(line(stage.facts, stage.tally), soft_wrap=True, markup=False, highlight=False)

        yield every(_LINE_S, write, time.monotonic)


def every(interval_s: float, act: Draw, clock: Callable[[], float]) -> Draw:
    """Return a function that acts when it is called and ``interval_s`` have passed since it last did."""
    due = clock()

    def when_due() -> None:
        nonlocal due
        now = clock()
        if now >= due:
            due = now + interval_s
            act()

    return when_due

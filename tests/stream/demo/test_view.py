import io

import pytest
from rich.console import Console

from stream.demo.facts import Facts
from stream.demo.tally import Dead, Labelled, Tally
from stream.demo.view import View
from tests.stream.clocks import ManualClock

FACTS = Facts(
    model="brands-notebook@1.0.0",
    engine="onnx on cpu",
    labels=("i can't tell", "negative", "neutral", "positive"),
    bootstrap="127.0.0.1:45678",
    http="127.0.0.1:45679",
)
REASONS = ("not-json", "not-utf8", "no-text", "not-object", "tombstone", "too-large", "text-not-string")


def busy() -> Tally:
    clock = ManualClock()
    tally = Tally(clock)
    for number in range(600):
        label = FACTS.labels[number % 3]
        tally.add_labelled(Labelled(label, 0.5, f"tweet {number} 🎉 \x1b[31m " + "long " * 40), 30.0 + number % 10)
        clock.advance(1 / 128)
    for number, reason in enumerate(REASONS):
        for _ in range(number + 1):
            tally.add_dead(Dead(reason, f"detail of {reason}"))
    return tally


def drawn(view: View, width: int, height: int) -> list[str]:
    out = io.StringIO()
    console = Console(file=out, width=width, height=height, force_terminal=True, color_system=None)
    console.print(view, end="")
    return out.getvalue().splitlines()


@pytest.mark.parametrize(("width", "height"), [(80, 24), (120, 40), (200, 60)])
def test_it_fills_the_terminal_exactly(width: int, height: int) -> None:
    tally = busy()
    view = View(FACTS, tally)
    for _ in range(40):
        view.frame()
    lines = drawn(view, width, height)
    assert len(lines) == height
    assert all(len(line) <= width for line in lines)
    assert "\x1b[31m" not in "".join(lines)


def test_the_small_screen_shows_all_that_matters() -> None:
    view = View(FACTS, busy())
    view.frame()
    screen = "\n".join(drawn(view, 80, 24))
    for words in (
        "brands-notebook@1.0.0 (onnx on cpu)",
        "00:04",
        "labelled 600",
        "tweets/s 128",
        "p50/p95 34/39 ms",
        "dead letters 28",
        "i can't tell",
        "33%",
        "text-not-string",
        "and 3 more reasons",
        "tweet 599",
        "Embedded broker 127.0.0.1:45678: at-least-once, forgetful (all in memory).",
        "WARBLE_KAFKA__BOOTSTRAP_SERVERS=HOST:PORT warble worker",
        "http://127.0.0.1:45679/metrics  /livez  /readyz  Ctrl-C ends",
    ):
        assert words in screen


def test_it_draws_before_the_first_tweet() -> None:
    screen = "\n".join(drawn(View(FACTS, Tally(ManualClock())), 80, 24))
    assert "labelled 0" in screen
    assert "p50/p95 -" in screen


def test_the_list_moves_on_at_a_readable_pace() -> None:
    tally = Tally(ManualClock())
    view = View(FACTS, tally)
    for number in range(50):
        tally.add_labelled(Labelled("neutral", 0.5, f"<{number}>"), 1.0)
    view.frame()
    shown = "\n".join(drawn(view, 80, 40))
    assert "<49>" in shown
    assert "<48>" in shown
    assert "<47>" not in shown
    view.frame()
    assert "\n".join(drawn(view, 80, 40)) == shown


def test_bars_are_as_long_as_the_shares() -> None:
    lines = drawn(View(FACTS, busy()), 120, 40)
    bars = {label: line.count("█") for line in lines for label in FACTS.labels if f" {label} " in line and "%" in line}
    assert bars["negative"] == bars["neutral"] > 5
    assert bars["positive"] == 0


def test_a_tweet_without_text_is_marked() -> None:
    tally = Tally(ManualClock())
    tally.add_labelled(Labelled("neutral", 0.5, " "), 1.0)
    view = View(FACTS, tally)
    view.frame()
    assert "(empty)" in "\n".join(drawn(view, 80, 24))

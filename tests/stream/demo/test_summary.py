from types import SimpleNamespace
from typing import cast

from stream.demo.feed import Feed
from stream.demo.summary import closing, line, opening
from stream.demo.tally import Dead, Labelled, Tally
from tests.stream.clocks import ManualClock
from tests.stream.demo.test_view import FACTS


def seen(labelled: int, dead: int) -> Tally:
    clock = ManualClock()
    tally = Tally(clock)
    for _ in range(labelled):
        tally.add_labelled(Labelled("neutral", 0.5, ""), 20.0)
        clock.advance(0.01)
    for _ in range(dead):
        tally.add_dead(Dead("not-json", ""))
    return tally


def end(tally: Tally, acknowledged: int, seconds: float = 20.0) -> list[str]:
    feed = cast(Feed, SimpleNamespace(acknowledged=acknowledged, broken=5))
    return list(closing(FACTS, tally, feed, seconds=seconds))


def test_the_last_line_holds_plain_integers() -> None:
    assert end(seen(1_500, 1_200), 2_700)[-1] == "1500 tweets labelled, 1200 dead-lettered"


def test_the_summary_says_whether_everything_came_out() -> None:
    assert end(seen(10, 2), 12)[0] == "12 records sent in 20 s, 5 of them broken on purpose; each came out once"
    assert end(seen(10, 2), 13)[0].endswith("12 came out")


def test_a_demo_that_was_stopped_before_it_began_has_a_summary_too() -> None:
    assert end(seen(0, 0), 0, seconds=0.0)[-1] == "0 tweets labelled, 0 dead-lettered"


def test_the_summary_says_what_the_broker_is_and_how_to_go_on() -> None:
    words = "\n".join(end(seen(1, 0), 1)) + "\n".join(opening(FACTS))
    assert words.count("at-least-once, forgetful") == 2
    assert words.count("WARBLE_KAFKA__BOOTSTRAP_SERVERS=HOST:PORT warble worker") == 2


def test_a_line_says_where_things_stand() -> None:
    shown = line(FACTS, seen(500, 3))
    assert shown.startswith("5 s: 500 labelled, 100/s, latency p50 20 ms, p95 20 ms; ")
    assert "neutral 100%" in shown
    assert shown.endswith("3 dead-lettered")

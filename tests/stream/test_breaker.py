"""A topic of garbage stops the worker, some bad records do not."""

import pytest

from model.errors import UsageError
from stream.breaker import Breaker
from stream.messages.outgoing import Outgoing
from stream.messages.reasons import Reason
from stream.metrics import Metrics
from stream.settings import BreakerSettings
from tests.stream.records import record


def breaker(share: float, window: int = 10, metrics: Metrics | None = None) -> Breaker:
    return Breaker(BreakerSettings(max_dead_share=share, window=window), metrics or Metrics())


def good(count: int) -> list[Outgoing]:
    return [Outgoing(record(offset=offset), result=b"{}") for offset in range(count)]


def dead(count: int, reason: Reason = Reason.NOT_JSON, partition: int = 0) -> list[Outgoing]:
    return [Outgoing(record(partition=partition, offset=offset), reason=reason) for offset in range(count)]


def test_by_default_nothing_but_dead_letters_is_fine() -> None:
    made = Breaker(BreakerSettings(), Metrics())
    made.count(dead(5_000))
    made.check()


def test_it_trips_once_more_than_the_share_of_the_window_is_dead() -> None:
    made = breaker(0.5)
    made.count(dead(5) + good(5))
    made.check()
    made.count(dead(5) + good(4))
    made.check()
    made.count(dead(2))
    with pytest.raises(UsageError):
        made.check()


def test_a_share_is_met_exactly_whatever_its_binary_fraction() -> None:
    made = breaker(0.29, window=100)
    made.count(good(71) + dead(29))
    made.check()


def test_a_window_that_is_not_full_is_no_evidence() -> None:
    made = breaker(0.0)
    made.count(dead(9))
    made.check()
    made.count(dead(1))
    with pytest.raises(UsageError):
        made.check()


def test_what_lies_before_the_window_is_forgotten() -> None:
    made = breaker(0.5)
    made.count(dead(100))
    made.count(good(5))
    made.check()


def test_a_result_that_became_a_dead_letter_on_its_way_counts_as_one() -> None:
    made = breaker(0.5)
    shrunk = good(10)
    for outcome in shrunk:
        outcome.shrink("too large for its topic")
    made.count(shrunk)
    with pytest.raises(UsageError, match="too-large 10"):
        made.check()


def test_its_line_names_share_reasons_and_the_last_place_and_what_to_do() -> None:
    made = breaker(0.5)
    made.count([*dead(6), *dead(3, Reason.NO_TEXT, partition=4), *good(1)])
    with pytest.raises(UsageError) as caught:
        made.check()
    line = str(caught.value)
    assert caught.value.exit_code == 2
    assert "\n" not in line
    for words in (
        "9 of the last 10 records",
        "WARBLE_BREAKER__MAX_DEAD_SHARE=0.5",
        "not-json 6, no-text 3;",
        "from tweets/4/2:",
        "WARBLE_INPUT__FORMAT",
        "warble dead list",
    ):
        assert words in line


def test_the_metric_shows_the_share_even_where_nothing_may_trip() -> None:
    metrics = Metrics()
    made = breaker(1.0, metrics=metrics)
    made.count(dead(1) + good(3))
    made.check()
    assert metrics.registry.get_sample_value("warble_dead_share_ratio") == 0.25

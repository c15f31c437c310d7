"""A partition that stands still is red; a broker that is away, a wait for it, and a partition that is gone are not."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import pytest
from structlog.testing import capture_logs

from stream.health import Health
from stream.metrics import Metrics
from stream.watchdog import Watchdog
from tests.stream.clocks import ManualClock


class FakeLags:
    """Lags as scripted; committed: where the group is in partitions without a position."""

    def __init__(self, ends: Mapping[int, int | None], committed: Mapping[int, int], *, are_here: bool) -> None:
        self.ends = ends
        self.committed = committed
        self.here = are_here

    def are_here(self) -> bool:
        return self.here

    def of(self, partition: int, reached: int | None) -> int | None:
        end = self.ends.get(partition)
        if end is None:
            return None
        return end - (self.committed.get(partition, 0) if reached is None else reached)


@dataclass
class Bench:
    """A watchdog over partitions whose ends and positions the test sets."""

    clock: ManualClock = field(default_factory=ManualClock)
    ends: dict[int, int | None] = field(default_factory=dict)
    """Partition to its end; None: its leader does not answer."""
    reached: dict[int, int | None] = field(default_factory=dict)
    committed: dict[int, int] = field(default_factory=dict)
    asked: list[set[int]] = field(default_factory=list)
    answers_at_once: bool = True
    metrics: Metrics = field(default_factory=Metrics)

    def __post_init__(self) -> None:
        self.health = Health(self.clock)
        self.watchdog = Watchdog("tweets", 60, self.ask, health=self.health, metrics=self.metrics, clock=self.clock)

    def ask(self, partitions: Iterable[int]) -> FakeLags:
        self.asked.append(set(partitions))
        return FakeLags(dict(self.ends), self.committed, are_here=self.answers_at_once)

    def turn(self, seconds: float) -> None:
        """Let the loop turn ten times a second."""
        for _ in range(round(seconds * 10)):
            self.clock.advance(0.1)
            self.health.beat()
            self.watchdog.check(lambda: dict(self.reached))

    @property
    def is_red(self) -> bool:
        return not self.health.live()[0]

    def stalled(self) -> float | None:
        return self.metrics.registry.get_sample_value("warble_partitions_stalled")


@pytest.fixture
def bench() -> Bench:
    """Partition 0 with 3 records of lag, partition 1 done."""
    return Bench(ends={0: 10, 1: 5}, reached={0: 7, 1: 5})


def test_a_partition_that_stands_still_turns_the_worker_red_with_a_line_that_says_which(bench: Bench) -> None:
    bench.turn(60)
    assert not bench.is_red
    with capture_logs() as logs:
        bench.turn(25)
    good, line = bench.health.live()
    assert not good
    assert line.startswith("tweets/0 stands still: lag 3, for 7")
    assert "at offset 7 although the broker answers" in line
    assert [(log["event"], log["partition"], log["lag"], log["offset"]) for log in logs] == [
        ("partition_stalled", 0, 3, 7)
    ]
    assert bench.stalled() == 1


def test_it_is_green_again_as_soon_as_the_partition_moves(bench: Bench) -> None:
    bench.turn(100)
    assert bench.is_red
    bench.reached[0] = 8
    with capture_logs() as logs:
        bench.turn(2)
    assert not bench.is_red
    assert bench.stalled() == 0
    assert [log["event"] for log in logs] == ["partition_moves_again"]


def test_a_partition_that_crawls_does_not_stand_still(bench: Bench) -> None:
    for offset in range(7, 17):
        bench.reached[0] = offset
        bench.ends[0] = offset + 100
        bench.turn(55)
        assert not bench.is_red


def test_a_partition_without_lag_may_rest_for_ever(bench: Bench) -> None:
    bench.reached[0] = 10
    bench.turn(1_000)
    assert not bench.is_red


def test_a_partition_that_rested_for_long_gets_its_full_time_when_records_come(bench: Bench) -> None:
    bench.reached[0] = 10
    bench.turn(1_000)
    bench.ends[0] = 11
    bench.turn(59)
    assert not bench.is_red
    bench.turn(25)
    assert bench.is_red


def test_a_source_that_stops_to_deliver_is_found_although_all_that_it_delivered_is_done(bench: Bench) -> None:
    bench.reached[0] = 10
    bench.turn(100)
    bench.ends[0] = 500
    bench.turn(85)
    assert bench.health.live()[1].startswith("tweets/0 stands still: lag 490")


def test_a_partition_that_never_delivered_anything_is_measured_by_what_the_group_committed(bench: Bench) -> None:
    bench.reached[0] = None
    bench.committed[0] = 10
    bench.turn(100)
    assert not bench.is_red
    bench.committed[0] = 4
    bench.turn(85)
    assert bench.health.live()[1].startswith("tweets/0 stands still: lag 6, for")
    assert "at offset none" in bench.health.live()[1]


def test_a_broker_that_does_not_answer_is_no_fault_of_the_worker(bench: Bench) -> None:
    bench.ends[0] = None
    bench.turn(1_000)
    assert not bench.is_red


def test_questions_that_are_never_answered_are_no_fault_of_the_worker(bench: Bench) -> None:
    bench.answers_at_once = False
    bench.turn(1_000)
    assert not bench.is_red
    assert len(bench.asked) == 1, "one question at a time"


def test_an_outage_starts_the_time_anew(bench: Bench) -> None:
    bench.turn(60)
    bench.ends[0] = None
    bench.turn(12)
    bench.ends[0] = 10
    bench.turn(59)
    assert not bench.is_red
    bench.turn(25)
    assert bench.is_red


def test_an_outage_ends_the_alarm(bench: Bench) -> None:
    bench.turn(100)
    assert bench.is_red
    bench.ends[0] = None
    bench.turn(12)
    assert not bench.is_red


def test_a_wait_for_the_broker_inside_a_turn_is_no_fault_of_a_partition(bench: Bench) -> None:
    for _ in range(10):
        bench.turn(12)
        bench.clock.advance(50)  # a publication that waits for the broker
        bench.turn(0.1)
        assert not bench.is_red


def test_publications_that_fail_again_and_again_are_no_fault_of_a_partition(bench: Bench) -> None:
    for _ in range(50):
        bench.turn(10)
        bench.watchdog.excuse()
        assert not bench.is_red


@pytest.mark.parametrize("when", [30, 100])
def test_a_partition_that_is_gone_is_forgotten_and_starts_anew_when_it_comes_back(bench: Bench, when: float) -> None:
    bench.turn(when)
    del bench.reached[0]
    bench.turn(2)
    assert not bench.is_red
    bench.turn(200)
    assert not bench.is_red
    bench.reached[0] = 7
    bench.turn(59)
    assert not bench.is_red
    bench.turn(25)
    assert bench.is_red


def test_only_partitions_that_do_not_move_are_asked_about(bench: Bench) -> None:
    for offset in range(7, 67):
        bench.reached[0] = offset
        bench.turn(1)
    assert bench.asked
    assert all(partitions == {1} for partitions in bench.asked)


def test_of_many_partitions_the_line_names_some_and_counts_the_rest() -> None:
    bench = Bench(ends=dict.fromkeys(range(9), 10), reached=dict.fromkeys(range(9), 1))
    bench.turn(100)
    line = bench.health.live()[1]
    assert line.count("stands still") == 5
    assert "; and 4 more; last turn" in line
    assert bench.stalled() == 9


def test_a_short_patience_asks_as_often_as_it_needs() -> None:
    clock = ManualClock()
    bench = Bench(clock=clock, ends={0: 10}, reached={0: 7})
    bench.watchdog = Watchdog("tweets", 3, bench.ask, health=bench.health, metrics=bench.metrics, clock=clock)
    bench.turn(5)
    assert bench.is_red

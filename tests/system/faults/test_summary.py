"""What a run tells about itself."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.system.faults import summary
from tests.system.faults.checker import Report
from tests.system.faults.schedule import Kind
from tests.system.faults.segment import Outcome
from tests.system.faults.watch import Recovery, Watch
from tests.system.kafka import Broker

OUTCOME = Outcome(
    name="seed7-0",
    mode="exactly-once",
    seconds=600,
    report=Report(inputs=1_000, results=990, dead=10),
    faults={str(Kind.CUT): 3, str(Kind.TWO_DOWN): 1},
    recoveries=[
        Recovery(Kind.CUT, 10, first_s=1, all_s=2),
        Recovery(Kind.CUT, 20, first_s=3, all_s=4),
        Recovery(Kind.CUT, 30, first_s=2, all_s=9),
        Recovery(Kind.TWO_DOWN, 40),
    ],
    exits={"0": 3, "4": 1},
    memory_kib=[(30.0, 102_400), (590.0, 104_448)],
    upstream={"aborted": 1, "failed": 0},
)


def test_segments_come_back_from_their_file_but_for_a_line_that_was_cut_off(tmp_path: Path) -> None:
    path = tmp_path / "segments.jsonl"
    assert summary.read(path) == []
    summary.add(path, OUTCOME.as_json())
    with path.open("a") as file:
        file.write('{"name": "seed7-1", "mo')
    (line,) = summary.read(path)
    assert line["name"] == "seed7-0"


def test_a_line_after_one_that_was_cut_off_is_read(tmp_path: Path) -> None:
    path = tmp_path / "segments.jsonl"
    path.write_text('{"name": "seed7-0", "mo')
    summary.add(path, OUTCOME.as_json())
    assert [line["name"] for line in summary.read(path)] == ["seed7-0"]


def test_a_summary_adds_up_counts_and_tells_median_and_worst_recovery() -> None:
    told = summary.summary([OUTCOME.as_json(), OUTCOME.as_json()])
    assert "2 segments, 20.0 minutes, 8 faults" in told
    assert "2,000 inputs, 1,980 results, 20 dead, 0 lost" in told
    (cut,) = [line for line in told.splitlines() if line.startswith("network cut")]
    assert cut.split() == ["network", "cut", "6", "2.0", "/", "3.0", "4.0", "/", "9.0"]
    assert "2 never" in told
    assert "100 MiB at 30 s, 102 MiB at 590 s" in told
    assert told.endswith("nothing was broken")


def test_a_summary_names_what_was_broken() -> None:
    told = summary.summary([replace(OUTCOME, violations=["lost: 0/17 has no outcome"]).as_json()])
    assert "BROKEN: lost: 0/17 has no outcome" in told
    assert "nothing was broken" not in told


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_fault_is_over_when_every_partition_has_a_new_result() -> None:
    clock = Clock()
    with Watch(Broker("127.0.0.1:1"), "labelled", 3, clock) as watch:
        clock.now = 10
        watch.healed(Kind.CUT)
        for clock.now, partitions in ((11, {0}), (12, {0, 1}), (15, {2}), (17, {0, 1, 2})):
            watch.saw(partitions)
        (recovery,) = watch.recoveries
    assert (recovery.first_s, recovery.all_s) == pytest.approx((1, 5))


def test_a_fault_from_which_nothing_came_back_is_not_called_over() -> None:
    clock = Clock()
    with Watch(Broker("127.0.0.1:1"), "labelled", 2, clock) as watch:
        watch.saw({0, 1})
        watch.healed(Kind.CUT)
        watch.saw({0})
        (recovery,) = watch.recoveries
    assert recovery.first_s == 0
    assert recovery.all_s is None

"""Schedules are drawn from their seeds alone, fairly, and come back from their files."""

import xml.etree.ElementTree as ET
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path

import pytest

from tests.system.faults import schedule
from tests.system.faults.cluster import DEPLOY, HERE, java_hash
from tests.system.faults.schedule import Fault, Kind, draw
from tests.system.faults.shrink import shrink

HALF_AN_HOUR_S = 1_800.0
WORKER_KINDS = [kind for kind in Kind if kind.startswith(("worker", "two workers")) and kind is not Kind.WORKER_JOIN]
BROKER_KINDS = [Kind.LEADER_KILL, Kind.GROUP_COORDINATOR_KILL, Kind.TRANSACTION_COORDINATOR_STOP, Kind.TWO_DOWN]


def test_a_seed_gives_the_same_faults_and_another_seed_gives_others() -> None:
    assert draw("7", HALF_AN_HOUR_S) == draw("7", HALF_AN_HOUR_S)
    assert draw("7", HALF_AN_HOUR_S) != draw("8", HALF_AN_HOUR_S)


@pytest.mark.parametrize("seed", ["1", "2", "3", "exactly-once-seed7-30x10-0"])
def test_half_an_hour_holds_two_hundred_faults_and_each_kind_at_least_three_times(seed: str) -> None:
    faults = draw(seed, HALF_AN_HOUR_S)
    assert len(faults) >= 200
    assert min(schedule.by_kind(faults).values()) >= 3


def test_every_fault_is_healed_within_the_time_and_they_come_in_order() -> None:
    faults = draw("7", 300)
    assert faults == sorted(faults)
    assert all(fault.at_s >= 0 and fault.lasts_s > 0 and fault.at_s + fault.lasts_s <= 300.1 for fault in faults)


def apart(faults: Iterable[Fault]) -> bool:
    return all(one.at_s + one.lasts_s <= other.at_s for one, other in pairwise(faults))


def test_faults_of_one_worker_or_of_the_brokers_follow_each_other_and_others_overlap() -> None:
    faults = draw("7", HALF_AN_HOUR_S)
    of_workers = [fault for fault in faults if fault.kind in WORKER_KINDS]
    for pick in range(schedule.WORKERS):
        assert apart(fault for fault in of_workers if fault.pick == pick)
    assert {fault.pick for fault in of_workers} == set(range(schedule.WORKERS))
    assert apart(fault for fault in faults if fault.kind in BROKER_KINDS)
    assert not apart(faults)


def test_two_brokers_are_down_for_as_long_as_asked() -> None:
    down = [fault for fault in draw("7", HALF_AN_HOUR_S, two_down_s=4) if fault.kind is Kind.TWO_DOWN]
    assert {fault.lasts_s for fault in down} == {4}


def test_a_schedule_comes_back_from_its_file(tmp_path: Path) -> None:
    faults = draw("7", 200)
    schedule.save(faults, tmp_path / "plan.json")
    assert schedule.load(tmp_path / "plan.json") == faults


@pytest.mark.parametrize("guilty", [{3}, {0, 63}, {10, 11, 40}, set(range(5))], ids=str)
def test_shrinking_finds_just_the_faults_that_matter(guilty: set[int]) -> None:
    tried: list[list[int]] = []

    def fails(left: list[int]) -> bool:
        tried.append(left)
        return guilty <= set(left)

    assert shrink(range(64), fails, tries=1_000) == sorted(guilty)
    assert len(tried) < 150


def test_shrinking_stops_after_its_tries_with_something_that_failed() -> None:
    tried: list[list[int]] = [list(range(64))]

    def fails(left: list[int]) -> bool:
        tried.append(left)
        return {10, 40} <= set(left)

    shrunk = shrink(range(64), fails, tries=5)
    assert len(tried) == 1 + 5
    assert shrunk in tried
    assert {10, 40} <= set(shrunk)


def test_shrinking_leaves_what_fails_only_as_a_whole() -> None:
    assert shrink(range(5), lambda left: len(left) == 5, tries=100) == [0, 1, 2, 3, 4]


def test_names_find_their_coordinator_as_kafka_does() -> None:
    # What String.hashCode says: jshell> "warble".hashCode()
    assert java_hash("") == 0
    assert java_hash("a") == 97
    assert java_hash("polygenelubricants") == -(1 << 31)


def test_kafkas_tools_have_the_brokers_version() -> None:
    versions = {
        ET.parse(pom).findtext("{*}properties/{*}kafka.version")  # noqa: S314 - our own files
        for pom in (DEPLOY / "pom.xml", HERE / "tools.xml")
    }
    assert len(versions) == 1
    assert None not in versions

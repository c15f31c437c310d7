"""The autoscaler's arithmetic, and a day under it."""

import math
from dataclasses import replace

import pytest

from bench.autoscale import DOCUMENT, Group, World, policies, simulate, table
from bench.autoscaler import SCALED_OBJECT, SYNC_S, Autoscaler, Direction, Policy, desired

ONE_TO_TEN = Policy(
    smallest=1,
    largest=10,
    threshold=100,
    drain_s=30,
    with_rate=True,
    up=Direction(window_s=0, pods=10, period_s=60),
    down=Direction(window_s=60, pods=10, period_s=60),
)
CALM = World(burst=1)


def decisions(policy: Policy, *metrics: float, pods: int = 1) -> list[int]:
    """What an autoscaler makes of metrics that it sees one after the other."""
    autoscaler = Autoscaler(policy)
    made = []
    for place, metric in enumerate(metrics):
        pods = autoscaler.decide(place * SYNC_S, pods, metric)
        made.append(pods)
    return made


@pytest.mark.parametrize(
    ("pods", "metric", "wanted"),
    [(2, 200, 2), (2, 219, 2), (2, 221, 3), (2, 181, 2), (2, 179, 2), (3, 190, 2), (4, 0, 0)],
)
def test_as_many_pods_are_wanted_as_the_target_takes_unless_it_is_within_the_tolerance(
    pods: int, metric: float, wanted: int
) -> None:
    assert desired(pods, metric, 100) == wanted


def test_more_is_followed_at_once_and_less_only_when_the_window_has_passed() -> None:
    assert decisions(ONE_TO_TEN, 500, 100, 100, 100, 100, 100) == [5, 5, 5, 5, 5, 1]


def test_a_window_upwards_waits_for_the_smallest_recommendation() -> None:
    slow = replace(ONE_TO_TEN, up=Direction(window_s=30, pods=10, period_s=60))
    assert decisions(slow, 100, 500, 300, 500) == [1, 1, 1, 3]


def test_no_more_pods_come_within_a_period_than_the_policy_allows() -> None:
    few = replace(ONE_TO_TEN, up=Direction(window_s=0, pods=2, period_s=60))
    assert decisions(few, 900, 900, 900, 900, 900) == [3, 3, 3, 3, 5]


def test_no_more_pods_go_within_a_period_than_the_policy_allows() -> None:
    one_by_one = replace(ONE_TO_TEN, down=Direction(window_s=0, pods=1, period_s=30))
    assert decisions(one_by_one, 100, 100, 100, 100, pods=5) == [4, 4, 3, 3]


def test_there_are_never_less_nor_more_pods_than_the_bounds() -> None:
    assert decisions(ONE_TO_TEN, 99_999, 0, 0, 0, 0, 0) == [10, 10, 10, 10, 10, 1]


def test_the_policy_is_the_one_that_is_deployed() -> None:
    ours = Policy.read()
    text = SCALED_OBJECT.read_text()
    assert f'threshold: "{ours.threshold:.0f}"' in text
    assert f">= 0) / {ours.drain_s:.0f}\n" in text
    assert f"stabilizationWindowSeconds: {ours.down.window_s}\n" in text
    assert ours.smallest >= 1


def test_the_threshold_is_what_seven_tenths_of_a_worker_label() -> None:
    assert Policy.read().threshold == pytest.approx(0.7 * World.per_worker, rel=0.02)


def test_no_tweet_is_made_or_lost() -> None:
    day = simulate(Policy.read(), World())
    came = math.fsum(second.arriving for second in day.seconds)
    assert day.seconds[-1].lag < came / 1_000
    assert min(second.lag for second in day.seconds) > -1


def test_a_calm_day_needs_one_worker_and_no_rebalance() -> None:
    day = simulate(Policy.read(), CALM)
    assert {second.pods for second in day.seconds} == {1}
    assert day.rebalances == 0
    assert day.worst_s == 0


def test_of_three_workers_on_four_partitions_one_falls_behind_while_the_others_could_do_more() -> None:
    group = Group(World(per_worker=100), 3)
    for now in range(1, 11):
        group.work(60.0 * now, now)
    assert [one.done for one in group.partitions] == [500, 600, 600, 500]


def test_a_worker_beyond_the_partitions_labels_nothing() -> None:
    done = []
    for workers in (1, 4, 5):
        group = Group(World(per_worker=100), workers)
        group.work(1_000.0, 1)
        done.append(sum(one.done for one in group.partitions))
    assert done == [100, 400, 400]


def test_partitions_that_move_stand_still_and_the_others_do_not() -> None:
    world = World(per_worker=1_000, start_s=0, settle_s=5)
    group = Group(world, 1)
    group.become(2, 10)
    group.work(100.0, 10)
    assert [one.done for one in group.partitions] == [100, 0, 100, 0]
    group.work(100.0, 15)
    assert [one.done for one in group.partitions] == [100, 100, 100, 100]
    assert group.rebalances == 1


def test_a_worker_that_leaves_keeps_its_partitions_for_its_session() -> None:
    world = World(per_worker=1_000, settle_s=5, session_s=10)
    group = Group(world, 2)
    group.become(1, 0)
    group.work(100.0, 14)
    assert [one.done for one in group.partitions] == [100, 0, 100, 0]
    group.work(100.0, 15)
    assert [one.done for one in group.partitions] == [100, 100, 100, 100]


def test_a_pod_that_is_not_ready_yet_goes_without_a_rebalance() -> None:
    group = Group(World(start_s=30), 1)
    group.become(3, 0)
    group.become(1, 10)
    group.work(0.0, 60)
    assert (group.pods, group.ready, group.rebalances) == (1, 1, 0)


def test_the_documented_figures_of_the_deployed_policy_are_those_of_the_simulation() -> None:
    title = next(iter(policies()))
    (row,) = table({title: simulate(Policy.read(), World())}).splitlines()[2:]
    assert f"\n{row}\n" in DOCUMENT.read_text("utf-8"), "run `python -m bench.autoscale`"


def test_the_deployed_policy_keeps_its_promise() -> None:
    day = simulate(Policy.read(), World())
    assert day.late_s == 0
    assert day.rebalances < simulate(policies()["backlog alone, Kubernetes' own pace"], World()).rebalances

import numpy as np
import pytest

from bench.arithmetic import percentiles, rotated, spread, steady_rate


def test_the_rate_is_that_of_what_arrives_after_the_warm_up() -> None:
    slow_start = np.array([0.0, 0.9])
    steady = np.arange(2.0, 12.01, 0.5)
    rate = steady_rate(np.concatenate([slow_start, steady]), warm_up_s=1)
    assert (rate.per_second, rate.counted, rate.seconds) == (2.0, 20, 10.0)


def test_results_that_come_in_bursts_are_counted_for_measured_time_only() -> None:
    # 100 a second, in bursts of 100: four seconds after the one that opens the measurement bring four bursts.
    bursts = np.repeat(np.arange(1.0, 8.0), 100)
    rate = steady_rate(bursts, warm_up_s=2)
    assert (rate.per_second, rate.counted) == (100.0, 400)


def test_the_order_in_which_partitions_are_read_does_not_matter() -> None:
    arrivals = np.array([3.0, 1.0, 5.0, 2.0, 4.0])
    assert steady_rate(arrivals, warm_up_s=0) == steady_rate(np.sort(arrivals), warm_up_s=0)


@pytest.mark.parametrize("arrivals", [[], [1.0, 1.5], [1.0, 3.0, 3.0]])
def test_a_run_without_a_measured_stretch_is_no_figure(arrivals: list[float]) -> None:
    with pytest.raises(ValueError, match=r"no result|measure for longer"):
        steady_rate(np.array(arrivals), warm_up_s=2)


def test_percentiles_are_values_that_were_measured() -> None:
    found = percentiles(np.arange(1.0, 101.0))
    assert found == {"p50": 50.0, "p95": 95.0, "p99": 99.0, "max": 100.0}


def test_the_slowest_of_few_is_not_averaged_away() -> None:
    assert percentiles(np.array([1.0, 1.0, 9.0]))["p99"] == 9.0


def test_percentiles_of_nothing_are_refused() -> None:
    with pytest.raises(ValueError, match="no value"):
        percentiles(np.empty(0))


def test_a_spread_has_the_median_and_both_ends() -> None:
    assert spread([5, 1, 4, 100]) == (4.5, 1.0, 100.0, 4)
    with pytest.raises(ValueError, match="no round"):
        spread([])


def test_each_contender_begins_one_round_and_runs_in_all() -> None:
    names = ["a", "b", "c"]
    rounds = [rotated(names, number) for number in range(3)]
    assert [order[0] for order in rounds] == names
    assert all(sorted(order) == names for order in rounds)
    assert rotated(names, 3) == names
    assert rotated([], 2) == []

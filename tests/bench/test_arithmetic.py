import numpy as np
import pytest

from bench.arithmetic import percentiles, rotated, spread, steady_rate


def test_the_rate_is_that_of_what_arrives_after_the_warm_up() -> None:
    slow_start = np.array([0.0, 0.9])
    steady = np.arange(2.0, 30.0, 0.01)
    rate = steady_rate(np.concatenate([slow_start, steady]), warm_up_s=4, seconds=10)
    assert rate.per_second == pytest.approx(100, rel=0.01)
    assert rate.counted == pytest.approx(1000, abs=2)
    assert rate.seconds == 10


@pytest.mark.parametrize("warm_up_s", [2.0, 2.4, 2.9, 3.0, 3.3])
@pytest.mark.parametrize("lasts_s", [0.0, 0.2])
def test_whether_a_burst_falls_just_inside_the_measured_stretch_matters_little(
    warm_up_s: float, lasts_s: float
) -> None:
    bursts = np.concatenate([second + np.linspace(0, lasts_s, 100) for second in range(30)])
    rate = steady_rate(bursts, warm_up_s, seconds=12)
    assert rate.per_second == pytest.approx(100, rel=0.03)


def test_the_order_in_which_partitions_are_read_does_not_matter() -> None:
    arrivals = np.array([3.0, 1.0, 5.0, 2.0, 4.0])
    assert steady_rate(arrivals, 0, 4) == steady_rate(np.sort(arrivals), 0, 4)


@pytest.mark.parametrize("arrivals", [[], [1.0, 1.5], [1.0, 3.0, 3.0]])
@pytest.mark.parametrize("seconds", [5, 0, -1])
def test_a_run_without_a_measured_stretch_is_no_figure(arrivals: list[float], seconds: float) -> None:
    with pytest.raises(ValueError, match=r"no result|measure for longer"):
        steady_rate(np.array(arrivals), 2, seconds)


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

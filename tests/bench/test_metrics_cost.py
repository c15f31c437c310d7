import pytest

from bench.metrics_cost import Cost, Costs, measure, table


def test_the_share_is_that_of_all_processor_time_scrapes_included() -> None:
    costs = Costs(work=[Cost("read", 600.0), Cost("predict", 300.0)], metrics=[Cost("tokens", 100.0)], scrape_ms=15.0)
    assert costs.share == pytest.approx(0.1 + 0.001)
    assert "10.10%" in table(costs)


def test_every_piece_is_measured() -> None:
    costs = measure("brands", 50)
    assert all(cost.us > 0 for cost in (*costs.work, *costs.metrics))
    assert costs.scrape_ms > 0

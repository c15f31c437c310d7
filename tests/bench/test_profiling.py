import pytest

from bench.errors import ContenderError
from bench.profiling import budget, self_times

PAGE = """\
# TYPE warble_stage_seconds histogram
warble_stage_seconds_sum{stage="encode"} 2.0
warble_stage_seconds_count{stage="encode"} 9.0
warble_stage_seconds_sum{stage="predict"} 1.0
warble_tweets_labelled_total{label="neutral",model="m@1",task="brands"} 300000.0
warble_tweets_labelled_total{label="positive",model="m@1",task="brands"} 100000.0
"""


def test_a_budget_is_microseconds_a_tweet() -> None:
    found = budget(PAGE, cpu_s=8.0)
    assert found["tweets"] == 400_000
    assert found["stage_us"] == {"encode": 5.0, "predict": 2.5, "publish": 0.0, "commit": 0.0}
    assert found["cpu_us"] == 20.0


def test_a_worker_that_labelled_nothing_has_no_budget() -> None:
    with pytest.raises(ContenderError, match="nothing was labelled"):
        budget("", cpu_s=1.0)


def test_samples_are_counted_for_the_innermost_function() -> None:
    stacks = "main;turn (worker.py:1);encode (encoder.py:5) 30\nmain;encode (encoder.py:5) 20\nmain;poll (x.py:2) 50\n"
    assert self_times(stacks, most=2) == [
        {"function": "encode (encoder.py:5)", "share": 0.5},
        {"function": "poll (x.py:2)", "share": 0.5},
    ]
    assert self_times("") == []

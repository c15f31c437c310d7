from dataclasses import replace
from pathlib import Path

import pytest

from bench import kafka, throughput
from bench.registry import CONTENDERS
from bench.tweets import generated, records

TWEETS = 2_000


@pytest.mark.slow
@pytest.mark.kafka
def test_ours_is_measured_on_a_real_broker(tmp_path: Path) -> None:
    some = list(generated(TWEETS))
    ours = next(contender for contender in CONTENDERS if contender.name == "ours-exactly-once")
    span = throughput.Span(warm_up_s=0, seconds=60)
    # Batches of a few tweets, so that there is more than one arrival to measure between.
    ours = replace(ours, settings={"BATCH__MAX_TWEETS": "200"})
    with kafka.running() as broker:
        broker.create("tweets")
        broker.fill("tweets", records(some, TWEETS))
        found = throughput.measure(broker, ours, "tweets", TWEETS, span, tmp_path)
    assert found["results"] == TWEETS
    assert 0 < found["counted"] < TWEETS
    # The slope of the line that fits the arrivals best is about what came by the time that it took.
    assert found["per_second"] == pytest.approx(found["counted"] / found["seconds"], rel=0.5)
    assert found["start_s"] > 0
    assert found["rss_mb"] > 0

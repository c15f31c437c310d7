"""Every shared tweet of two sets, through a worker that is killed again and again."""

from collections import Counter
from pathlib import Path

import pytest

from tests import shared_tweets
from tests.system.kafka import Broker
from tests.system.workers import Stream

KILLS = 3


@pytest.mark.slow
@pytest.mark.data
@pytest.mark.timeout(600)
def test_killed_three_times_on_the_way_every_id_comes_out_exactly_once(broker: Broker, tweets_data: Path) -> None:
    brands = shared_tweets.brands(tweets_data)
    others = shared_tweets.sentiment140(tweets_data)
    tweets = {f"brands-{row}": text for row, text in enumerate(brands)}
    tweets |= {f"sentiment140-{row}": text for row, text in enumerate(others)}
    stream = Stream(broker, broker.fresh_topics(), "brands", BATCH__MAX_TWEETS="1000")
    stream.produce(tweets)

    for kill in range(1, KILLS + 1):
        with stream.worker("--stop-at-end") as worker:
            stream.wait_until_committed(len(tweets) * kill // (KILLS + 1))
            worker.kill()
        committed = stream.committed()
        assert 0 < committed < len(tweets)
        print(f"kill {kill}: {committed} of {len(tweets)} committed")  # noqa: T201 -- the proof, shown by pytest -s
    stream.label_all()

    assert stream.dead_letters() == []
    assert Counter(result["id"] for result in stream.results()) == dict.fromkeys(tweets, 1)
    stream.assert_each_once()
    stream.assert_in_order()

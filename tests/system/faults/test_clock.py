"""The wall clock jumps while a worker runs."""

import signal
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.system.faults.workers import IMPATIENT, launched, wait_until_committed
from tests.system.workers import Stream, get, sample

JUMP_S = 7_200
"""Further ahead than Kafka lets a record's timestamp be (``message.timestamp.after.max.ms``, an hour)."""


def hours_ahead(stream: Stream, tweet_id: str) -> int:
    (result,) = [result for result in stream.results() if result["id"] == tweet_id]
    labelled_at = datetime.fromisoformat(str(result["labelled_at"]))
    return round((labelled_at - datetime.now(UTC)) / timedelta(hours=1))


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["exactly-once", "at-least-once"])
def test_clock_jumps_of_two_hours_ahead_and_back_neither_lose_nor_hold_up_a_tweet(
    stream: Stream, mode: str, tmp_path: Path
) -> None:
    offset, staged = tmp_path / "offset", tmp_path / "staged"
    offset.write_text("0")
    settings = IMPATIENT | {"BATCH__MAX_TWEETS": "8000", "BATCH__MAX_WAIT_MS": "2000", "KAFKA__DELIVERY": mode}
    jumps_s = (JUMP_S, 0, -JUMP_S, 0)
    with launched(stream, "clock", "--offset", str(offset), "worker", **settings) as worker:
        port = worker.wait_for("http_listening")["port"]
        for number, jump_s in enumerate(jumps_s, 1):
            stream.produce({f"{number}-{row}": "great app" for row in range(200)})
            while sample(get(port, "/metrics")[1], "warble_tweets_received_total") < 200 * number:
                pass
            staged.write_text(str(jump_s))
            staged.rename(offset)  # while the batch waits for company
            wait_until_committed(stream, 200 * number, worker)
        worker.send(signal.SIGTERM)
        assert worker.end() == 0

    stream.assert_each_once()
    stream.assert_in_order()
    assert [hours_ahead(stream, f"{number}-199") for number in range(1, 5)] == [2, 0, -2, 0]

"""Faust (faust-streaming): an agent that takes batches from its stream."""

import sys
from typing import Any

import faust

from bench.contenders.job import Job, read, result
from bench.shared_classify import classifier, classify

WITHIN_S = 0.1
_LARGEST_FETCH = 4_194_304

job = Job.given()
app = faust.App(
    job.group,
    broker=f"kafka://{job.bootstrap}",
    datadir=job.directory,
    store="memory://",
    value_serializer="raw",
    topic_disable_leader=True,
    stream_buffer_maxsize=2 * job.batch,
    broker_max_poll_records=job.batch,
    broker_commit_every=job.batch,
    consumer_auto_offset_reset="earliest",
    consumer_max_fetch_size=_LARGEST_FETCH,
    producer_linger=0.005,
)
source = app.topic(job.source, value_type=bytes, key_type=bytes, value_serializer="raw", key_serializer="raw")
target = app.topic(job.target, value_type=bytes, key_type=bytes, value_serializer="raw", key_serializer="raw")


@app.agent(source)
async def label(stream: Any) -> None:  # noqa: ANN401
    """Label batch after batch."""
    async for values in stream.take(job.batch, within=WITHIN_S):
        tweets = [read(value) for value in values]
        answers = classify([text for _, text in tweets])
        for (tweet_id, _), answer in zip(tweets, answers, strict=True):
            await target.send(value=result(tweet_id, answer))


if __name__ == "__main__":
    classifier()
    sys.argv = [sys.argv[0], "worker", "--without-web", "-l", "warn"]
    app.main()

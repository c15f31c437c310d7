"""FastStream on confluent-kafka: a batch subscriber whose handler's list is published as a batch."""

import asyncio

from faststream import AckPolicy, FastStream
from faststream.confluent import KafkaBroker

from bench.contenders.job import Job, result
from bench.shared_classify import classifier, classify

job = Job.given()
broker = KafkaBroker(job.bootstrap, linger_ms=5, logger=None)
app = FastStream(broker, logger=None)


@broker.subscriber(
    job.source,
    batch=True,
    max_records=job.batch,
    polling_interval=0.1,
    group_id=job.group,
    auto_offset_reset="earliest",
    ack_policy=AckPolicy.ACK,
)
@broker.publisher(job.target, batch=True)
async def label(tweets: list[dict[str, str]]) -> list[bytes]:
    """Label one batch."""
    answers = classify([tweet["text"] for tweet in tweets])
    return [result(tweet["id"], answer) for tweet, answer in zip(tweets, answers, strict=True)]


def main() -> None:
    """Label until killed."""
    classifier()
    asyncio.run(app.run())


if __name__ == "__main__":
    main()

"""MLServer's Kafka server, with adaptive batching, one V2 inference request a tweet.

It reads only what arrives after its start and only requests of its own format, hence a second process: it turns tweets
into requests, and has at most two batches of them under way, as the server takes up without bound.
"""

import asyncio
import multiprocessing
import socket
import time
from collections.abc import Iterator
from itertools import islice

import orjson
from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic
from mlserver import MLModel, MLServer, ModelSettings, Settings
from mlserver.codecs import StringCodec
from mlserver.types import InferenceRequest, InferenceResponse

from bench.contenders.job import Job, read, result
from bench.shared_classify import classifier, classify

NAME = "brands"
WITHIN_S = 0.05
_ANSWER_S = 30
_PROBE_EVERY_S = 0.5


class Labels(MLModel):
    """The shared classify function as a model of the server's."""

    async def load(self) -> bool:
        """Load the network."""
        classifier()
        return True

    async def predict(self, payload: InferenceRequest) -> InferenceResponse:
        """Label a batch: texts and ids in, results out."""
        texts, ids = (StringCodec.decode_input(one) for one in payload.inputs)
        answers = classify(texts)
        values = [result(tweet_id, answer).decode() for tweet_id, answer in zip(ids, answers, strict=True)]
        return InferenceResponse(model_name=self.name, outputs=[StringCodec.encode_output("result", values)])


def feed(job: Job, requests: str) -> None:
    """Turn tweets into requests, as fast as they are answered."""
    group = {"bootstrap.servers": job.bootstrap, "group.id": f"{job.group}-feed", "auto.offset.reset": "earliest"}
    tweets = _tweets(Consumer(group), job.source)
    producer = Producer({"bootstrap.servers": job.bootstrap, "linger.ms": 5})
    observer = Consumer({**group, "isolation.level": "read_committed"})
    partitions = [
        TopicPartition(job.target, at) for at in observer.list_topics(job.target).topics[job.target].partitions
    ]
    sent = 0
    while (answered := _length(observer, partitions)) == 0:
        # Until the server reads, what is sent is lost to it.
        _send(producer, requests, next(tweets))
        time.sleep(_PROBE_EVERY_S)
    while True:
        room = 2 * job.batch - (sent - (_length(observer, partitions) - answered))
        for tweet in islice(tweets, max(0, room)):
            _send(producer, requests, tweet)
            sent += 1
        time.sleep(WITHIN_S)


def _send(producer: Producer, topic: str, tweet: tuple[str, str]) -> None:
    tweet_id, text = tweet
    inputs = [
        {"name": name, "shape": [1, 1], "datatype": "BYTES", "data": [value], "parameters": {"content_type": "str"}}
        for name, value in (("text", text), ("id", tweet_id))
    ]
    producer.produce(topic, orjson.dumps({"inputs": inputs}), tweet_id, headers=[("mlserver-model", NAME.encode())])
    producer.poll(0)


def _length(observer: Consumer, partitions: list[TopicPartition]) -> int:
    return sum(observer.get_watermark_offsets(at, _ANSWER_S)[1] for at in partitions)


def _tweets(consumer: Consumer, topic: str) -> Iterator[tuple[str, str]]:
    consumer.subscribe([topic])
    while True:
        for message in consumer.consume(1_000, 0.1):
            if message.error() is None:
                yield read(message.value() or b"")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


async def serve(job: Job, requests: str) -> None:
    """Serve until killed."""
    server = MLServer(
        Settings(
            host="127.0.0.1",
            http_port=_free_port(),
            grpc_port=_free_port(),
            metrics_endpoint=None,
            parallel_workers=0,
            debug=False,
            logging_settings={
                "version": 1,
                "disable_existing_loggers": False,
                "loggers": {name: {"level": "ERROR"} for name in ("mlserver", "mlserver.kafka")},
            },
            kafka_enabled=True,
            kafka_servers=job.bootstrap,
            kafka_topic_input=requests,
            kafka_topic_output=job.target,
        )
    )
    model = ModelSettings(
        name=NAME, implementation=Labels, max_batch_size=job.batch, max_batch_time=WITHIN_S, parallel_workers=0
    )
    await server.start([model])


def main() -> None:
    """Label until killed."""
    job = Job.given()
    requests = f"requests-{job.group}"
    admin = AdminClient({"bootstrap.servers": job.bootstrap})
    for created in admin.create_topics([NewTopic(requests, 8, 1)]).values():
        created.result()
    multiprocessing.get_context("spawn").Process(target=feed, args=(job, requests), daemon=True).start()
    asyncio.run(serve(job, requests))


if __name__ == "__main__":
    main()

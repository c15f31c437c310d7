"""A confluent-kafka loop in batches, exactly once, as the client's own example of transactions has it."""

from confluent_kafka import Consumer, Producer

from bench.contenders.job import Job, read, result
from bench.shared_classify import classifier, classify

WAIT_S = 0.1


def main() -> None:
    """Label until killed."""
    job = Job.given()
    classifier()
    consumer = Consumer(
        {
            "bootstrap.servers": job.bootstrap,
            "group.id": job.group,
            "auto.offset.reset": "earliest",
            "enable.auto.commit": False,
            "isolation.level": "read_committed",
        }
    )
    producer = Producer(
        {
            "bootstrap.servers": job.bootstrap,
            "transactional.id": job.group,
            "linger.ms": 5,
            "queue.buffering.max.messages": 4 * job.batch,
        }
    )
    consumer.subscribe([job.source])
    producer.init_transactions()
    while True:
        messages = [message for message in consumer.consume(job.batch, WAIT_S) if message.error() is None]
        if not messages:
            continue
        tweets = [read(message.value() or b"") for message in messages]
        answers = classify([text for _, text in tweets])
        producer.begin_transaction()
        for (tweet_id, _), answer, message in zip(tweets, answers, messages, strict=True):
            producer.produce(job.target, result(tweet_id, answer), message.key())
        positions = consumer.position(consumer.assignment())
        producer.send_offsets_to_transaction(positions, consumer.consumer_group_metadata())
        producer.commit_transaction()


if __name__ == "__main__":
    main()

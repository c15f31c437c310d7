from collections.abc import Iterator

import pytest
from confluent_kafka import KafkaException, Producer

from stream import reading
from stream.embedded import PARTITIONS, EmbeddedBroker
from stream.kafka.properties import consumer_properties, is_embedded, producer_properties
from stream.settings import KafkaSettings


@pytest.fixture
def kafka() -> Iterator[KafkaSettings]:
    with EmbeddedBroker(["tweets", "tweets.dead"]) as broker:
        yield KafkaSettings(bootstrap_servers=broker.bootstrap, connect_timeout_s=10)


def test_it_is_told_from_a_real_broker_by_its_cluster_id(kafka: KafkaSettings) -> None:
    with reading.opened(kafka, "test", ["tweets"]) as consumer:
        assert is_embedded(consumer.list_topics(timeout=10).cluster_id)


def test_topics_are_there_with_their_partitions(kafka: KafkaSettings) -> None:
    with reading.opened(kafka, "test", ["tweets", "tweets.dead"]) as consumer:
        assert reading.ends(consumer, "tweets") == dict.fromkeys(range(PARTITIONS), (0, 0))


def test_what_is_sent_is_read_up_to_the_noted_end(kafka: KafkaSettings) -> None:
    producer = Producer(producer_properties(kafka))
    for number in range(200):
        producer.produce("tweets", str(number).encode(), str(number).encode())
    assert producer.flush(10) == 0
    with reading.opened(kafka, "test", ["tweets"]) as consumer:
        spans = reading.ends(consumer, "tweets")
        producer.produce("tweets", b"late", b"late")
        assert producer.flush(10) == 0
        found = [m for batch in reading.until_end(consumer, "tweets", spans, patience_s=10) for m in batch]
    assert sorted(int(message.value() or b"") for message in found) == list(range(200))


def test_an_empty_topic_ends_at_once(kafka: KafkaSettings) -> None:
    with reading.opened(kafka, "test", ["tweets"]) as consumer:
        spans = reading.ends(consumer, "tweets")
        assert list(reading.until_end(consumer, "tweets", spans, patience_s=10)) == []


def test_it_is_gone_when_the_block_ends() -> None:
    with EmbeddedBroker() as broker:
        bootstrap = broker.bootstrap
    properties = consumer_properties(KafkaSettings(bootstrap_servers=bootstrap), "test")
    producer = Producer({"bootstrap.servers": properties["bootstrap.servers"], "log_level": 0})
    with pytest.raises(KafkaException):
        producer.list_topics(timeout=0.5)

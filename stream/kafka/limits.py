"""How large a record the topics take, and how large a record is."""

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient, ConfigResource

from stream.kafka.errors import kafka_error
from stream.kafka.properties import client_properties
from stream.logs import get_logger, kafka_logger
from stream.messages.outgoing import Headers
from stream.settings import KafkaSettings

_ANSWER_S = 10.0
_BATCH_HEADER = 61
_FIXED_FIELDS = 3
"""Attributes, timestamp delta and offset delta: one byte each in a batch of one record."""


def topic_limits(kafka: KafkaSettings) -> dict[str, int]:
    """Return ``max.message.bytes`` of the output and the dead-letter topic.

    Empty when this user may not ask (ACL DescribeConfigs) or nothing answers: then only a refusal tells.
    """
    client = AdminClient(client_properties(kafka), logger=kafka_logger())
    topics = (kafka.output_topic, kafka.dead_letter_topic)
    questions = [ConfigResource(ConfigResource.Type.TOPIC, topic) for topic in topics]
    try:
        answers = client.describe_configs(questions, request_timeout=_ANSWER_S)
        return {question.name: int(future.result()["max.message.bytes"].value) for question, future in answers.items()}
    except KafkaException as exception:
        error = kafka_error(exception)
        get_logger().info("topic_limits_unknown", topics=topics, error=error.name(), detail=error.str())
        return {}


def record_bytes(key: bytes | None, value: bytes | None, headers: Headers | None) -> int:
    """Return the size of a record as a batch of its own, uncompressed: what ``max.message.bytes`` bounds.

    The layout is that of Kafka's record batch, version 2 (KIP-98).
    """
    body = _FIXED_FIELDS + _field(key) + _field(value) + _varint(len(headers or []))
    body += sum(_field(name.encode()) + _field(item) for name, item in headers or [])
    return _BATCH_HEADER + _varint(body) + body


def _field(value: str | bytes | None) -> int:
    if value is None:
        return _varint(-1)
    length = len(value.encode() if isinstance(value, str) else value)
    return _varint(length) + length


def _varint(number: int) -> int:
    """Return the bytes of a zigzag-encoded varint."""
    zigzag = (number << 1) ^ (number >> 63)
    return max(1, (zigzag.bit_length() + 6) // 7)

"""Records as a consumer hands them out, made by hand."""

from confluent_kafka import TIMESTAMP_CREATE_TIME, KafkaError, KafkaException, Message

TWEET = b'{"id": "7", "text": "I love my ipad"}'
SENT_AT_MS = 1_700_000_000_000


def record(
    value: bytes | None = TWEET,
    *,
    partition: int = 0,
    offset: int = 0,
    key: bytes | None = b"key",
    headers: list[tuple[str, str | bytes | None]] | None = None,
    timestamp: tuple[int, int] = (TIMESTAMP_CREATE_TIME, SENT_AT_MS),
) -> Message:
    """A record of the topic ``tweets``. timestamp: its kind, and milliseconds since the epoch."""
    return Message(
        topic="tweets",
        partition=partition,
        offset=offset,
        key=key,
        value=value,
        headers=headers,
        timestamp=timestamp,
    )


def event(code: int, *, partition: int = 0, offset: int = 0, reason: str = "as scripted") -> Message:
    """What a consumer hands out that is no record: a partition's end, an error. Only an end has an offset."""
    error = KafkaError(code, reason)
    if code == KafkaError._PARTITION_EOF:  # noqa: SLF001 -- the library's public name
        return Message(topic="tweets", partition=partition, offset=offset, error=error)
    return Message(topic="tweets", partition=partition, error=error)


def kafka_exception(code: int, *, fatal: bool = False, retriable: bool = False, abort: bool = False) -> KafkaException:
    """What a call of confluent-kafka raises."""
    return KafkaException(KafkaError(code, "as scripted", fatal, retriable, abort))

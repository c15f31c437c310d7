"""Where a record lies: topic, partition, offset."""

import re
from typing import NamedTuple, Self

from confluent_kafka import TIMESTAMP_NOT_AVAILABLE, Message

from model.errors import UsageError

_PLACE = re.compile(r"(?P<topic>[a-zA-Z0-9._-]{1,249})/(?P<partition>\d{1,9})/(?P<offset>\d{1,18})")


class Place(NamedTuple):
    """Where a record lies."""

    topic: str
    partition: int
    offset: int

    def __str__(self) -> str:
        """Return it as the headers and the commands write it."""
        return f"{self.topic}/{self.partition}/{self.offset}"

    @classmethod
    def of(cls, message: Message) -> Self:
        """Return the place of a record that was read."""
        return cls(str(message.topic()), *position(message))

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read TOPIC/PARTITION/OFFSET. Raises UsageError."""
        found = _PLACE.fullmatch(text)
        if found is None:
            raise UsageError(f"expected TOPIC/PARTITION/OFFSET, such as tweets/0/17, received '{text}'")
        return cls(found["topic"], int(found["partition"]), int(found["offset"]))


def timestamp(message: Message) -> int:
    """Return a record's timestamp in milliseconds since the epoch; 0 if it has none."""
    kind, milliseconds = message.timestamp()
    return 0 if kind == TIMESTAMP_NOT_AVAILABLE else max(milliseconds, 0)


def position(message: Message) -> tuple[int, int]:
    """Return the partition and offset of a record, or of a partition's end."""
    partition, offset = message.partition(), message.offset()
    assert partition is not None  # noqa: S101 -- records and partition ends carry both
    assert offset is not None  # noqa: S101 -- as above
    return partition, offset

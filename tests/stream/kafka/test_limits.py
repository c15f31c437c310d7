"""How large a record is: checked against a record batch written by hand, after KIP-98."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.kafka.limits import record_bytes

Header = tuple[str, str | bytes | None]
HEADER = struct.calcsize(">qiibihiqqqhii")
"""baseOffset, batchLength, partitionLeaderEpoch, magic, crc, attributes, lastOffsetDelta, first and last timestamp,
producerId, producerEpoch, baseSequence, record count."""


def varint(number: int) -> bytes:
    rest = (number << 1) ^ (number >> 63)
    written = bytearray()
    while rest > 127:
        written.append(rest & 127 | 128)
        rest >>= 7
    written.append(rest)
    return bytes(written)


def field(value: bytes | None) -> bytes:
    return varint(-1) if value is None else varint(len(value)) + value


def record_batch(key: bytes | None, value: bytes | None, headers: list[Header]) -> bytes:
    """One record as a batch; the numbers of the header do not matter for its size."""
    body = b"\0" + varint(0) + varint(0) + field(key) + field(value) + varint(len(headers))
    for name, item in headers:
        body += field(name.encode()) + field(item.encode() if isinstance(item, str) else item)
    return b"\0" * HEADER + varint(len(body)) + body


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


@given(
    key=st.none() | st.binary(max_size=200),
    value=st.none() | st.binary(max_size=300),
    headers=st.lists(st.tuples(texts, st.none() | texts | st.binary(max_size=200)), max_size=4),
)
def test_a_record_is_as_large_as_its_batch_on_the_wire(
    key: bytes | None, value: bytes | None, headers: list[Header]
) -> None:
    assert record_bytes(key, value, headers) == len(record_batch(key, value, headers))


@pytest.mark.parametrize("size", [0, 1, 63, 64, 8_191, 8_192, 65_536, 1_048_576])
def test_every_length_of_a_length_is_counted(size: int) -> None:
    assert record_bytes(None, b"x" * size, None) == len(record_batch(None, b"x" * size, []))

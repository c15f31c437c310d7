"""Ten thousand records of anything at all, through a real Kafka: each has one outcome, and the worker goes on."""

import json
import random
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest

from stream.messages.decode import Decoder, Tweet
from stream.settings import InputSettings
from tests.factories import tiny_bundle
from tests.fuzz.messages import WORDS
from tests.system.kafka import Broker, Record
from tests.system.workers import Stream, header, numbered

pytestmark = pytest.mark.slow

COUNT = 10_000
SEED = 5
HUGE = 200_000
"""Bytes: beyond WARBLE_INPUT__MAX_BYTES, within what Kafka takes."""


def values(luck: random.Random) -> Iterator[bytes | None]:
    """Values of every kind, without end, the same for the same seed."""
    while True:
        good = json.dumps({"id": luck.randrange(1 << 70), "text": luck.choice(list(numbered(20).values()))}).encode()
        cut = luck.randrange(len(good))
        yield from (
            good,
            luck.randbytes(luck.randrange(300)),
            good[:cut],
            good[:cut] + luck.randbytes(luck.randrange(4)) + good[cut:],
            good[:cut] + luck.choice(WORDS) + good[cut:],
            b"".join(luck.choices(WORDS, k=luck.randrange(1, 12))),
            b'{"text": "' + luck.randbytes(luck.randrange(40)) + b'"}',
            json.dumps({"text": "".join(map(chr, luck.choices(range(0xD800), k=30)))}).encode(),
            luck.choice((None, b"", b"{}", b"[]", b"null", b'""', b"[" * 50_000, b'{"text": null}', b'{"text": 5}')),
        )
        if luck.random() < 0.01:
            yield luck.randbytes(HUGE)
            yield b'{"text": "' + b"x" * HUGE + b'"}'


@pytest.mark.parametrize("mode", ["exactly-once", "at-least-once"])
def test_each_of_ten_thousand_random_values_has_one_outcome(broker: Broker, tmp_path: Path, mode: str) -> None:
    luck = random.Random(SEED)  # noqa: S311 -- no secret
    sent = list(islice(values(luck), COUNT))
    stream = Stream(broker, broker.fresh_topics(), tiny_bundle(tmp_path / "tiny"), KAFKA__DELIVERY=mode)
    broker.produce(stream.input, (Record(luck.choice((None, b"", luck.randbytes(8))), value) for value in sent))

    stream.label_all()

    stream.assert_each_once()
    results, letters = stream.results(), stream.dead_letters()
    assert len(results) + len(letters) == COUNT
    decoder = Decoder(InputSettings())
    assert len(results) == sum(isinstance(decoder.decode(value), Tweet) for value in sent)
    assert {header(letter, "warble-reason") for letter in letters} == {
        *("not-utf8", "not-json", "not-object", "no-text", "text-not-string", "tombstone", "too-large")
    }

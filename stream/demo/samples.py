"""The sample tweets, and records that are broken on purpose."""

import base64
import json
from collections.abc import Iterator
from importlib import resources
from itertools import count
from typing import NamedTuple

import orjson


class Sample(NamedTuple):
    """One sample: a tweet's text, or the value of a broken record."""

    text: str | None
    value: bytes | None = None
    """Value of a broken record; None is Kafka's null."""


class Fed(NamedTuple):
    """One record to send."""

    key: bytes
    value: bytes | None
    is_broken: bool


def load_samples() -> list[Sample]:
    """Read the samples that come with the package."""
    lines = resources.files("stream.demo").joinpath("samples.jsonl").read_text("utf-8").splitlines()
    return [_sample(json.loads(line)) for line in lines]


def endless(samples: list[Sample]) -> Iterator[Fed]:
    """Yield the samples as records, over and over, each tweet under an id of its own."""
    for number in count(1):
        sample = samples[(number - 1) % len(samples)]
        key = f"demo-{number}".encode()
        if sample.text is None:
            yield Fed(key, sample.value, is_broken=True)
        else:
            yield Fed(key, orjson.dumps({"id": key.decode(), "text": sample.text}), is_broken=False)


def _sample(line: dict[str, str | int | None]) -> Sample:
    if "text" in line:
        return Sample(str(line["text"]))
    raw = line["bytes"]
    value = None if raw is None else base64.b64decode(str(raw)) * int(line.get("times") or 1)
    return Sample(None, value)

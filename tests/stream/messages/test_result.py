import json
from typing import Any

import numpy as np
import orjson
from hypothesis import given
from hypothesis import strategies as st

from stream.messages.result import ResultEncoder, rfc3339

ENCODER = ResultEncoder(labels=("bad", "good"), task="mood", model="m@1.0.0", topic="tweets")


def encoded(*, empty: bool = False, text: str | None = None) -> str:
    batch = ENCODER.batch(np.array([[0.5, 0.5], [0.25, 0.75]], np.float32), "2026-01-02T03:04:05.678Z")
    return batch.encode(1, tweet_id="7", label=1, partition=3, offset=9, empty=empty, text=text).decode()


def test_a_result_has_exactly_the_fields_of_the_contract() -> None:
    assert json.loads(encoded()) == {
        "id": "7",
        "label": "good",
        "score": 0.75,
        "probabilities": {"bad": 0.25, "good": 0.75},
        "task": "mood",
        "model": "m@1.0.0",
        "source": {"topic": "tweets", "partition": 3, "offset": 9},
        "labelled_at": "2026-01-02T03:04:05.678Z",
    }


def test_empty_and_text_are_there_only_when_they_say_something() -> None:
    plain, full = json.loads(encoded()), json.loads(encoded(empty=True, text="a\0😀"))
    assert full == {**plain, "empty": True, "text": "a\0😀"}


def test_an_empty_text_is_repeated_too() -> None:
    assert json.loads(encoded(text=""))["text"] == ""


def test_times_are_rfc3339_in_utc_to_the_millisecond() -> None:
    assert rfc3339(0) == "1970-01-01T00:00:00.000Z"
    assert rfc3339(1_700_000_000.1239) == "2023-11-14T22:13:20.123Z"


PRINTABLE = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


@given(
    labels=st.lists(PRINTABLE, min_size=2, max_size=4, unique=True),
    names=st.tuples(PRINTABLE, PRINTABLE, PRINTABLE, PRINTABLE.filter(bool)),
    probabilities=st.lists(st.floats(0, 1, width=32), min_size=4, max_size=4),
    text=st.none() | PRINTABLE,
    empty=st.booleans(),
)
def test_a_result_is_what_orjson_writes_of_its_fields(
    labels: list[str], names: tuple[str, str, str, str], probabilities: list[float], text: str | None, *, empty: bool
) -> None:
    task, model, topic, tweet_id = names
    row = np.array([probabilities[: len(labels)]], np.float32)
    batch = ResultEncoder(labels=labels, task=task, model=model, topic=topic).batch(row, "now")
    rounded = [round(float(value), 7) for value in row[0]]
    expected: dict[str, Any] = {
        "id": tweet_id,
        "label": labels[0],
        "score": rounded[0],
        "probabilities": dict(zip(labels, rounded, strict=True)),
        "task": task,
        "model": model,
        "source": {"topic": topic, "partition": 2, "offset": 2**40},
        "labelled_at": "now",
    }
    if empty:
        expected["empty"] = True
    if text is not None:
        expected["text"] = text
    written = batch.encode(0, tweet_id=tweet_id, label=0, partition=2, offset=2**40, empty=empty, text=text)
    assert written == orjson.dumps(expected)

import json

from stream.messages.result import ResultEncoder, rfc3339

ENCODER = ResultEncoder(labels=("bad", "good"), task="mood", model="m@1.0.0", topic="tweets")


def encoded(*, empty: bool = False, text: str | None = None) -> str:
    return ENCODER.encode(
        tweet_id="7",
        label=1,
        probabilities=[0.25, 0.75],
        partition=3,
        offset=9,
        labelled_at="2026-01-02T03:04:05.678Z",
        empty=empty,
        text=text,
    ).decode()


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

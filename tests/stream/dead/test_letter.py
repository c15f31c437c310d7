import pytest

from stream.dead.letter import DeadLetter
from stream.messages.outgoing import Outgoing
from stream.messages.place import Place
from stream.messages.reasons import Reason
from tests.stream.records import SENT_AT_MS, record


def letter_of(outgoing: Outgoing) -> DeadLetter:
    """Write a dead letter as the worker does, and read it."""
    headers = outgoing.headers
    return DeadLetter.read(record(outgoing.value, partition=2, offset=9, key=outgoing.key, headers=headers))


def test_what_the_worker_wrote_is_read_back() -> None:
    original = record(b"\xff", partition=1, offset=5, headers=[("trace", b"\x00"), ("trace", None), ("n", "text")])
    letter = letter_of(Outgoing(original, reason=Reason.NOT_UTF8, detail="byte 0"))
    assert letter.place == Place("tweets", 2, 9)
    assert (letter.reason, letter.detail, letter.source) == ("not-utf8", "byte 0", "tweets/1/5")
    assert letter.source_timestamp_ms == SENT_AT_MS
    assert letter.source_time == "2023-11-14T22:13:20.000Z"
    assert (letter.key, letter.value, letter.truncated) == (b"key", b"\xff", "")
    assert letter.original_headers == [("trace", b"\x00"), ("trace", None), ("n", b"text")]


def test_a_letter_that_had_to_shrink_says_what_it_left_behind() -> None:
    outgoing = Outgoing(record(b"x" * 100), reason=Reason.TOO_LARGE, detail="")
    outgoing.shrink("")
    outgoing.shrink("")
    letter = letter_of(outgoing)
    assert letter.truncated == "headers,value"
    assert letter.value is None


def test_the_newest_death_counts_where_a_letter_died_twice() -> None:
    first = Outgoing(record(b"[]"), reason=Reason.NOT_OBJECT, detail="once")
    again = record(b"[]", offset=77, headers=first.headers)
    letter = letter_of(Outgoing(again, reason=Reason.NOT_JSON, detail="twice"))
    assert (letter.reason, letter.detail, letter.source) == ("not-json", "twice", "tweets/0/77")
    assert letter.original_headers == []


def test_a_record_that_no_worker_wrote_has_no_reason() -> None:
    letter = DeadLetter.read(record(b"x", headers=None))
    assert letter.reason is None
    assert letter.source_time == ""


@pytest.mark.parametrize("reason", [None, b"", b"\xff\xfe", b"Not JSON", b"a\x00b", "caf\u00e9".encode()])
def test_what_no_worker_writes_is_no_reason(reason: bytes | None) -> None:
    assert DeadLetter.read(record(headers=[("warble-reason", reason)])).reason is None


def test_a_reason_of_another_version_is_one() -> None:
    assert DeadLetter.read(record(headers=[("warble-reason", b"brand-new2")])).reason == "brand-new2"


@pytest.mark.parametrize("timestamp", ["", "-5", "soon", "9" * 15, "9" * 40, "\u0663"])
def test_a_timestamp_that_is_no_date_is_no_error(timestamp: str) -> None:
    letter = DeadLetter.read(record(headers=[("warble-source-timestamp", timestamp.encode())]))
    assert letter.source_time == ""


def test_bytes_that_are_no_text_are_shown_as_base64() -> None:
    shown = DeadLetter.read(record(b"\xff", key=b"\xfe", headers=[("h", b"\xfd"), ("t", b"ok"), ("n", None)])).full()
    assert (shown["value_base64"], shown["key_base64"], shown["value_bytes"]) == ("/w==", "/g==", 1)
    assert shown["headers"] == [
        {"name": "h", "value_base64": "/Q=="},
        {"name": "t", "value": "ok"},
        {"name": "n", "value": None},
    ]


def test_a_tombstone_is_told_from_an_empty_value() -> None:
    assert DeadLetter.read(record(None)).full()["value"] is None
    assert DeadLetter.read(record(b"")).full()["value"] == ""
    assert DeadLetter.read(record(None)).summary()["value_bytes"] is None

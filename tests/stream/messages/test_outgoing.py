"""What becomes of a record on its way out: what it carries, and how it shrinks."""

import pytest
from confluent_kafka import TIMESTAMP_CREATE_TIME, TIMESTAMP_LOG_APPEND_TIME, TIMESTAMP_NOT_AVAILABLE

from stream.messages.outgoing import Outgoing
from stream.messages.reasons import Reason
from tests.stream.records import SENT_AT_MS, record

OWN: list[tuple[str, str | bytes | None]] = [("traceparent", b"00-1"), ("none", None), ("traceparent", b"00-2")]


def dead() -> Outgoing:
    return Outgoing(record(b"\xff\x00", headers=OWN, partition=2, offset=5), reason=Reason.NOT_UTF8, detail="byte 0")


def explanation(outgoing: Outgoing) -> dict[str, str | bytes | None]:
    headers = outgoing.headers
    assert headers is not None
    return {name: value for name, value in headers if name.startswith("warble-")}


def copied(outgoing: Outgoing) -> list[tuple[str, str | bytes | None]]:
    return [header for header in outgoing.headers or [] if not header[0].startswith("warble-")]


def test_a_result_carries_the_records_key_headers_and_timestamp() -> None:
    outgoing = Outgoing(record(key=b"user\xff", headers=OWN), result=b"{}")
    assert outgoing.key == b"user\xff"
    assert outgoing.value == b"{}"
    assert outgoing.headers == OWN
    assert outgoing.timestamp == SENT_AT_MS


def test_a_result_of_a_bare_record_carries_nothing_more() -> None:
    outgoing = Outgoing(record(key=None, headers=None), result=b"{}")
    assert outgoing.key is None
    assert not outgoing.headers


def test_a_dead_letter_is_the_record_and_an_explanation() -> None:
    outgoing = dead()
    assert outgoing.key == b"key"
    assert outgoing.value == b"\xff\x00"
    assert copied(outgoing) == OWN
    assert explanation(outgoing) == {
        "warble-reason": b"not-utf8",
        "warble-detail": b"byte 0",
        "warble-source": b"tweets/2/5",
        "warble-source-timestamp": str(SENT_AT_MS).encode(),
    }


def test_a_tombstones_dead_letter_has_no_value() -> None:
    assert Outgoing(record(None), reason=Reason.TOMBSTONE, detail="null").value is None


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_is_its_own_header_value(reason: Reason) -> None:
    assert explanation(Outgoing(record(), reason=reason))["warble-reason"] == reason.value.encode()


def test_a_detail_that_is_not_utf8_is_no_obstacle() -> None:
    outgoing = Outgoing(record(), reason=Reason.NOT_JSON, detail="\ud800 é")
    assert explanation(outgoing)["warble-detail"] == "? é".encode()


def test_the_records_headers_are_not_changed() -> None:
    own: list[tuple[str, str | bytes | None]] = [("a", b"b")]
    source = record(headers=own)
    outgoing = Outgoing(source, reason=Reason.NOT_JSON)
    assert outgoing.headers == outgoing.headers
    assert source.headers() == [("a", b"b")]


@pytest.mark.parametrize("kind", [TIMESTAMP_CREATE_TIME, TIMESTAMP_LOG_APPEND_TIME])
def test_either_kind_of_timestamp_is_kept(kind: int) -> None:
    assert Outgoing(record(timestamp=(kind, 5)), result=b"").timestamp == 5


@pytest.mark.parametrize("timestamp", [(TIMESTAMP_NOT_AVAILABLE, -1), (TIMESTAMP_NOT_AVAILABLE, 9), (1, -1)])
def test_no_timestamp_lets_the_producer_set_one(timestamp: tuple[int, int]) -> None:
    assert Outgoing(record(timestamp=timestamp), result=b"").timestamp == 0


def test_a_result_that_is_too_large_becomes_a_dead_letter() -> None:
    outgoing = Outgoing(record(b"original", headers=OWN), result=b"x" * 100, label=1)
    assert outgoing.shrink("too big")
    assert outgoing.result is None
    assert (outgoing.key, outgoing.value) == (b"key", b"original")
    assert copied(outgoing) == OWN
    assert explanation(outgoing)["warble-reason"] == b"too-large"
    assert explanation(outgoing)["warble-detail"] == b"too big"
    assert "warble-truncated" not in explanation(outgoing)
    assert outgoing.cut == ""


def test_a_dead_letter_loses_its_headers_then_its_value_then_its_key() -> None:
    outgoing = dead()
    seen = []
    while True:
        seen.append((outgoing.cut, len(copied(outgoing)), outgoing.value, outgoing.key))
        if not outgoing.shrink("too big"):
            break
    assert seen == [
        ("", 3, b"\xff\x00", b"key"),
        ("headers", 0, b"\xff\x00", b"key"),
        ("headers,value", 0, None, b"key"),
        ("headers,value,key", 0, None, None),
    ]


def test_what_is_left_out_is_flagged_and_the_reason_stays() -> None:
    outgoing = dead()
    assert outgoing.shrink("too big")
    assert explanation(outgoing)["warble-truncated"] == b"headers"
    assert explanation(outgoing)["warble-reason"] == b"not-utf8"
    assert explanation(outgoing)["warble-detail"] == b"byte 0"


def test_after_the_last_step_nothing_changes() -> None:
    outgoing = Outgoing(record(), result=b"x")
    steps = 0
    while outgoing.shrink("too big"):
        steps += 1
    assert steps == 4
    assert not outgoing.shrink("again")
    assert outgoing.cut == "headers,value,key"

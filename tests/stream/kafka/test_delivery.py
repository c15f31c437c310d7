"""The parts that both deliveries are made of."""

import gc
import weakref
from typing import Any

import pytest
from confluent_kafka import KafkaError, KafkaException
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from stream.errors import BrokerError
from stream.kafka import sender as sender_module
from stream.kafka.connect import Complaints
from stream.kafka.delivery import next_offsets, part
from stream.kafka.sender import Sender, shrink
from stream.messages.outgoing import Outgoing
from stream.messages.reasons import Reason
from stream.settings import KafkaSettings
from tests.stream.kafka.conftest import Bench
from tests.stream.kafka.test_deliveries import DEAD, OUTPUT, dead, result
from tests.stream.records import kafka_exception, record


def sender(bench: Bench, *, limits: dict[str, int] | None = None, **properties: str) -> Sender:
    kafka = KafkaSettings(properties=properties)
    return Sender(kafka, {"client.id": "test"}, Complaints("test"), limits=limits or {}, pulse=bench.pulse)


def test_next_offsets_are_those_after_the_last_record() -> None:
    outcomes = [result(3), result(10, partition=1), result(4), result(11, partition=1)]
    assert next_offsets(outcomes) == {0: 5, 1: 12}
    assert next_offsets([]) == {}


@given(rows=st.integers(0, 12), suspects=st.sets(st.integers(0, 11)))
def test_parts_cover_all_in_order_and_leave_suspects_alone(rows: int, suspects: set[int]) -> None:
    suspects = {row for row in suspects if row < rows}
    outcomes = [result(row) for row in range(rows)]
    parts = [list(piece) for piece in part(outcomes, suspects)]
    assert [outcome for piece in parts for outcome in piece] == outcomes
    for row in suspects:
        assert [outcomes[row]] in parts
    assert all(parts)
    assert len(parts) <= 2 * len(suspects) + 1


def test_shrinking_past_the_last_step_is_an_error_that_names_the_record() -> None:
    outcome = Outgoing(record(partition=3, offset=9), reason=Reason.NOT_JSON)
    for _ in range(3):
        shrink(outcome, "too big")
    with pytest.raises(BrokerError, match=r"tweets/3/9 \(too big\): raise its max\.message\.bytes"):
        shrink(outcome, "too big")


def test_a_sender_hears_only_of_what_failed(bench: Bench) -> None:
    made = sender(bench)
    assert made.producer.properties["delivery.report.only.error"] is True  # type: ignore[attr-defined]
    assert made.producer.properties["client.id"] == "test"  # type: ignore[attr-defined]
    bench.broker.limits[OUTPUT] = 50
    made.send([result(0), result(1, b"x" * 100), dead(2), result(3, b"x" * 100)])
    made.producer.flush(1)
    assert made.too_large() == {1, 3}
    assert [row for row, _ in made.failures()] == [1, 3]


def test_what_failed_is_forgotten_with_the_next_batch(bench: Bench) -> None:
    made = sender(bench)
    bench.broker.limits[OUTPUT] = 50
    made.send([result(0, b"x" * 100)])
    made.producer.flush(1)
    assert made.too_large() == {0}
    made.send([result(1)])
    made.producer.flush(1)
    assert made.too_large() == set()


@pytest.mark.parametrize("code", [KafkaError._PURGE_QUEUE, KafkaError._PURGE_INFLIGHT])  # noqa: SLF001 -- the library's public names
def test_what_an_abort_purges_has_not_failed(bench: Bench, code: int) -> None:
    made = sender(bench)
    bench.broker.refusals[OUTPUT] = code
    made.send([result(0)])
    made.producer.flush(1)
    assert made.failures() == []


def test_a_refusal_that_cannot_heal_is_raised(bench: Bench) -> None:
    made = sender(bench)
    bench.broker.refusals[DEAD] = KafkaError.TOPIC_AUTHORIZATION_FAILED
    made.send([result(0), dead(1)])
    made.producer.flush(1)
    with pytest.raises(BrokerError, match="permission denied"):
        made.failures()


def test_other_errors_of_a_send_are_left_to_the_delivery(bench: Bench) -> None:
    made = sender(bench)
    bench.broker.plan("produce", kafka_exception(KafkaError._STATE))  # noqa: SLF001
    with pytest.raises(KafkaException, match="as scripted"):
        made.send([result(0)])


def test_a_known_limit_spares_the_broker_what_it_would_refuse(bench: Bench) -> None:
    made = sender(bench, limits={OUTPUT: 500, DEAD: 1_000})
    made.send([result(0), result(1, b"x" * 500), dead(2, header=b"y" * 2_000), dead(3, value=b"z" * 2_000)])
    made.producer.flush(1)
    assert bench.broker.values(OUTPUT) == [b"result 0"]
    assert bench.broker.values(DEAD) == [b"original 1", b"bad", None]
    assert made.too_large() == set()


@pytest.mark.parametrize("name", ["compression.type", "compression.codec"])
def test_what_a_compressed_record_weighs_only_the_broker_can_tell(bench: Bench, name: str) -> None:
    made = sender(bench, limits={OUTPUT: 500}, **{name: "lz4"})
    made.send([result(0, b"x" * 500)])
    made.producer.flush(1)
    assert bench.broker.values(OUTPUT) == [b"x" * 500]


@given(size=st.integers(0, 600), headers=st.booleans())
def test_the_quick_way_past_the_exact_size_lets_nothing_through_that_is_too_large(size: int, *, headers: bool) -> None:
    from stream.kafka.limits import record_bytes  # noqa: PLC0415 -- beside its only use

    own: Any = [("h", b"v" * 20)] if headers else None
    source = record(b"", key=b"k" * 10, headers=own)
    outcome = Outgoing(source, result=b"x" * size, label=0)
    exact = record_bytes(outcome.key, outcome.value, outcome.headers)
    sent: list[bytes | None] = []

    class Recorder:
        def produce(self, topic: str, value: bytes | None, *_: object) -> None:
            if topic == OUTPUT:
                sent.append(value)

    made = object.__new__(Sender)
    made._topics, made._limits, made._failed, made._notes = (OUTPUT, DEAD), {OUTPUT: 400}, [], []
    made._pulse = lambda: None
    made.producer = Recorder()  # type: ignore[assignment]
    made.send([outcome])
    assert bool(sent) == (exact <= 400)


def test_the_log_names_what_was_too_large_as_the_headers_do() -> None:
    outcome = result(7, partition=2)
    with capture_logs() as logs:
        shrink(outcome, "too much")
    assert [line["source"] for line in logs] == ["tweets/2/7"]


def test_a_sender_that_is_dropped_lets_go_of_its_producer_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not when the garbage is collected some day: a producer has threads, connections and buffers."""

    class Quick:
        def __init__(self, *_: object, **__: object) -> None:
            pass

        def produce(self, *_: object) -> None:
            pass

    monkeypatch.setattr(sender_module, "Producer", Quick)
    made = Sender(KafkaSettings(), {}, Complaints("test"), limits={}, pulse=lambda: None)
    made.send([result(0)])
    producer = weakref.ref(made.producer)
    gc.disable()
    try:
        del made
        assert producer() is None
    finally:
        gc.enable()

import logging
import warnings
from threading import Event
from typing import Any, cast

import pytest
from confluent_kafka import KafkaError, KafkaException, Producer, TopicPartition

from stream.dead import transactions
from stream.dead.letter import DeadLetter
from stream.dead.transactions import AbortedError, Transactions
from stream.errors import BrokerError
from stream.kafka.late import LateRequests
from stream.settings import KafkaSettings
from tests.stream.clocks import ManualClock
from tests.stream.records import kafka_exception, record

LETTER = DeadLetter.read(record(b"value", headers=[("own", b"1"), ("warble-reason", b"not-json")]))
OFFSETS = [TopicPartition("tweets.dead", 0, 5)]


class ScriptedProducer:
    """Answers each call with the next exception scripted for it; without one it succeeds."""

    def __init__(self, clock: ManualClock) -> None:
        self.clock = clock
        self.calls: list[str] = []
        self.script: dict[str, list[Exception]] = {}
        self.sent: list[tuple[Any, ...]] = []
        self.logger: LateRequests | None = None

    def produce(self, topic: str, value: bytes | None, key: bytes | None, *, headers: object) -> None:
        self._answer("produce")
        self.sent.append((topic, value, key, headers))

    def poll(self, timeout: float) -> None:
        self._answer("poll")
        self.clock.advance(timeout)

    def begin_transaction(self) -> None:
        self._answer("begin")

    def init_transactions(self, _timeout: float) -> None:
        self._answer("init")

    def send_offsets_to_transaction(self, offsets: object, group: object, _timeout: float) -> None:
        assert (offsets, group) == (OFFSETS, "group")
        self._answer("offsets")

    def commit_transaction(self, _timeout: float) -> None:
        self._answer("commit")

    def abort_transaction(self, _timeout: float) -> None:
        self._answer("abort")

    def close(self) -> None:
        self._answer("close")

    def _answer(self, call: str) -> None:
        self.calls.append(call)
        self.clock.advance(0.5)
        if self.script.get(call):
            raise self.script[call].pop(0)


@pytest.fixture
def producer(monkeypatch: pytest.MonkeyPatch) -> ScriptedProducer:
    scripted = ScriptedProducer(ManualClock())

    def make(_: object, logger: LateRequests) -> ScriptedProducer:
        scripted.logger = logger
        return scripted

    monkeypatch.setattr(transactions, "Producer", make)
    return scripted


@pytest.fixture
def opened(producer: ScriptedProducer) -> Transactions:
    return Transactions(KafkaSettings(connect_timeout_s=5), "warble-g-replay-not-json", producer.clock)


def send(opened: Transactions) -> None:
    opened.send([LETTER], OFFSETS, "group")


def timed_out() -> KafkaException:
    return kafka_exception(KafkaError._TIMED_OUT, retriable=True)  # noqa: SLF001


def test_records_and_offsets_share_a_transaction(producer: ScriptedProducer, opened: Transactions) -> None:
    send(opened)
    assert producer.calls == ["begin", "produce", "offsets", "commit"]
    assert producer.sent == [("tweets", b"value", b"key", [("own", b"1")])]


def test_a_request_that_may_be_late_ends_the_replay_before_another_transaction_can_meet_it(
    producer: ScriptedProducer, opened: Transactions
) -> None:
    send(opened)
    send(opened)
    assert producer.logger is not None
    line = "[thrd:1]: there:1/1: Disconnected (after 105ms in state UP)"
    producer.logger.log(logging.INFO, "%s [%s] %s", "FAIL", "rdkafka#producer-1", line)
    before = producer.calls.count("begin")
    with pytest.raises(BrokerError, match=r"a request may still be on its way.*run the replay again"):
        send(opened)
    assert producer.calls.count("begin") == before


@pytest.mark.parametrize("call", ["begin", "offsets", "commit"])
def test_a_call_that_may_still_succeed_is_made_again(
    producer: ScriptedProducer, opened: Transactions, call: str
) -> None:
    producer.script[call] = [timed_out(), timed_out()]
    send(opened)
    assert producer.calls.count(call) == 3
    assert len(producer.sent) == 1
    assert "abort" not in producer.calls


def test_a_full_queue_is_waited_for(producer: ScriptedProducer, opened: Transactions) -> None:
    producer.script["produce"] = [BufferError()]
    send(opened)
    assert producer.calls == ["begin", "produce", "poll", "produce", "offsets", "commit"]
    assert len(producer.sent) == 1


@pytest.mark.parametrize("call", ["produce", "offsets", "commit"])
@pytest.mark.parametrize("retriable", [False, True])
def test_a_transaction_that_must_be_aborted_is_aborted(
    producer: ScriptedProducer, opened: Transactions, call: str, *, retriable: bool
) -> None:
    producer.script[call] = [kafka_exception(KafkaError.TRANSACTION_ABORTABLE, abort=True, retriable=retriable)]
    producer.script["abort"] = [timed_out()]
    with pytest.raises(AbortedError):
        send(opened)
    assert producer.calls[-2:] == ["abort", "abort"]


def test_a_replay_that_another_one_shut_out_ends(producer: ScriptedProducer, opened: Transactions) -> None:
    producer.script["commit"] = [kafka_exception(KafkaError._FENCED, fatal=True)]  # noqa: SLF001
    with pytest.raises(BrokerError, match="another replay of the same reason took over"):
        send(opened)
    assert "abort" not in producer.calls


def test_a_replay_that_hears_only_that_something_was_fatal_asks_what(
    producer: ScriptedProducer, opened: Transactions
) -> None:
    producer.script["produce"] = [kafka_exception(KafkaError._FATAL)]  # noqa: SLF001
    producer.script["poll"] = [kafka_exception(KafkaError._FENCED, fatal=True)]  # noqa: SLF001
    with pytest.raises(BrokerError, match="another replay of the same reason took over"):
        send(opened)


def test_a_broker_that_stays_away_ends_the_replay(producer: ScriptedProducer, opened: Transactions) -> None:
    producer.script["init"] = [timed_out() for _ in range(100)]
    with pytest.raises(BrokerError, match="run the replay again"):
        opened.open()
    assert 5 < len(producer.calls) < 15


def test_a_call_that_never_comes_back_ends_the_replay_too(
    producer: ScriptedProducer, monkeypatch: pytest.MonkeyPatch
) -> None:
    released = Event()
    monkeypatch.setattr(producer, "send_offsets_to_transaction", lambda *_: released.wait())
    opened = Transactions(KafkaSettings(connect_timeout_s=0.01), "warble-g-replay-not-json")
    with pytest.raises(BrokerError, match=r"stopped answering while adding offsets .*: run the replay again"):
        send(opened)
    opened.close()
    released.set()
    assert producer.calls == ["begin", "produce"]


def test_what_cannot_heal_is_not_tried_again(producer: ScriptedProducer, opened: Transactions) -> None:
    producer.script["produce"] = [kafka_exception(KafkaError.MSG_SIZE_TOO_LARGE)]
    with pytest.raises(BrokerError, match="refused while sending tweets/0/0 to topic 'tweets'"):
        send(opened)


@pytest.mark.parametrize("call", ["produce", "offsets", "commit"])
def test_a_producer_that_was_shut_out_is_never_destroyed(
    producer: ScriptedProducer, opened: Transactions, call: str
) -> None:
    """librdkafka frees its error twice when another answer comes meanwhile."""
    producer.script[call] = [kafka_exception(KafkaError.INVALID_PRODUCER_EPOCH, fatal=True)]
    with pytest.raises(BrokerError, match="took over"):
        send(opened)
    opened.close()
    assert "close" not in producer.calls
    assert transactions._LEFT_ALONE.pop() is cast("Producer", producer)  # noqa: SLF001 -- what keeps it alive


def test_a_producer_whose_closing_fails_is_closed_quietly(producer: ScriptedProducer, opened: Transactions) -> None:
    producer.script["close"] = [kafka_exception(KafkaError._FENCED, fatal=True)]  # noqa: SLF001
    opened.close()
    assert producer.calls == ["close"]


def test_what_closing_warns_of_is_not_repeated(
    producer: ScriptedProducer, opened: Transactions, monkeypatch: pytest.MonkeyPatch
) -> None:
    def close() -> None:
        warnings.warn("Producer abort_transaction failed during close", RuntimeWarning, stacklevel=1)

    monkeypatch.setattr(producer, "close", close)
    opened.close()  # pytest makes an error of a warning

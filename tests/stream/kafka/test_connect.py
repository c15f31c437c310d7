"""Finding out at start whether the broker answers and the topics exist."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, cast

import pytest
from confluent_kafka import Consumer, KafkaError, KafkaException
from structlog.testing import capture_logs

from model.errors import UsageError
from stream.errors import BrokerError
from stream.kafka.connect import Complaints, make_consumer, require_topics, require_transactions
from stream.kafka.properties import consumer_properties
from stream.settings import KafkaSettings
from tests.stream.clocks import ManualClock
from tests.stream.records import kafka_exception

TOPICS = ("tweets", "tweets.labelled", "tweets.dead")
KAFKA = KafkaSettings(bootstrap_servers="one:1", connect_timeout_s=3)
AWAY = kafka_exception(KafkaError._TRANSPORT)  # noqa: SLF001 -- the library's public name


class Asked:
    """A consumer that answers metadata requests from a script; each takes a second."""

    def __init__(self, clock: ManualClock, *answers: KafkaException | int | None) -> None:
        self._clock = clock
        self._answers: Iterator[KafkaException | int | None] = iter(answers)
        self.topics: list[str] = []
        self.on_poll: Any = lambda: None

    def list_topics(self, topic: str, timeout: float) -> SimpleNamespace:
        self.topics.append(topic)
        self._clock.advance(timeout)
        answer = next(self._answers, None)
        if isinstance(answer, KafkaException):
            raise answer
        error = None if answer is None else KafkaError(answer, "as scripted")
        return SimpleNamespace(cluster_id="abc", topics={topic: SimpleNamespace(error=error)})

    def poll(self, timeout: float) -> None:
        assert timeout == 0
        self.on_poll()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


def require(asked: Asked, clock: ManualClock, complaints: Complaints | None = None, pulse: Any = lambda: None) -> Any:  # noqa: ANN401
    return require_topics(cast("Consumer", asked), TOPICS, KAFKA, complaints or Complaints("test"), pulse, clock)


def test_every_topic_is_asked_for(clock: ManualClock) -> None:
    asked = Asked(clock)
    assert require(asked, clock) == "abc"
    assert asked.topics == list(TOPICS)


def test_a_broker_may_take_its_time(clock: ManualClock) -> None:
    pulses: list[float] = []
    asked = Asked(clock, AWAY, AWAY)
    assert require(asked, clock, pulse=lambda: pulses.append(clock.now)) == "abc"
    assert asked.topics == ["tweets", "tweets", *TOPICS]
    assert len(pulses) == 2


def test_a_topic_without_leader_yet_is_waited_for(clock: ManualClock) -> None:
    asked = Asked(clock, KafkaError.LEADER_NOT_AVAILABLE)
    assert require(asked, clock) == "abc"
    assert asked.topics == ["tweets", *TOPICS]


def test_no_broker_within_the_connect_timeout_ends_the_process(clock: ManualClock) -> None:
    asked = Asked(clock, *[AWAY] * 99)
    started = clock.now
    with pytest.raises(BrokerError, match="no broker answered at one:1 within 3 s: check WARBLE_KAFKA__BOOT") as caught:
        require(asked, clock)
    assert caught.value.exit_code == 4
    assert clock.now - started == 3


def test_what_was_last_heard_is_told(clock: ManualClock) -> None:
    asked, complaints = Asked(clock, *[AWAY] * 99), Complaints("test")
    asked.on_poll = lambda: complaints(KafkaError(KafkaError._RESOLVE, "no such host"))  # noqa: SLF001
    with capture_logs(), pytest.raises(BrokerError, match=r"\(last heard: no such host\)"):
        require(asked, clock, complaints)


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (KafkaError.UNKNOWN_TOPIC_OR_PART, "a topic is missing while asking for topic 'tweets'"),
        (KafkaError.TOPIC_AUTHORIZATION_FAILED, "permission denied while asking for topic 'tweets'"),
    ],
)
def test_a_topic_that_is_refused_ends_the_process_at_once(clock: ManualClock, code: int, said: str) -> None:
    asked = Asked(clock, code)
    with pytest.raises(BrokerError, match=said):
        require(asked, clock)
    assert asked.topics == ["tweets"]


def test_the_missing_topic_is_named(clock: ManualClock) -> None:
    with pytest.raises(BrokerError, match=r"'tweets\.dead'"):
        require(Asked(clock, None, None, KafkaError.UNKNOWN_TOPIC_OR_PART), clock)


def test_a_failed_login_is_heard_of_while_waiting(clock: ManualClock) -> None:
    asked, complaints = Asked(clock, *[AWAY] * 99), Complaints("test")
    asked.on_poll = lambda: complaints(KafkaError(KafkaError._AUTHENTICATION, "wrong"))  # noqa: SLF001
    with capture_logs(), pytest.raises(BrokerError, match="refused the login"):
        require(asked, clock, complaints)
    assert len(asked.topics) == 1


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (KafkaError._SSL, "certificate verify failed"),  # noqa: SLF001 -- the library's public names
        (KafkaError._TRANSPORT, "ssl/tls alert bad certificate: SSL alert number 42"),  # noqa: SLF001
    ],
)
def test_what_follows_from_a_refusal_does_not_hide_it(clock: ManualClock, code: int, reason: str) -> None:
    asked, complaints = Asked(clock, *[AWAY] * 99), Complaints("test")

    def report() -> None:
        complaints(KafkaError(code, reason))
        complaints(KafkaError(KafkaError._TRANSPORT, "disconnected"))  # noqa: SLF001
        complaints(KafkaError(KafkaError._ALL_BROKERS_DOWN, "1/1 brokers are down"))  # noqa: SLF001

    asked.on_poll = report
    with capture_logs(), pytest.raises(BrokerError, match=reason):
        require(asked, clock, complaints)
    assert len(asked.topics) == 1


def test_a_lost_connection_says_more_than_that_all_brokers_are_down(clock: ManualClock) -> None:
    asked, complaints = Asked(clock, *[AWAY] * 99), Complaints("test")

    def report() -> None:
        complaints(KafkaError(KafkaError._TRANSPORT, "disconnected"))  # noqa: SLF001
        complaints(KafkaError(KafkaError._ALL_BROKERS_DOWN, "1/1 brokers are down"))  # noqa: SLF001

    asked.on_poll = report
    with capture_logs(), pytest.raises(BrokerError, match=r"\(last heard: disconnected\)"):
        require(asked, clock, complaints)


def test_a_pulse_may_end_the_wait(clock: ManualClock) -> None:
    def stop() -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        require(Asked(clock, AWAY), clock, pulse=stop)


def test_a_complaint_is_logged_once_until_the_broker_is_back() -> None:
    complaints = Complaints("worker")
    down = KafkaError(KafkaError._ALL_BROKERS_DOWN, "1/1 down")  # noqa: SLF001
    with capture_logs() as logs:
        complaints(down)
        complaints(down)
        assert complaints.last == down
        complaints.forget()
        assert complaints.last is None
        complaints(down)
    assert [(line["client"], line["error"]) for line in logs] == [("worker", "_ALL_BROKERS_DOWN")] * 2


@pytest.mark.parametrize(
    "properties",
    [
        {"no.such.property": "1"},
        {"security.protocol": "carrier-pigeon"},
        {"socket.timeout.ms": "soon"},
        {"dr_cb": "x"},
        {"dr_msg_cb": "x"},
        {"log_cb": "x"},
        {"rebalance_cb": "x"},
        {"offset_commit_cb": "x"},
        {"consume_cb": "x"},
        {"socket_cb": "x"},
        {"open_cb": "x"},
        {"resolve_cb": "x"},
        {"opaque": "x"},
        {"default_topic_conf": "x"},
        {"interceptors": "x"},
    ],
    ids=lambda properties: next(iter(properties)),
)
def test_properties_that_the_client_does_not_take_are_bad_usage(properties: dict[str, str]) -> None:
    kafka = KafkaSettings(properties=properties)
    with pytest.raises(UsageError, match=r"refused its properties: .*: correct WARBLE_KAFKA__PROPERTIES"):
        make_consumer(consumer_properties(kafka, "g"), Complaints("test"))


def test_the_embedded_broker_has_no_transactions() -> None:
    with pytest.raises(UsageError, match="exactly-once needs a real Kafka, one:1 is the embedded broker") as caught:
        require_transactions("mockCluster7", KAFKA)
    assert caught.value.exit_code == 2


@pytest.mark.parametrize("cluster", ["5L6g3nShT-eMCtK--X86sw", None])
def test_a_real_broker_may_have_transactions(cluster: str | None) -> None:
    require_transactions(cluster, KAFKA)

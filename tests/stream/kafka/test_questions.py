"""What the broker's answers mean, as futures that a test fills in."""

from collections.abc import Callable, Iterable
from concurrent.futures import Future
from queue import SimpleQueue
from threading import Event, Thread
from types import SimpleNamespace
from typing import Any

import pytest
from confluent_kafka import KafkaError, TopicPartition, Uuid

from stream.kafka import questions as module
from stream.kafka.questions import MISSING, Questions
from stream.settings import KafkaSettings
from tests.stream.records import kafka_exception

TIMED_OUT = kafka_exception(KafkaError._TIMED_OUT)  # noqa: SLF001 -- the library's public name


class FakeAdmin:
    """Answers with futures that are open until the test closes them."""

    def __init__(self, properties: dict[str, Any], logger: object) -> None:
        self.properties = properties
        self.logger = logger
        self.ends: dict[int, Future[Any]] = {}
        self.described: dict[str, Future[Any]] = {}

    def list_offsets(
        self, places: Iterable[TopicPartition], *, isolation_level: object, request_timeout: float
    ) -> dict[TopicPartition, "Future[Any]"]:
        assert str(isolation_level).endswith("READ_COMMITTED")
        assert request_timeout == 5
        self.ends = {place.partition: Future() for place in places}
        return {place: self.ends[place.partition] for place in places}

    def describe_topics(self, _: object, *, request_timeout: float) -> dict[str, "Future[Any]"]:
        assert request_timeout == 5
        self.described = {topic: Future() for topic in ("tweets", "tweets.labelled", "tweets.dead")}
        return self.described

    def describes(self, topic_id: object) -> None:
        for future in self.described.values():
            future.set_result(SimpleNamespace(topic_id=topic_id))


class FakeOnlooker:
    """A consumer that answers once the test has said what the group has committed, or that nobody says it."""

    def __init__(self, properties: dict[str, Any], logger: object) -> None:
        self.properties = properties
        self.logger = logger
        self._answer: SimpleQueue[list[TopicPartition] | Exception] = SimpleQueue()

    def committed(self, places: list[TopicPartition], timeout: float) -> list[TopicPartition]:
        assert timeout == 5
        assert [place.topic for place in places] == ["tweets"] * len(places)
        answer = self._answer.get()
        if isinstance(answer, Exception):
            raise answer
        return answer

    def commits(self, **offsets: int) -> None:
        self._answer.put([TopicPartition("tweets", int(name[1:]), offset) for name, offset in offsets.items()])

    def fails(self, error: Exception) -> None:
        self._answer.put(error)


@pytest.fixture
def onlooker(monkeypatch: pytest.MonkeyPatch) -> list[FakeOnlooker]:
    made: list[FakeOnlooker] = []

    def make(properties: dict[str, Any], logger: object) -> FakeOnlooker:
        made.append(FakeOnlooker(properties, logger))
        return made[-1]

    monkeypatch.setattr(module, "Consumer", make)
    return made


def wait_until(done: Callable[[], bool]) -> None:
    """Let the thread that asks get on; the suite's own time limit bounds it."""
    while not done():
        Event().wait(0.001)


@pytest.fixture
def admin(monkeypatch: pytest.MonkeyPatch) -> list[FakeAdmin]:
    made: list[FakeAdmin] = []

    def make(properties: dict[str, Any], logger: object) -> FakeAdmin:
        made.append(FakeAdmin(properties, logger))
        return made[-1]

    monkeypatch.setattr(module, "AdminClient", make)
    return made


def test_the_answer_is_here_once_every_leader_and_the_coordinator_have_spoken(
    admin: list[FakeAdmin], onlooker: list[FakeOnlooker]
) -> None:
    lags = Questions(KafkaSettings()).lags([0, 1])
    (broker,) = admin
    broker.ends[0].set_result(SimpleNamespace(offset=10))
    broker.ends[1].set_exception(TIMED_OUT)
    assert not lags.are_here()
    wait_until(lambda: bool(onlooker))
    onlooker[0].commits(p0=3)
    wait_until(lags.are_here)
    assert lags.of(0, 7) == 3
    assert lags.of(1, 7) is None


def test_without_the_coordinator_nothing_is_known(admin: list[FakeAdmin], onlooker: list[FakeOnlooker]) -> None:
    lags = Questions(KafkaSettings()).lags([0])
    admin[0].ends[0].set_result(SimpleNamespace(offset=10))
    assert not lags.are_here()
    wait_until(lambda: bool(onlooker))
    onlooker[0].fails(TIMED_OUT)
    wait_until(lags.are_here)
    assert lags.of(0, 7) is None


@pytest.mark.parametrize(("committed", "lag"), [(4, 6), (-1001, 10), (10, 0), (40, 0)])
def test_a_partition_without_a_position_is_where_the_group_is(
    admin: list[FakeAdmin], onlooker: list[FakeOnlooker], committed: int, lag: int
) -> None:
    lags = Questions(KafkaSettings()).lags([0])
    admin[0].ends[0].set_result(SimpleNamespace(offset=10))
    wait_until(lambda: bool(onlooker))
    onlooker[0].commits(p1=99, p0=committed)
    wait_until(lags.are_here)
    assert lags.of(0, None) == lag


@pytest.mark.parametrize(
    ("error", "heard"), [(kafka_exception(KafkaError.UNKNOWN_TOPIC_OR_PART), MISSING), (TIMED_OUT, None)]
)
def test_a_topic_that_is_missing_is_told_from_a_broker_that_does_not_answer(
    admin: list[FakeAdmin], error: Exception, heard: str | None
) -> None:
    identities = Questions(KafkaSettings()).identities()
    described = admin[0].described
    described["tweets"].set_exception(error)
    described["tweets.dead"].set_result(SimpleNamespace(topic_id="dead-id"))
    assert not identities.are_here()
    described["tweets.labelled"].set_result(SimpleNamespace(topic_id="output-id"))
    assert identities.are_here()
    assert identities.id_of("tweets") == heard
    assert identities.id_of("tweets.labelled") == "output-id"
    assert identities.id_of("tweets.dead") == "dead-id"


def test_a_broker_that_is_too_old_for_ids_says_nothing(admin: list[FakeAdmin]) -> None:
    """Else its upgrade would look like a topic created anew."""
    identities = Questions(KafkaSettings()).identities()
    admin[0].describes(Uuid(0, 0))
    assert identities.id_of("tweets") is None


def test_two_clients_ask_everything_with_the_operators_login(
    admin: list[FakeAdmin], onlooker: list[FakeOnlooker]
) -> None:
    questions = Questions(KafkaSettings(bootstrap_servers="there:1", properties={"sasl.username": "me"}))
    assert (admin, onlooker) == ([], [])
    for _ in range(2):
        lags = questions.lags([0])
        admin[0].ends[0].set_result(SimpleNamespace(offset=10))
        wait_until(lambda: bool(onlooker))
        onlooker[0].commits(p0=1)
        wait_until(lags.are_here)
    questions.identities()
    (client,), (consumer,) = admin, onlooker
    assert client.properties == {"sasl.username": "me", "bootstrap.servers": "there:1"}
    # It joins no group, and does not wait for the worker's own transaction.
    assert consumer.properties == client.properties | {"group.id": "warble", "isolation.level": "read_uncommitted"}


def test_nobody_leaves_before_every_question_is_answered(admin: list[FakeAdmin], onlooker: list[FakeOnlooker]) -> None:
    questions = Questions(KafkaSettings())
    questions.lags([0])
    questions.identities()
    leaving = Thread(target=questions.close, daemon=True)
    leaving.start()
    wait_until(lambda: bool(onlooker))
    admin[0].ends[0].set_result(SimpleNamespace(offset=1))
    leaving.join(0.05)
    assert leaving.is_alive()
    onlooker[0].commits(p0=1)
    leaving.join(0.05)
    assert leaving.is_alive()
    admin[0].describes("some id")
    leaving.join(30)
    assert not leaving.is_alive()


def test_who_leaves_waits_no_longer_than_for_the_time_of_an_answer(
    admin: list[FakeAdmin], monkeypatch: pytest.MonkeyPatch
) -> None:
    questions = Questions(KafkaSettings())
    questions.identities()
    monkeypatch.setattr(module, "_ANSWER_S", 0.01)
    monkeypatch.setattr(module, "_MARGIN_S", 0.0)
    questions.close()
    assert not admin[0].described["tweets"].done()

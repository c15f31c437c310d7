"""Is it a live worker or a ghost that has this one's name: answers of a scripted group, on a clock by hand."""

import uuid
from collections.abc import Callable
from types import SimpleNamespace

import pytest
from confluent_kafka import KafkaError, KafkaException
from structlog.testing import capture_logs

from stream.errors import BrokerError, FencedMemberError
from stream.kafka import namesake as module
from stream.kafka.namesake import Namesake
from stream.settings import KafkaSettings
from tests.stream.clocks import ManualClock
from tests.stream.records import kafka_exception

Answer = list[str] | KafkaException | None
FENCE = FencedMemberError("fenced by another live worker")


class Group:
    """Answers each question with what ``answer`` returns at that time: names, an error, or None (no such group)."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, answer: Callable[[float], Answer]) -> None:
        self.clock = ManualClock()
        self.began = self.clock.now
        self.pulses = 0
        self._answer = answer
        monkeypatch.setattr(module, "AdminClient", lambda *_, **__: self)

    def list_groups(self, group: str, timeout: float) -> list[SimpleNamespace]:
        assert (group, timeout <= 2) == ("warble", True)
        answer = self._answer(self.elapsed_s)
        if isinstance(answer, KafkaException):
            raise answer
        if answer is None:
            return []
        members = [SimpleNamespace(id=f"{name}-{uuid.uuid4()}") for name in answer]
        return [SimpleNamespace(id="warble", error=None, members=members)]

    @property
    def elapsed_s(self) -> float:
        return self.clock.now - self.began

    def pause(self, seconds: float) -> None:
        self.clock.now += seconds

    def outlast(self, stop_after_s: float = 1_000.0, **properties: int) -> list[str]:
        kafka = KafkaSettings(instance_id="one", properties=dict(properties))
        with capture_logs() as logs:
            Namesake(kafka, clock=self.clock, pause=self.pause).outlast(
                FENCE, self._pulse, lambda: self.elapsed_s >= stop_after_s
            )
        return [line["error"] for line in logs]

    def _pulse(self) -> None:
        self.pulses += 1


def test_a_name_that_nobody_has_is_free_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    group = Group(monkeypatch, lambda _: ["two", "one-b", "o"])
    assert group.outlast() == []
    assert group.elapsed_s == 0


def test_a_ghost_is_outlasted(monkeypatch: pytest.MonkeyPatch) -> None:
    group = Group(monkeypatch, lambda now: ["one", "two"] if now < 12 else ["two"])
    group.outlast()
    assert group.elapsed_s == 12
    assert group.pulses >= 12


@pytest.mark.parametrize(("properties", "gives_up_after_s"), [({}, 15.0), ({"session.timeout.ms": 6_000}, 11.0)])
def test_a_name_that_lasts_longer_than_a_session_is_a_live_workers(
    monkeypatch: pytest.MonkeyPatch, properties: dict[str, int], gives_up_after_s: float
) -> None:
    group = Group(monkeypatch, lambda _: ["one"])
    with pytest.raises(FencedMemberError) as raised:
        group.outlast(**properties)
    assert raised.value is FENCE
    assert group.elapsed_s == gives_up_after_s


def test_without_an_answer_it_goes_on_asking_and_the_time_begins_with_the_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    away = kafka_exception(KafkaError._TIMED_OUT)  # noqa: SLF001 -- the library's public name
    group = Group(monkeypatch, lambda now: away if now < 40 else ["one"] if now < 50 else [])
    assert set(group.outlast()) == {"_TIMED_OUT"}
    assert group.elapsed_s == 50


def test_a_group_without_members_leaves_the_name_free(monkeypatch: pytest.MonkeyPatch) -> None:
    group = Group(monkeypatch, lambda now: None if now < 3 else [])
    group.outlast()
    assert group.elapsed_s == 3


def test_an_answer_that_cannot_heal_ends_the_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    group = Group(monkeypatch, lambda _: kafka_exception(KafkaError.GROUP_AUTHORIZATION_FAILED))
    with pytest.raises(BrokerError, match="permission denied while asking who has this worker's name"):
        group.outlast()


def test_a_stop_ends_the_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    group = Group(monkeypatch, lambda _: ["one"])
    group.outlast(stop_after_s=2)
    assert group.elapsed_s == 2

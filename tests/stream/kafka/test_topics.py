"""Topics that are deleted, and one that is created anew under its name."""

from collections.abc import Iterable

import pytest
from structlog.testing import capture_logs

from stream.errors import BrokerError
from stream.kafka.questions import MISSING
from stream.kafka.topics import Topics
from stream.settings import KafkaSettings
from tests.stream.clocks import ManualClock


class Asked:
    """Answers one after the other, the last one again and again; None: the broker did not answer.

    about: the topic that the answers are about; the others are there.
    """

    def __init__(self, clock: ManualClock, answers: Iterable[str | None], about: str) -> None:
        self.clock = clock
        self.answers = list(answers)
        self.about = about
        self.answer: str | None = None
        self.at: list[float] = []
        self.here = True

    def __call__(self) -> "Asked":
        self.at.append(self.clock.now)
        self.answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return self

    def are_here(self) -> bool:
        return self.here

    def id_of(self, topic: str) -> str | None:
        return self.answer if topic == self.about else "there"


def watch(clock: ManualClock, *answers: str | None, about: str = "tweets") -> tuple[Topics, Asked]:
    asked = Asked(clock, answers, about)
    return Topics(KafkaSettings(), asked, clock), asked


def replaced(topics: Topics, clock: ManualClock, seconds: float) -> list[float]:
    """Let the loop turn ten times a second; return when the topic was last seen before each replacement."""
    seen = []
    for _ in range(round(10 * seconds)):
        topics.check()
        after = topics.replaced_after()
        if after is not None:
            seen.append(after)
        clock.advance(0.1)
    return seen


def test_a_topic_that_stays_the_same_is_asked_about_once_a_second() -> None:
    clock = ManualClock()
    topics, asked = watch(clock, "A")
    assert replaced(topics, clock, 10) == []
    assert len(asked.at) == pytest.approx(10, abs=1)


def test_one_created_anew_is_noticed_once() -> None:
    clock = ManualClock()
    topics, _ = watch(clock, "A", "A", "B", "B", "B", "C")
    assert len(replaced(topics, clock, 10)) == 2


def test_a_broker_that_lags_behind_brings_no_old_topic_back() -> None:
    clock = ManualClock()
    topics, _ = watch(clock, "A", "B", "A", "B", "A", "A", "B")
    assert len(replaced(topics, clock, 10)) == 1


def test_it_tells_when_the_old_topic_was_last_there() -> None:
    clock = ManualClock()
    topics, asked = watch(clock, "A", "A", None, "B")
    (after,) = replaced(topics, clock, 10)
    assert after == asked.at[1]


def test_the_first_id_is_not_news() -> None:
    clock = ManualClock()
    topics, _ = watch(clock, None, None, "A")
    assert replaced(topics, clock, 10) == []


def test_a_broker_that_does_not_answer_changes_nothing() -> None:
    clock = ManualClock()
    topics, _ = watch(clock, "A", *[None] * 50, "A")
    assert replaced(topics, clock, 100) == []


def test_no_second_question_is_asked_before_the_first_is_answered() -> None:
    clock = ManualClock()
    topics, asked = watch(clock, "A")
    asked.here = False
    replaced(topics, clock, 30)
    assert len(asked.at) == 1


def test_one_created_anew_within_its_grace_is_new() -> None:
    clock = ManualClock()
    topics, _ = watch(clock, "A", MISSING, MISSING, "B")
    with capture_logs() as logs:
        assert len(replaced(topics, clock, 10)) == 1
    assert [log["event"] for log in logs] == ["topic_missing"]


@pytest.mark.parametrize("topic", ["tweets", "tweets.labelled", "tweets.dead"])
def test_one_that_stays_away_ends_the_worker(topic: str) -> None:
    clock = ManualClock()
    topics, _ = watch(clock, "A", MISSING, about=topic)
    replaced(topics, clock, 10)
    with pytest.raises(BrokerError, match=f"a topic is missing: '{topic}' was deleted while the worker ran") as caught:
        replaced(topics, clock, 5)
    assert caught.value.exit_code == 4


def test_an_output_topic_created_anew_is_as_good_as_the_old_one() -> None:
    clock = ManualClock()
    topics, _ = watch(clock, "A", MISSING, "B", about="tweets.labelled")
    assert replaced(topics, clock, 30) == []


def test_a_silence_in_between_starts_the_grace_anew() -> None:
    clock = ManualClock()
    topics, _ = watch(clock, "A", *[MISSING] * 8, None, *[MISSING] * 8, "A")
    assert replaced(topics, clock, 25) == []

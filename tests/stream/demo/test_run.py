from collections.abc import Callable
from typing import cast

import pytest

from model.errors import WarbleError
from stream.demo.run import every, play
from stream.demo.stage import Stage, for_embedded
from stream.demo.tally import Labelled, Tally
from stream.settings import HttpSettings, InputSettings, KafkaSettings, Settings
from tests.stream.clocks import ManualClock


class FakeFeed:
    is_running = False

    def start(self) -> None:
        assert not self.is_running
        self.is_running = True


class FakeStage:
    """The group forms after 3 s; then one tweet comes out a tenth of a second, unless the worker is mute."""

    def __init__(self, clock: ManualClock, *, mute: bool = False) -> None:
        self.clock = clock
        self.mute = mute
        self.feed = FakeFeed()
        self.tally = Tally(clock)
        self.begun = clock.now
        self.finished = False

    def is_ready(self) -> bool:
        return self.clock.now - self.begun >= 3

    def read(self) -> None:
        self.clock.advance(0.1)
        if self.feed.is_running and not self.mute:
            self.tally.add_labelled(Labelled("neutral", 0.5, ""), 1.0)

    def finish(self) -> float:
        self.finished = True
        return self.tally.elapsed()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


def playing(stage: FakeStage, *, seconds: float | None, stop: Callable[[], bool] = lambda: False) -> float:
    return play(cast(Stage, stage), seconds=seconds, draw=lambda: None, stop=stop, clock=stage.clock)


def test_seconds_count_from_the_first_labelled_tweet(clock: ManualClock) -> None:
    stage = FakeStage(clock)
    assert playing(stage, seconds=20) == pytest.approx(20, abs=0.11)
    assert stage.tally.labelled == pytest.approx(200, abs=2)
    assert stage.finished


def test_nothing_is_sent_before_the_group_has_formed(clock: ManualClock) -> None:
    stage = FakeStage(clock)
    playing(stage, seconds=None, stop=lambda: clock.now - stage.begun > 2.9)
    assert not stage.feed.is_running
    assert stage.finished


def test_without_seconds_it_runs_until_it_is_told_to_stop(clock: ManualClock) -> None:
    stage = FakeStage(clock)
    playing(stage, seconds=None, stop=lambda: clock.now - stage.begun > 1_000)
    assert stage.tally.labelled > 9_000


def test_a_worker_that_labels_nothing_ends_it(clock: ManualClock) -> None:
    with pytest.raises(WarbleError, match="no tweet was labelled within 60 s"):
        playing(FakeStage(clock, mute=True), seconds=5)


def test_drawing_is_no_more_frequent_than_asked() -> None:
    clock = ManualClock()
    drawn: list[float] = []
    draw = every(0.25, lambda: drawn.append(clock.now), clock)
    for _ in range(1_000):
        draw()
        clock.advance(1 / 128)
    assert len(drawn) == pytest.approx(1_000 / 128 / 0.25, abs=1)


def test_the_embedded_broker_gets_no_settings_of_a_real_one() -> None:
    real = Settings(
        kafka=KafkaSettings(bootstrap_servers="real:9092", properties={"security.protocol": "SSL"}, group_id="real"),
        input=InputSettings(format="text"),
        http=HttpSettings(port=9),
    )
    ours = for_embedded(real, "127.0.0.1:1")
    assert (ours.kafka.bootstrap_servers, ours.kafka.delivery) == ("127.0.0.1:1", "at-least-once")
    assert "security.protocol" not in ours.kafka.properties
    assert ours.kafka.group_id != "real"
    assert ours.input.format == "json"
    assert ours.output.include_text
    assert (ours.http, ours.model, ours.batch) == (real.http, real.model, real.batch)

from stream.health import Health
from tests.stream.clocks import ManualClock


def test_a_worker_is_alive_while_its_loop_turns() -> None:
    clock = ManualClock()
    health = Health(clock)
    for _ in range(10):
        clock.advance(59.9)
        assert health.live()[0]
        health.beat()


def test_a_loop_that_stands_still_for_a_minute_is_dead_until_it_turns_again() -> None:
    clock = ManualClock()
    health = Health(clock)
    clock.advance(60)
    assert health.live() == (False, "last turn 60.0 s ago")
    health.beat()
    assert health.live() == (True, "last turn 0.0 s ago")


def test_readiness_needs_a_warm_model_then_a_joined_group() -> None:
    health = Health(ManualClock())
    assert health.ready() == (False, "the model is not loaded yet")
    health.model_is_warm()
    assert health.ready() == (False, "the consumer group is not joined yet")
    health.group_is_joined()
    assert health.ready() == (True, "ready")


def test_a_group_that_is_joined_early_does_not_hide_a_cold_model() -> None:
    health = Health(ManualClock())
    health.group_is_joined()
    assert health.ready() == (False, "the model is not loaded yet")


def test_a_ready_worker_stays_ready_without_turns() -> None:
    clock = ManualClock()
    health = Health(clock)
    health.model_is_warm()
    health.group_is_joined()
    clock.advance(3600)
    assert health.ready()[0]


def test_a_partition_that_stands_still_makes_a_loop_that_turns_dead() -> None:
    health = Health(ManualClock())
    health.stalls("tweets/3 stands still")
    assert health.live() == (False, "tweets/3 stands still; last turn 0.0 s ago")
    health.stalls("")
    assert health.live()[0]

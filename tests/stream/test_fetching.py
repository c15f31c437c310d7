"""How a worker reads from the broker."""

from typing import Any

import pytest

from stream import worker as worker_module
from tests.stream.workers import WorkerBench


@pytest.mark.parametrize(("max_wait_ms", "asked"), [(20, (10, 1_000_000)), (500, (250, 1_000_000)), (0, (100, None))])
def test_records_wait_at_the_broker_for_half_as_long_as_in_the_batch(
    monkeypatch: pytest.MonkeyPatch, max_wait_ms: float, asked: tuple[int, int | None]
) -> None:
    bench = WorkerBench(monkeypatch)
    given: list[dict[str, Any]] = []

    def make_consumer(properties: dict[str, Any], _: object) -> object:
        given.append(properties)
        return bench.member

    monkeypatch.setattr(worker_module, "make_consumer", make_consumer)
    bench.worker(NotImplemented, batch={"max_wait_ms": max_wait_ms})
    (properties,) = given
    assert (properties["fetch.wait.max.ms"], properties.get("fetch.min.bytes")) == asked

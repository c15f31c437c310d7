from collections.abc import Iterator

import pytest

from tests.system import kafka


@pytest.fixture(scope="session")
def broker() -> Iterator[kafka.Broker]:
    """Apache Kafka for the whole run; tests keep apart by using topics of their own (``fresh_topics``)."""
    with kafka.script("--port", "0") as process:
        yield kafka.ready(process)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "broker" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.kafka)

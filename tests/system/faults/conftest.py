from pathlib import Path

import pytest

from tests.factories import tiny_bundle
from tests.system.kafka import Broker
from tests.system.workers import Stream


@pytest.fixture(scope="package")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_bundle(tmp_path_factory.mktemp("bundle") / "tiny")


@pytest.fixture
def stream(broker: Broker, bundle: Path) -> Stream:
    return Stream(broker, broker.fresh_topics(), bundle)

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.factories import tiny_bundle
from tests.system.security.secured import Secured, started


@pytest.fixture(scope="session")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secured]:
    """A Kafka with logins for the whole run; tests keep apart by topics and users of their own."""
    with started(tmp_path_factory.mktemp("secured")) as running:
        yield running


@pytest.fixture(scope="session")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_bundle(tmp_path_factory.mktemp("bundle") / "tiny")

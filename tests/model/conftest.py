from pathlib import Path

import pytest

from model.bundle.read import Bundle, load_bundle
from model.classifier import Classifier
from tests.factories import tiny_bundle


@pytest.fixture(scope="session")
def bundle_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A valid bundle that no test changes."""
    return tiny_bundle(tmp_path_factory.mktemp("bundles") / "tiny")


@pytest.fixture(scope="session")
def bundle(bundle_path: Path) -> Bundle:
    return load_bundle(bundle_path)


@pytest.fixture(scope="session")
def classifier(bundle_path: Path) -> Classifier:
    return Classifier.load(str(bundle_path), engine="onnx", threads=1)

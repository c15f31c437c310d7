"""A worker with a public key takes signed bundles only."""

from pathlib import Path

import pytest

from model.bundle.read import load_bundle
from model.bundle.signature import signed, write_signature
from model.errors import BundleError, UsageError
from stream.metrics import Metrics
from stream.run import load_classifier
from stream.settings import Settings, load_settings
from tests.factories import tiny_bundle
from tests.model.bundle.keys import KeyPair
from tests.system.commands import environment, warble


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tiny_bundle(tmp_path / "bundle")


@pytest.fixture
def keys(tmp_path: Path) -> KeyPair:
    return KeyPair(tmp_path)


def settings(path: Path, key: Path | None) -> Settings:
    return load_settings(model={"bundle": str(path), "engine": "onnx", "public_key": None if key is None else str(key)})


def test_what_the_key_signed_is_loaded(path: Path, keys: KeyPair) -> None:
    write_signature(path, signed(load_bundle(path).manifest, keys.private))
    assert load_classifier(settings(path, keys.public), Metrics()).name == "tiny"


def test_what_it_did_not_sign_is_refused(path: Path, keys: KeyPair) -> None:
    assert load_classifier(settings(path, None), Metrics()).name == "tiny"
    with pytest.raises(BundleError, match="is missing, and a public key is set"):
        load_classifier(settings(path, keys.public), Metrics())
    write_signature(path, signed(load_bundle(path).manifest, KeyPair(keys.public.parent, number=2).private))
    with pytest.raises(BundleError, match=r"is no signature of manifest\.json by the public key that is set"):
        load_classifier(settings(path, keys.public), Metrics())


def test_a_key_that_cannot_be_read_is_a_bad_setting(path: Path) -> None:
    with pytest.raises(UsageError, match=r"public key .*nowhere\.pem' cannot be read: No such file or directory"):
        load_classifier(settings(path, path / "nowhere.pem"), Metrics())


def test_the_demo_refuses_an_unsigned_bundle_in_one_line(keys: KeyPair) -> None:
    ended = warble("demo", "--seconds", "1", env=environment(MODEL__PUBLIC_KEY=str(keys.public)))
    assert "bundle 'brands' was refused: manifest.json.sig is missing" in ended.complaint(3)

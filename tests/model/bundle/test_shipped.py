from pathlib import Path

import pytest

from model.bundle import shipped
from model.bundle.read import load_bundle
from model.errors import BundleError
from tests.factories import tiny_bundle


@pytest.fixture
def catalogue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package that ships one bundle, named ``chirps``."""
    monkeypatch.setattr(shipped, "files", lambda _: tmp_path / "package")
    return tiny_bundle(tmp_path / "package/bundles/chirps")


def test_a_shipped_bundle_is_found_by_its_name(catalogue: Path) -> None:
    assert shipped.find("chirps") == catalogue
    assert load_bundle("chirps").metadata.name == "tiny"


@pytest.mark.usefixtures("catalogue")
def test_an_unknown_name_lists_those_that_are_shipped() -> None:
    with pytest.raises(BundleError, match="bundle 'hisses' was not found: shipped are chirps"):
        shipped.find("hisses")


def test_a_directory_of_the_same_name_does_not_stand_in_for_a_shipped_bundle(
    catalogue: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "chirps").mkdir()
    monkeypatch.chdir(tmp_path)
    assert shipped.find("chirps") == catalogue
    assert shipped.find("./chirps") == Path("chirps")


@pytest.mark.usefixtures("catalogue")
def test_a_directory_needs_no_separator(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mine").mkdir()
    monkeypatch.chdir(tmp_path)
    assert shipped.find("mine") == Path("mine")


def test_every_bundle_of_this_package_is_good() -> None:
    for path in shipped.shipped().values():
        load_bundle(path)

"""What is installed is what is pinned, under licences that ``pyproject.toml`` allows."""

import json
import re
import subprocess
import sys
import tomllib
from importlib.metadata import distribution, distributions
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
ALLOWED: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["warble"]["licences"]
SHIPPED, TOOLS = ("base", "tracing", "train"), ("dev",)
PARTS = re.compile(r";|\bAND\b|\bOR\b|\bWITH\b")
OURS = {"pip", "warble"}
"""What no file pins: the installer comes with Python, and this is the project itself."""


def pinned(*sets: str) -> dict[str, str]:
    """Versions by name of what the files of these sets ask for on this machine."""
    asked = [
        Requirement(line.removesuffix("\\"))
        for name in sets
        for line in (ROOT / "requirements" / f"{name}.txt").read_text().splitlines()
        if "==" in line and not line.startswith(" ")
    ]
    return {
        canonicalize_name(one.name): next(iter(one.specifier)).version
        for one in asked
        if one.marker is None or one.marker.evaluate()
    }


@pytest.fixture(scope="module")
def stated() -> dict[str, str]:
    """What each installed package says of its licence."""
    command = [sys.executable, "-m", "piplicenses", "--with-system", "--from=mixed", "--format=json"]
    listed = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return {canonicalize_name(package["Name"]): package["License"] for package in listed}


def parts(licence: str) -> list[str]:
    """The licences of which an expression or a list is made."""
    plain = licence if " (" in licence and "License" in licence else re.sub(r"[()]", " ", licence)
    return [part.strip() for part in PARTS.split(plain)]


def test_what_is_installed_is_what_is_pinned() -> None:
    installed = {canonicalize_name(one.name): one.version for one in distributions()}
    assert {name: version for name, version in installed.items() if name not in OURS} == pinned("dev")


@pytest.mark.parametrize(("sets", "allowed"), [(SHIPPED, ("shipped",)), (TOOLS, ("shipped", "tools"))])
def test_every_dependency_is_under_a_licence_that_is_allowed(
    sets: tuple[str, ...], allowed: tuple[str, ...], stated: dict[str, str]
) -> None:
    names = pinned(*sets).keys()
    known = ALLOWED["packages"] | (ALLOWED["tool-packages"] if sets == TOOLS else {})
    licences = {licence for kind in allowed for licence in ALLOWED[kind]}
    refused = {
        name: stated[name]
        for name in names
        if known.get(name) != stated[name]
        and not (stated[name] == "UNKNOWN" and name in known)
        and not licences.issuperset(parts(stated[name]))
    }
    assert refused == {}


def test_a_package_that_only_its_licence_file_speaks_of_says_there_what_we_say(stated: dict[str, str]) -> None:
    for name, licence in ALLOWED["packages"].items():
        assert (stated[name], licence) == ("UNKNOWN", "Apache-2.0"), f"{name} may be left out of pyproject.toml"
        texts = [file.read_text() for file in distribution(name).files or () if file.name == "LICENSE"]
        assert any("Apache License" in text and "2.0" in text for text in texts)


def test_nothing_that_is_shipped_is_under_the_gpl(stated: dict[str, str]) -> None:
    strict = re.compile(r"\bA?L?GPL|General Public")
    assert [licence for licence in ALLOWED["shipped"] if strict.search(licence)] == []
    assert {name for name in pinned(*SHIPPED) if strict.search(stated[name])} == set()
    assert {name for name in pinned(*TOOLS) if strict.search(stated[name])} == ALLOWED["tool-packages"].keys()


@pytest.mark.parametrize(
    ("licence", "expected"),
    [
        ("MIT", ["MIT"]),
        ("MPL-2.0 AND (Apache-2.0 OR MIT)", ["MPL-2.0", "Apache-2.0", "MIT"]),
        ("ISC License (ISCL)", ["ISC License (ISCL)"]),
        ("DFSG approved; MIT License", ["DFSG approved", "MIT License"]),
    ],
)
def test_an_expression_is_taken_apart(licence: str, expected: list[str]) -> None:
    assert parts(licence) == expected

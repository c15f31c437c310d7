"""What holds for the repository as a whole: pins, packaging, and what must not get in."""

import importlib
import re
import subprocess
import tomllib
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())
SETS = ("base", "tracing", "train", "gpu", "dev")
PACKAGES = ("model", "stream", "training")

PINNED = re.compile(r"(?P<name>[a-z0-9.-]+)==(?P<version>[^ ;\\]+)(?: ; [^\\]+)?(?: \\)?")
HASH = re.compile(r"    --hash=sha256:[0-9a-f]{64}(?: \\)?")

# Only documentation and code may point elsewhere; what builds and installs takes the addresses of its machine.
BUILDING = re.compile(
    r"requirements/|deploy/|\.ci/|Makefile$|pyproject\.toml$|\.pre-commit-config\.yaml$|docker-compose\.yml$|\.dockerignore$"
)
ADDRESS = re.compile(
    r"\b\w+://(?!127\.0\.0\.1|kafka:|prometheus[.:]|:)[\w$@]|--(?:extra-)?index-url|--find-links|--trusted-host"
)
REGISTRY = re.compile(
    r"\b[\w.-]*(?:pypi|pythonhosted|maven|npmjs|artifactory|nexus|conda)[\w.-]*\.(?:org|com|io|net|dev)\b",
    re.IGNORECASE,
)
MACHINE = re.compile(r"(?<![\w.}$~-])/(?:root|work|home)/\w")


def files() -> list[Path]:
    """Everything that is or would be committed."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
    ).stdout
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]


def found(pattern: re.Pattern[str], only: re.Pattern[str] | None = None) -> list[str]:
    """``FILE:LINE: TEXT`` of what a pattern finds in the text files."""
    places = []
    for file in files():
        name = file.relative_to(ROOT).as_posix()
        content = file.read_bytes()
        if b"\0" in content or (only and not only.match(name)):
            continue
        for number, line in enumerate(content.decode(errors="replace").splitlines(), start=1):
            if pattern.search(line):
                places.append(f"{name}:{number}: {line.strip()[:120]}")
    return places


def pins(name: str) -> dict[str, set[str]]:
    """Pinned versions of each package of a set."""
    versions = defaultdict(set)
    for line in (ROOT / "requirements" / f"{name}.txt").read_text().splitlines():
        if match := PINNED.fullmatch(line):
            versions[match["name"]].add(match["version"])
    return versions


def test_no_registry_is_named() -> None:
    assert found(REGISTRY) == []


def test_what_builds_and_installs_names_no_address() -> None:
    assert found(ADDRESS, BUILDING) == []


def test_no_path_of_one_machine_is_named() -> None:
    assert found(MACHINE) == []


@pytest.mark.parametrize(
    ("pattern", "line"),
    [
        # In pieces, or this file itself would be found.
        (ADDRESS, "--index-" + "url x"),
        (ADDRESS, "see http:" + "//example.com"),
        (ADDRESS, "git+ssh:" + "//me@host"),
        (REGISTRY, "py" + "pi.org"),
        (REGISTRY, "https://repo." + "maven.example." + "com/x"),
        (REGISTRY, "files.python" + "hosted.org"),
        (MACHINE, "cd /" + "root/x"),
        (MACHINE, 'open("/' + 'home/me")'),
    ],
)
def test_what_must_not_get_in_would_be_seen(pattern: re.Pattern[str], line: str) -> None:
    assert pattern.search(line)


@pytest.mark.parametrize("name", SETS)
def test_every_requirement_is_pinned_by_hash_and_by_nothing_else(name: str) -> None:
    lines = (ROOT / "requirements" / f"{name}.txt").read_text().splitlines()
    assert [line for line in lines if not PINNED.fullmatch(line) and not HASH.fullmatch(line)] == []
    bare = [
        line
        for line, after in zip(lines, [*lines[1:], ""], strict=True)
        if PINNED.fullmatch(line) and not HASH.fullmatch(after)
    ]
    assert bare == []


@pytest.mark.parametrize("name", ["base", "tracing", "train", "gpu"])
def test_what_is_served_is_what_is_tested(name: str) -> None:
    tested = pins("dev")
    differing = {
        package: (versions, tested[package])
        for package, versions in pins(name).items()
        if package in tested and versions != tested[package]
    }
    assert differing == {}


def test_the_sets_hold_what_the_project_asks_for() -> None:
    extras = PROJECT["project"]["optional-dependencies"]
    asked = {
        "base": PROJECT["project"]["dependencies"] + PROJECT["dependency-groups"]["build"],
        "tracing": PROJECT["project"]["dependencies"] + extras["tracing"],
        "train": extras["train"] + extras["training-tools"],
        "gpu": extras["gpu"] + extras["training-tools"],
        "dev": extras["dev"],
    }
    for name, requirements in asked.items():
        held = pins(name)
        for requirement in map(Requirement, requirements):
            if requirement.name != "warble":
                assert held[requirement.name], f"{requirement.name} is not in {name}.txt"
                assert all(requirement.specifier.contains(version) for version in held[requirement.name])


def test_serving_needs_no_training_library_and_no_set_holds_two_tensorflows() -> None:
    assert not {"tensorflow", "tensorflow-cpu", "keras", "nltk", "pandas"} & set(pins("base"))
    builds = {name: {"tensorflow", "tensorflow-cpu"} & set(pins(name)) for name in SETS}
    assert builds == {
        "base": set(),
        "tracing": set(),
        "train": {"tensorflow-cpu"},
        "gpu": {"tensorflow"},
        "dev": {"tensorflow-cpu"},
    }


@pytest.mark.parametrize(("script", "target"), PROJECT["project"]["scripts"].items())
def test_every_console_script_exists(script: str, target: str) -> None:
    module, _, function = target.partition(":")
    assert callable(getattr(importlib.import_module(module), function))
    assert script in {"warble", "warble-model", "warble-train"}


def test_every_package_is_listed_and_every_directory_of_code_is_a_package() -> None:
    assert PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"] == list(PACKAGES)
    assert PROJECT["tool"]["importlinter"]["root_packages"] == list(PACKAGES)
    code = [
        file for file in files() if file.suffix == ".py" and file.relative_to(ROOT).parts[0] in (*PACKAGES, "tests")
    ]
    bare = {file.parent for file in code if not (file.parent / "__init__.py").exists()}
    assert bare == set()


def test_no_source_file_is_too_long_for_one_sitting() -> None:
    sizes = {file: len(file.read_text().splitlines()) for file in files() if file.suffix == ".py"}
    assert {file.relative_to(ROOT).as_posix(): size for file, size in sizes.items() if size > 400} == {}

import tomllib
from pathlib import Path

import pytest

from bench.contenders.job import Job
from bench.environments import names, versions
from bench.registry import CONTENDERS, COPY, Contender
from bench.tweets import ROOT

JOB = Job("127.0.0.1:9092", "in", "out", "group", 8_000, "directory")


@pytest.mark.parametrize("contender", [*CONTENDERS, COPY], ids=lambda contender: contender.name)
def test_a_contender_has_a_module_and_an_environment_with_pinned_versions(contender: Contender) -> None:
    module = contender.arguments[-1].partition(":")[0]
    if module.startswith("bench."):
        assert (ROOT / module.replace(".", "/")).with_suffix(".py").is_file()
    assert contender.needs is None or contender.needs in names()


def test_contenders_have_different_names() -> None:
    assert len({contender.name for contender in CONTENDERS}) == len(CONTENDERS)


@pytest.mark.parametrize("name", [name for name in names() if name != "tools"])
def test_every_contender_runs_the_same_tensorflow(name: str) -> None:
    # A package may have a version for each Python there.
    tested = (ROOT / "requirements" / "dev.txt").read_text()
    for package in ("tensorflow-cpu", "keras", "numpy"):
        assert f"{package}=={versions(name)[package]} " in tested


def test_the_connector_is_that_of_the_spark_that_is_pinned() -> None:
    pom = (ROOT / "bench" / "spark" / "pom.xml").read_text()
    assert f"<spark.version>{versions('spark')['pyspark']}</spark.version>" in pom


def test_a_job_survives_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in JOB.environment().items():
        monkeypatch.setenv(name, value)
    assert Job.given() == JOB


def test_two_workers_of_ours_have_different_names() -> None:
    ours = CONTENDERS[0]
    instances = {ours.environment(JOB, number)["WARBLE_KAFKA__INSTANCE_ID"] for number in range(2)}
    assert len(instances) == 2


def test_what_the_benchmarks_install_is_ignored_by_git() -> None:
    ignored = (ROOT / ".gitignore").read_text().splitlines()
    assert {"/bench/.jars/", "/bench/.venvs/", "/bench/.work/"} <= set(ignored)
    assert (
        "bench"
        not in tomllib.loads(Path(ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"][
            "packages"
        ]
    )

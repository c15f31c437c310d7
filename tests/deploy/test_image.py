"""The steps that build the image on CPU, one by one, without a container: what comes out serves and builds nothing."""

import json
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.deploy.test_containers import DOCKERFILE, ROOT

STAGES = ("cpu-packages", "wheel", "cpu-build")


def steps() -> list[tuple[str, str]]:
    """Instructions of the stages, in order, each with what follows it."""
    joined = DOCKERFILE.replace("\\\n", " ")
    stages = dict(re.findall(r"^FROM \S+ AS (\S+)\n(.*?)(?=^FROM|\Z)", joined, re.MULTILINE | re.DOTALL))
    lines = [line for name in STAGES for line in stages[name].splitlines() if line and not line.startswith("#")]
    return [(word, rest) for word, _, rest in (line.partition(" ") for line in lines)]


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_steps_make_an_environment_that_serves_and_holds_nothing_to_build_with(tmp_path: Path) -> None:
    def here(text: str) -> str:
        text = re.sub(r"(?<![\w.])/(opt|src|dist)\b", rf"{tmp_path}/\1", text)
        return re.sub(r"(?<![\w/-])(python|pip) ", lambda match: f"{sys.executable} -m {match[1]} ", text).replace(
            "-m python ", ""
        )

    directory = tmp_path
    for word, rest in steps():
        if word == "WORKDIR":
            directory = Path(here(rest))
            directory.mkdir(exist_ok=True)
        elif word == "COPY" and not rest.startswith("--from"):
            *sources, target = shlex.split(rest)
            for source in sources:
                place = Path(here(target)) if target.startswith("/") else directory / target
                if (ROOT / source).is_dir():
                    shutil.copytree(ROOT / source, place, ignore=shutil.ignore_patterns("__pycache__"))
                else:
                    place.mkdir(parents=True, exist_ok=True)
                    shutil.copy(ROOT / source, place)
        elif word == "RUN":
            done = subprocess.run(["sh", "-c", here(rest)], cwd=directory, capture_output=True, text=True, check=False)
            assert done.returncode == 0, f"{rest}: {done.stderr}"
        else:
            assert word == "COPY"

    programs = tmp_path / "opt" / "warble" / "bin"
    assert [name for name in ("pip", "hatchling") if (programs / name).exists()] == []
    command = [str(programs / "warble-model"), "classify", "I love my new phone"]
    answer = subprocess.run(command, cwd="/", capture_output=True, text=True, check=True).stdout
    assert json.loads(answer)["label"] == "positive"

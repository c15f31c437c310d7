"""An environment for each framework that needs its own, from pinned versions; and Spark's connector for Kafka."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path
from typing import Final

from bench.errors import ContenderError
from bench.registry import ENVIRONMENTS, JARS

_HERE: Final = Path(__file__).parent
_REQUIREMENTS: Final = _HERE / "requirements"
_UV: Final = Path(sys.executable).with_name("uv")


def names() -> list[str]:
    """Return the names of all environments."""
    return sorted(file.stem for file in _REQUIREMENTS.glob("*.txt"))


def provide(name: str) -> None:
    """Make an environment, unless it is there in these versions. Raises ContenderError when it cannot be made."""
    environment = ENVIRONMENTS / name
    pinned = _REQUIREMENTS / f"{name}.txt"
    stamp = environment / ".installed"
    fingerprint = hashlib.sha256(pinned.read_bytes() + sys.version.encode()).hexdigest()
    if not stamp.exists() or stamp.read_text() != fingerprint:
        python = str(environment / "bin" / "python")
        _run(str(_UV), "venv", "-q", "--clear", "--python", sys.executable, str(environment))
        _run(str(_UV), "pip", "install", "-q", "--python", python, "--require-hashes", "-r", str(pinned))
        stamp.write_text(fingerprint)
    if name == "spark" and not any(JARS.glob("*.jar")):
        # What Spark itself brings is left out by the connector's own scopes.
        goal = ("dependency:copy-dependencies", "-DincludeScope=runtime", f"-DoutputDirectory={JARS}")
        _run("mvn", "-q", "-B", "-f", str(_HERE / "spark" / "pom.xml"), *goal)


def lock(*, upgrade: bool) -> None:
    """Pin each environment's versions anew. Raises ContenderError when they do not go together."""
    for source in sorted(_REQUIREMENTS.glob("*.in")):
        if source.stem != "model":
            options = ("--universal", "--python-version", "3.11", "--generate-hashes", "--no-emit-index-url")
            quiet = ("--no-header", "--no-annotate", *(("--upgrade",) if upgrade else ()))
            target = source.with_suffix(".txt")
            _run(str(_UV), "pip", "compile", "-q", str(source), *options, *quiet, "-o", str(target))


def versions(name: str) -> dict[str, str]:
    """Return the pinned version of each package of an environment."""
    lines = (_REQUIREMENTS / f"{name}.txt").read_text().splitlines()
    pins = (line.split(" ", 1)[0].partition("==") for line in lines if "==" in line and not line.startswith(" "))
    return {package: version for package, _, version in pins}


def _run(*command: str) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=dict(os.environ))
    except OSError as error:
        raise ContenderError(f"{command[0]} could not be started: {error}") from None
    if done.returncode:
        said = " | ".join((done.stderr or done.stdout).strip().splitlines()[-3:])
        raise ContenderError(f"{' '.join(map(str, command[:3]))} failed: {said[-400:]}")

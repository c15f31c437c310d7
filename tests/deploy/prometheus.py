"""Prometheus' own programs, and what its files in ``deploy/`` say."""

import os
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from stream.metrics import Metrics

ROOT = Path(__file__).parents[2]
PROMETHEUS = ROOT / "deploy" / "prometheus"
RULES = ("recording.rules.yml", "alerts.rules.yml")

# A recording rule's name has colons, and a metric inside one is not the metric itself.
_NAME = re.compile(r"(?<![\w:])(?:warble|process|python)_\w+(?![\w:])")
_RECORDED = re.compile(r"\b\w+:\w+:\w+\b")
_SERIES = ("_bucket", "_count", "_sum")


@cache
def programs() -> Path:
    """Directory of ``prometheus`` and ``promtool``.

    Without them the test is skipped and says so; where CI is set it fails.
    """
    done = subprocess.run([sys.executable, PROMETHEUS / "programs.py"], capture_output=True, text=True, check=False)
    if done.returncode:
        last = done.stderr.strip().splitlines()[-1]
        (pytest.fail if os.environ.get("CI") else pytest.skip)(f"NOT TESTED with Prometheus: {last}")
    return Path(done.stdout.strip())


def promtool(*arguments: str | Path, cwd: Path = PROMETHEUS) -> subprocess.CompletedProcess[str]:
    """Run promtool to its end."""
    return subprocess.run([programs() / "promtool", *arguments], cwd=cwd, capture_output=True, text=True, check=False)


def rules(file: str | None = None) -> list[dict[str, Any]]:
    """Every rule, or those of one file, in order."""
    return [
        rule
        for name in ([file] if file else RULES)
        for group in yaml.safe_load((PROMETHEUS / name).read_text())["groups"]
        for rule in group["rules"]
    ]


def alerts() -> dict[str, dict[str, Any]]:
    """Alerting rules by name."""
    return {rule["alert"]: rule for rule in rules("alerts.rules.yml")}


def recorded() -> set[str]:
    """Names that the recording rules make."""
    return {rule["record"] for rule in rules("recording.rules.yml")}


def metrics_in(text: str) -> set[str]:
    """Metrics that PromQL, or a text, names: without the endings of a histogram's series."""
    return {_family(name) for name in _NAME.findall(text)}


def recorded_in(text: str) -> set[str]:
    """Recorded series that PromQL, or a text, names."""
    return set(_RECORDED.findall(text))


def catalogue() -> set[str]:
    """Every metric that a worker exports, as it is scraped."""
    endings = {"counter": "_total", "info": "_info"}
    return {f"{family.name}{endings.get(family.type, '')}" for family in Metrics().registry.collect()}


def unknown(expressions: Iterable[str]) -> list[str]:
    """What expressions name and nobody exports or records."""
    return sorted(_unknown(list(expressions)))


def refused(expressions: Iterable[str], at: Path) -> str:
    """Return what promtool has against expressions, nothing if all are PromQL. ``at``: a directory to work in."""
    group = {"name": "all", "rules": [{"record": f"x:{i}", "expr": text} for i, text in enumerate(expressions)]}
    (at / "expressions.yml").write_text(yaml.safe_dump({"groups": [group]}))
    done = promtool("check", "rules", at / "expressions.yml")
    return "" if done.returncode == 0 else done.stdout + done.stderr


def _unknown(expressions: list[str]) -> Iterator[str]:
    for text in expressions:
        yield from metrics_in(text) - catalogue()
        yield from recorded_in(text) - recorded()


def _family(name: str) -> str:
    for ending in _SERIES:
        if name.endswith(ending):
            return name.removesuffix(ending)
    return name

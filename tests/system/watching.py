"""A real Prometheus with the rules of ``deploy/prometheus``, on the workers of a test."""

import json
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import yaml

from tests.deploy.prometheus import PROMETHEUS, RULES, programs

DEADLINE_S = 120.0
_LOOK_EVERY_S = 0.2

T = TypeVar("T")


class Prometheus:
    """Answers at ``address`` while the block of :func:`prometheus` is open."""

    def __init__(self, address: str) -> None:
        self.address = address

    def ask(self, query: str) -> list[dict[str, Any]]:
        """Return the series that a query gives now."""
        result: list[dict[str, Any]] = self._get("query", query=query)["result"]
        return result

    def value(self, query: str) -> float:
        """Return the one value of a query, 0 if there is none."""
        return sum(float(one["value"][1]) for one in self.ask(query))

    def rules(self) -> list[dict[str, Any]]:
        """Every rule, with what came of its latest evaluation."""
        return [rule for group in self._get("rules")["groups"] for rule in group["rules"]]

    def ringing(self) -> dict[str, list[dict[str, str]]]:
        """Alerts whose condition holds, for long enough or not yet, with the labels that it holds for."""
        found: dict[str, list[dict[str, str]]] = {}
        for alert in self._get("alerts")["alerts"]:
            found.setdefault(alert["labels"]["alertname"], []).append(alert["labels"])
        return found

    def wait_until(self, told: Callable[[], T], holds: Callable[[T], object], what: str) -> T:
        """Ask again and again until ``holds`` is true of what is ``told``; fail the test with it otherwise."""
        deadline = time.monotonic() + DEADLINE_S
        while not holds(answer := told()):
            assert time.monotonic() < deadline, f"not within {DEADLINE_S} s: {what}: {answer}"
            threading.Event().wait(_LOOK_EVERY_S)
        return answer

    def wait_until_rings(self, alert: str, **labels: str) -> None:
        """Wait until an alert's condition holds for these labels."""
        self.wait_until(
            self.ringing, lambda ringing: any(labels.items() <= one.items() for one in ringing.get(alert, [])), alert
        )

    def is_ready(self) -> bool:
        """Return whether it answers queries."""
        try:
            with urllib.request.urlopen(f"{self.address}/-/ready", timeout=5) as answer:  # noqa: S310 - our own
                return bool(answer.status == 200)
        except OSError:
            return False

    def _get(self, path: str, **parameters: str) -> dict[str, Any]:
        url = f"{self.address}/api/v1/{path}?{urllib.parse.urlencode(parameters)}"
        try:
            with urllib.request.urlopen(url, timeout=30) as answer:  # noqa: S310 - our own
                data: dict[str, Any] = json.load(answer)["data"]
                return data
        except urllib.error.HTTPError as refusal:
            with refusal:
                raise AssertionError(f"{parameters}: {refusal.read().decode()}") from None


@contextmanager
def prometheus(home: Path, jobs: Mapping[str, Sequence[str]]) -> Iterator[Prometheus]:
    """Run Prometheus with our rules on targets (``HOST:PORT``) by job, and look every second, not every five."""
    config = yaml.safe_load((PROMETHEUS / "prometheus.yml").read_text())
    config["global"] = {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "500ms"}
    config["rule_files"] = [str(PROMETHEUS / name) for name in RULES]
    config["scrape_configs"] = [
        {"job_name": job, "static_configs": [{"targets": list(targets)}]} for job, targets in jobs.items()
    ]
    (home / "prometheus.yml").write_text(yaml.safe_dump(config))
    port = free_port()
    with (home / "prometheus.log").open("wb") as log:
        process = subprocess.Popen(
            [
                programs() / "prometheus",
                f"--config.file={home / 'prometheus.yml'}",
                f"--storage.tsdb.path={home / 'data'}",
                f"--web.listen-address=127.0.0.1:{port}",
            ],
            stdout=log,
            stderr=log,
        )
    server = Prometheus(f"http://127.0.0.1:{port}")
    try:
        server.wait_until(
            lambda: process.poll() is None and server.is_ready(), bool, (home / "prometheus.log").read_text()
        )
        yield server
    finally:
        process.kill()
        process.wait()


def free_port() -> int:
    """Return a port of this host that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port

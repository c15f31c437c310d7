"""Each service of ``docker-compose.yml`` as a plain process: its command, its variables, its files, its health check.

There is no container engine here, so what an image brings stands beside: Kafka's jars and commands, and our program.
Grafana's server cannot be had; tests/deploy/test_grafana.py looks at its files.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.deploy.test_containers import SERVICES, instructions
from tests.system.faults.cluster import LEASH, Java
from tests.system.kafka import Broker
from tests.system.watching import Prometheus, free_port, prometheus
from tests.system.workers import ROOT

DEADLINE_S = 120.0
KAFKA_COMMANDS = {
    "kafka-topics.sh": "org.apache.kafka.tools.TopicCommand",
    "kafka-broker-api-versions.sh": "org.apache.kafka.tools.BrokerApiVersionsCommand",
}
CLUSTER_ID = "5L6g3nShT-eMCtK--X86sw"
"""What Kafka's image formats its data with."""


class Stack:
    """The services, on ports of this host that are free."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self._java = Java.find()
        self._ports = {number: free_port() for number in (19092, 9092, 9093, 8000, 8001)}
        self._commands = home / "bin"
        self._commands.mkdir()
        for name, program in KAFKA_COMMANDS.items():
            line = " ".join(f"'{word}'" for word in self._java.command(program))
            (self._commands / name).write_text(f'#!/bin/sh\nexec {line} "$@"\n')
            (self._commands / name).chmod(0o755)

    def here(self, text: str) -> str:
        """Return a service's text with hosts, ports and directories of containers replaced by ours."""
        for host in ("kafka", "localhost", "127.0.0.1", ""):
            for number in (19092, 9092, 9093):
                text = re.sub(rf"(?<![\w.]){host}:{number}\b", f"127.0.0.1:{self._ports[number]}", text)
        text = text.replace("/opt/kafka/bin", str(self._commands))
        return text.replace("/var/lib/kafka/data", str(self.home / "kafka"))

    def environment(self, name: str) -> dict[str, str]:
        """Return the variables of a service, and nothing of ours but the PATH."""
        given = {key: self.here(value) for key, value in SERVICES[name].get("environment", {}).items()}
        inherited = {key: os.environ[key] for key in ("PATH", "NLTK_DATA", "LANG") if key in os.environ}
        return inherited | {"HOME": str(self.home)} | given

    @property
    def address(self) -> str:
        """Where programs on this machine find Kafka."""
        return f"127.0.0.1:{self._ports[9092]}"

    def port_of(self, worker: str) -> int:
        """Return the port that a worker is published on."""
        (published,) = SERVICES[worker]["ports"]
        return self._ports[int(published.split(":")[1])]

    @contextmanager
    def kafka(self) -> Iterator[None]:
        """Run Kafka as its image does: variables become properties, and the data directory is formatted."""
        properties = self.home / "server.properties"
        lines = [
            f"{key.removeprefix('KAFKA_').lower().replace('_', '.')}={value}"
            for key, value in self.environment("kafka").items()
            if key.startswith("KAFKA_")
        ]
        properties.write_text("\n".join(lines) + "\n")
        arguments = ["format", "-t", CLUSTER_ID, "-c", str(properties)]
        subprocess.run([*self._java.command("kafka.tools.StorageTool"), *arguments], capture_output=True, check=True)
        leash = [sys.executable, str(LEASH), str(os.getpid())]
        with self._process("kafka", [*leash, *self._java.command("kafka.Kafka", "-Xmx400m"), str(properties)]):
            yield

    def create_topics(self) -> None:
        """Run the service that creates the topics to its end."""
        service = SERVICES["topics"]
        words = [self.here(word).replace("$$", "$") for word in (*service["entrypoint"], *service["command"])]
        subprocess.run(words, check=True, capture_output=True)

    def ours(self, name: str) -> Any:  # noqa: ANN401 - a context manager
        """Run a service of our image: its entry point with the service's command, or else the image's."""
        (entry,), (command,) = (json.loads(instructions(word)[0]) for word in ("ENTRYPOINT", "CMD"))
        assert entry == "warble"
        files = dict(reversed(volume.split(":")[:2]) for volume in SERVICES[name].get("volumes", []))
        words = [
            str(ROOT / files[word]) if word in files else word for word in SERVICES[name].get("command", [command])
        ]
        environment = self.environment(name)
        if name.startswith("worker"):
            environment |= {"WARBLE_HTTP__PORT": str(self.port_of(name)), "WARBLE_HTTP__HOST": "127.0.0.1"}
        return self._process(name, [sys.executable, "-m", "stream", *words], environment)

    def is_healthy(self, name: str, environment: dict[str, str] | None = None) -> bool:
        """Run a service's health check, its own or its image's, once."""
        own = SERVICES[name].get("healthcheck")
        words = own["test"][1:] if own else json.loads(instructions("HEALTHCHECK")[0].partition("CMD")[2])
        words = [self.here(word) for word in words]
        if words[0] == "python":
            words[0] = sys.executable
        return subprocess.run(words, env=environment, capture_output=True, check=False).returncode == 0

    @contextmanager
    def _process(self, name: str, words: list[str], environment: dict[str, str] | None = None) -> Iterator[None]:
        with (self.home / f"{name}.log").open("wb") as log:
            process = subprocess.Popen(words, env=environment, cwd=ROOT, stdout=log, stderr=log)
        try:
            yield
        finally:
            process.terminate()
            process.wait(60)


def until(fact: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while not fact():
        assert time.monotonic() < deadline, f"not within {DEADLINE_S} s: {what}"
        threading.Event().wait(0.2)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Stack, Prometheus]]:
    stack = Stack(tmp_path_factory.mktemp("compose"))
    workers = ("worker-1", "worker-2")
    with ExitStack() as services:
        services.enter_context(stack.kafka())
        until(lambda: stack.is_healthy("kafka"), (stack.home / "kafka.log").read_text())
        stack.create_topics()
        for name in (*workers, "producer"):
            services.enter_context(stack.ours(name))
        targets = {"warble": [f"127.0.0.1:{stack.port_of(name)}" for name in workers]}
        server = services.enter_context(prometheus(stack.home, targets))
        yield stack, server


@pytest.mark.slow
@pytest.mark.parametrize("name", ["worker-1", "worker-2"])
def test_a_worker_gets_healthy(running: tuple[Stack, Prometheus], name: str) -> None:
    stack, _ = running
    environment = os.environ | {"WARBLE_HTTP__PORT": str(stack.port_of(name))}
    until(lambda: stack.is_healthy(name, environment), name)


@pytest.mark.slow
def test_the_topics_are_there(running: tuple[Stack, Prometheus]) -> None:
    stack, _ = running
    broker = Broker(stack.address)
    topics = {name: len(topic.partitions) for name, topic in broker.admin.list_topics(timeout=30).topics.items()}
    assert {name: topics.get(name) for name in ("tweets", "tweets.labelled", "tweets.dead")} == dict.fromkeys(
        ("tweets", "tweets.labelled", "tweets.dead"), 4
    )


@pytest.mark.slow
def test_what_the_producer_sends_is_labelled_by_both_workers_and_counted(running: tuple[Stack, Prometheus]) -> None:
    stack, server = running
    sent = len((ROOT / "stream" / "demo" / "samples.jsonl").read_text().splitlines())
    both = "count(sum by (instance) (warble_tweets_labelled_total) > 0)"
    server.wait_until(lambda: server.value(both), lambda count: count == 2, "both workers label")
    outcomes = "sum(warble_tweets_labelled_total) + sum(warble_tweets_dead_total)"
    server.wait_until(lambda: server.value(outcomes), lambda count: count >= sent, "every sample has its outcome")
    results = Broker(stack.address).count("tweets.labelled")
    letters = Broker(stack.address).count("tweets.dead")
    assert results + letters >= sent
    assert letters / (results + letters) < 0.1, "the samples' broken records ring no alert"


@pytest.mark.slow
def test_prometheus_answers_its_health_check(running: tuple[Stack, Prometheus]) -> None:
    _, server = running
    words = SERVICES["prometheus"]["healthcheck"]["test"][1:]
    if shutil.which(words[0]) is None:
        pytest.skip(f"NOT TESTED: there is no {words[0]} here")
    assert words[-1].startswith("http://127.0.0.1:9090/")
    words = [*words[:-1], words[-1].replace("http://127.0.0.1:9090", server.address)]
    assert subprocess.run(words, capture_output=True, check=False).returncode == 0

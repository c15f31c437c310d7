"""What can be known about the containers without a container engine."""

import json
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
import yaml

from stream.settings.load import setting_rows

ROOT = Path(__file__).parents[2]
DOCKERFILE = (ROOT / "deploy" / "Dockerfile").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, Any] = COMPOSE["services"]


def instructions(word: str) -> list[str]:
    joined = DOCKERFILE.replace("\\\n", " ")
    return [line.removeprefix(word).strip() for line in joined.splitlines() if line.startswith(f"{word} ")]


def test_compose_runs_the_kafka_that_make_broker_runs() -> None:
    pom = ET.parse(ROOT / "deploy" / "kafka" / "pom.xml")  # noqa: S314 - our own file
    version = pom.findtext("properties/kafka.version")
    images = [service["image"] for service in SERVICES.values() if "kafka" in service.get("image", "")]
    assert images == [f"apache/kafka:{version}"] * 2


def test_compose_creates_the_topics_that_the_settings_name() -> None:
    named = {row.default for row in setting_rows() if row.name.endswith("_TOPIC")}
    (command,) = SERVICES["topics"]["command"]
    match = re.search(r"for topic in (.*?);", command)
    assert match is not None
    assert set(match[1].split()) == named


def test_every_setting_in_a_container_exists() -> None:
    known = {row.name for row in setting_rows()}
    used = {name for service in SERVICES.values() for name in service.get("environment", {})}
    used |= set(re.findall(r"WARBLE_\w+", DOCKERFILE))
    ours = {name for name in used if name.startswith("WARBLE_")}
    assert ours
    assert ours <= known


def test_the_worker_finds_kafka_where_it_advertises_itself_to_containers() -> None:
    address = SERVICES["worker"]["environment"]["WARBLE_KAFKA__BOOTSTRAP_SERVERS"]
    assert f"CONTAINERS://{address}," in SERVICES["kafka"]["environment"]["KAFKA_ADVERTISED_LISTENERS"]
    assert address in SERVICES["kafka"]["healthcheck"]["test"]


def test_prometheus_scrapes_the_port_that_the_worker_serves() -> None:
    (mounted,) = (volume for volume in SERVICES["prometheus"]["volumes"] if volume.startswith("./"))
    config = yaml.safe_load((ROOT / mounted.split(":")[0]).read_text())
    (job,) = config["scrape_configs"]
    (port,) = (row.default for row in setting_rows() if row.name == "WARBLE_HTTP__PORT")
    assert job["static_configs"] == [{"targets": [f"worker:{port}"]}]
    assert instructions("EXPOSE") == [port]


def test_nothing_is_reachable_from_other_machines() -> None:
    published = [port for service in SERVICES.values() for port in service.get("ports", [])]
    assert published
    assert all(port.startswith("127.0.0.1:") for port in published)


def test_services_and_volumes_that_are_referred_to_exist() -> None:
    for service in SERVICES.values():
        assert set(service.get("depends_on", {})) <= set(SERVICES)
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            assert (ROOT / source).exists() if source.startswith("./") else source in COMPOSE["volumes"]


def test_the_image_runs_without_root_and_installs_only_what_is_pinned() -> None:
    assert instructions("USER") == ["10001"]
    assert instructions("CMD") == ['["worker"]']
    fetching = [line for line in instructions("RUN") if "pip install" in line]
    assert all("--require-hashes" in line or "--no-index" in line for line in fetching)


def test_what_the_image_copies_is_there_and_reaches_the_builder() -> None:
    sources = [source for line in instructions("COPY") if not line.startswith("--from") for source in line.split()[:-1]]
    let_through = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert sources
    for source in sources:
        assert (ROOT / source).exists()
        assert source.split("/")[0] in let_through


@pytest.fixture
def answering() -> Iterator[HTTPServer]:
    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path == self.server.healthy else 503)  # type: ignore[attr-defined]
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(("healthy", "code"), [("/livez", 0), ("/readyz", 1)])
def test_the_health_check_asks_livez(answering: HTTPServer, healthy: str, code: int) -> None:
    answering.healthy = healthy  # type: ignore[attr-defined]
    (check,) = instructions("HEALTHCHECK")
    program, *arguments = json.loads(check.partition("CMD")[2])
    assert program == "python"
    done = subprocess.run(
        [sys.executable, *arguments],
        env=os.environ | {"WARBLE_HTTP__PORT": str(answering.server_port)},
        capture_output=True,
        check=False,
    )
    assert done.returncode == code, done.stderr.decode()


def test_docker_understands_the_compose_file() -> None:
    docker = shutil.which("docker")
    if docker is None or subprocess.run([docker, "compose", "version"], capture_output=True, check=False).returncode:
        pytest.skip("NOT TESTED: there is no 'docker compose' here")
    subprocess.run([docker, "compose", "config", "--quiet"], cwd=ROOT, check=True)

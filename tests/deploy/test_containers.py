"""What can be known about the containers without a container engine."""

import copy
import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import threading
import tomllib
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import jsonschema
import pytest
import yaml

from stream.settings.load import setting_rows

ROOT = Path(__file__).parents[2]
DOCKERFILE = (ROOT / "deploy" / "Dockerfile").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, Any] = COMPOSE["services"]


def ours() -> dict[str, Any]:
    """Services that run our image."""
    return {name: service for name, service in SERVICES.items() if "build" in service}


def workers() -> dict[str, Any]:
    return {name: service for name, service in ours().items() if "command" not in service}


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


def test_whoever_talks_to_kafka_finds_it_where_it_advertises_itself_to_containers() -> None:
    (address,) = {service["environment"]["WARBLE_KAFKA__BOOTSTRAP_SERVERS"] for service in ours().values()}
    assert f"CONTAINERS://{address}," in SERVICES["kafka"]["environment"]["KAFKA_ADVERTISED_LISTENERS"]
    assert address in SERVICES["kafka"]["healthcheck"]["test"]


def test_prometheus_scrapes_every_worker_on_the_port_that_it_serves() -> None:
    config = yaml.safe_load((ROOT / "deploy" / "prometheus" / "prometheus.yml").read_text())
    (job,) = config["scrape_configs"]
    (port,) = (row.default for row in setting_rows() if row.name == "WARBLE_HTTP__PORT")
    assert job["static_configs"] == [{"targets": [f"{name}:{port}" for name in workers()]}]
    assert instructions("EXPOSE") == [port]


def test_prometheus_is_given_its_configuration_and_every_file_that_this_names() -> None:
    mounted = dict(volume.split(":")[:2] for volume in SERVICES["prometheus"]["volumes"] if volume.startswith("./"))
    config = yaml.safe_load((ROOT / "deploy" / "prometheus" / "prometheus.yml").read_text())
    assert mounted == {
        f"./deploy/prometheus/{name}": f"/etc/prometheus/{name}" for name in ("prometheus.yml", *config["rule_files"])
    }


def test_two_workers_share_the_topic_under_names_of_their_own_that_last() -> None:
    names = [service["environment"]["WARBLE_KAFKA__INSTANCE_ID"] for service in workers().values()]
    assert len(set(names)) == len(names) == 2


def test_a_container_may_take_longer_to_stop_than_a_worker_does() -> None:
    (bound,) = (row.default for row in setting_rows() if row.name == "WARBLE_KAFKA__SHUTDOWN_TIMEOUT_S")
    for service in workers().values():
        assert int(service["stop_grace_period"].removesuffix("s")) >= float(bound) + 10


def test_our_containers_need_neither_privileges_nor_a_place_to_write() -> None:
    for service in ours().values():
        assert service["read_only"] is True
        assert service["tmpfs"] == ["/tmp"]  # noqa: S108 - a container's own
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]


def test_the_producer_sends_what_is_mounted() -> None:
    service = SERVICES["producer"]
    command, file, *_ = service["command"]
    (volume,) = service["volumes"]
    assert command == "produce"
    assert volume.split(":")[1:] == [file, "ro"]


def test_the_compose_file_is_as_its_specification_says() -> None:
    schema = json.loads((Path(__file__).parent / "schemas" / "compose" / "compose-spec.json").read_text())
    validator = jsonschema.Draft202012Validator(schema)
    validator.validate(COMPOSE)
    wrong = copy.deepcopy(COMPOSE)
    wrong["services"]["kafka"]["enviroment"] = {}
    assert not validator.is_valid(wrong)


def test_hadolint_has_nothing_against_the_dockerfile() -> None:
    hadolint = Path(sysconfig.get_path("scripts")) / "hadolint"
    done = subprocess.run([hadolint, ROOT / "deploy" / "Dockerfile"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def test_the_images_have_the_program_s_version() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert {service["image"] for service in ours().values()} == {f"warble:{version}"}
    assert set(re.findall(r"-t (\S+)", DOCKERFILE)) == {f"warble:{version}", f"warble:{version}-gpu"}


def test_what_builds_and_installs_is_not_in_what_is_shipped() -> None:
    stages = dict(re.findall(r"^FROM \S+ AS (\S+)\n(.*?)(?=^FROM|\Z)", DOCKERFILE, re.MULTILINE | re.DOTALL))
    assert list(stages)[-1] == "cpu", "what is built without a target"
    assert "pip uninstall" in stages["runtime"]
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"]
    backend = {re.match(r"[\w-]+", requirement)[0] for requirement in groups["build"]}  # type: ignore[index]
    for kind in ("cpu", "gpu"):
        assert stages[kind].startswith(f"COPY --from={kind}-build /opt/warble /opt/warble\n")
        (removed,) = re.findall(r"uninstall --yes (.+)", stages[f"{kind}-build"])
        assert backend <= set(removed.split())


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

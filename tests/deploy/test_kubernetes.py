"""The manifests: valid, strict, safe, and of one mind with the program."""

import json
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import jsonschema
import kubernetes_validate
import pytest
import yaml

from stream.kafka.properties import SESSION_TIMEOUT_MS
from stream.settings import Settings
from stream.settings.load import setting_rows
from tests.deploy.kustomize import Manifest, UnknownError, identity, merged, render
from tests.deploy.prometheus import ROOT, refused, unknown

KUBERNETES = ROOT / "deploy" / "kubernetes"
SCHEMAS = Path(__file__).with_name("schemas")
OVERLAYS = ("cpu", "gpu", "keda")
OUTSIDE = {"ScaledObject": "scaledobject", "ServiceMonitor": "servicemonitor", "PrometheusRule": "prometheusrule"}
"""Kinds that do not come with Kubernetes, and their schemas here."""
VERSIONS = ("1.31", kubernetes_validate.latest_version())
"""Of Kubernetes, whose schemas the manifests are held against."""


def check(manifest: Manifest) -> None:
    """Raise what is wrong with a manifest."""
    if schema := OUTSIDE.get(manifest["kind"]):
        jsonschema.validate(manifest, json.loads((SCHEMAS / f"{schema}.json").read_text()))
    else:
        for version in VERSIONS:
            kubernetes_validate.validate(manifest, version, strict=True)


def the(kind: str, overlay: str) -> Manifest:
    (found,) = (manifest for manifest in render(KUBERNETES / overlay) if manifest["kind"] == kind)
    return found


def pod(overlay: str) -> Manifest:
    found: Manifest = the("StatefulSet", overlay)["spec"]["template"]
    return found


def worker(overlay: str) -> Manifest:
    (container,) = pod(overlay)["spec"]["containers"]
    assert isinstance(container, dict)
    return container


def settings(overlay: str) -> dict[str, str]:
    """Settings that a worker gets from the manifests, but for what only the cluster knows."""
    data: dict[str, str] = the("ConfigMap", overlay)["data"]
    return data


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_every_manifest_is_valid_to_the_last_field(overlay: str) -> None:
    manifests = render(KUBERNETES / overlay)
    assert len({identity(manifest) for manifest in manifests}) == len(manifests) >= 7
    for manifest in manifests:
        check(manifest)


@pytest.mark.parametrize(
    ("kind", "path", "value"),
    [
        ("StatefulSet", "spec.template.spec.enableServicelinks", False),
        ("StatefulSet", "spec.replicas", "two"),
        ("NetworkPolicy", "spec.ingres", []),
        ("ScaledObject", "spec.maxReplicas", 4),
        ("ServiceMonitor", "spec.endpoint", []),
    ],
)
def test_a_misspelt_field_or_a_wrong_type_would_be_seen(kind: str, path: str, value: object) -> None:
    manifest = the(kind, "keda")
    *above, last = path.split(".")
    place: Any = manifest
    for key in above:
        place = place[key]
    place[last] = value
    with pytest.raises((kubernetes_validate.ValidationError, jsonschema.ValidationError)):
        check(manifest)


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_kubectl_renders_the_same(overlay: str) -> None:
    kubectl = shutil.which("kubectl")
    if kubectl is None:
        pytest.skip("NOT TESTED: there is no kubectl here to compare with")
    done = subprocess.run([kubectl, "kustomize", KUBERNETES / overlay], capture_output=True, text=True, check=True)
    theirs = {identity(manifest): manifest for manifest in yaml.safe_load_all(done.stdout)}
    assert theirs == {identity(manifest): manifest for manifest in render(KUBERNETES / overlay)}


@pytest.mark.parametrize(
    ("base", "patch"),
    [
        ({"a": [{"b": 1}]}, {"a": [{"b": 2}]}),
        ({"a": {"b": 1}}, {"a": [1]}),
        ({"containers": [{"name": "x"}]}, {"containers": [{"name": "x", "$patch": "delete"}]}),
    ],
)
def test_what_the_renderer_does_not_know_it_refuses(base: Manifest, patch: Manifest) -> None:
    with pytest.raises(UnknownError):
        merged(base, patch)


def test_a_kustomization_that_asks_for_more_is_refused(tmp_path: Path) -> None:
    text = (KUBERNETES / "base" / "kustomization.yaml").read_text()
    (tmp_path / "kustomization.yaml").write_text(f"{text}namePrefix: my-\n")
    with pytest.raises(UnknownError, match="namePrefix"):
        render(tmp_path)


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_every_setting_is_one_that_a_worker_takes(overlay: str, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = {row.name for row in setting_rows()}
    named = set(settings(overlay)) | {variable["name"] for variable in worker(overlay)["env"]}
    assert named <= rows
    for name in rows:
        monkeypatch.delenv(name, raising=False)
    for name, value in settings(overlay).items():
        monkeypatch.setenv(name, value)
    assert Settings().http.port == worker(overlay)["ports"][0]["containerPort"]


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_a_worker_is_known_to_kafka_by_its_pod(overlay: str) -> None:
    (instance,) = (one for one in worker(overlay)["env"] if one["name"] == "WARBLE_KAFKA__INSTANCE_ID")
    assert instance["valueFrom"]["fieldRef"]["fieldPath"] == "metadata.name"


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_a_pod_may_take_longer_to_stop_than_a_worker_does(overlay: str) -> None:
    bound = float(settings(overlay)["WARBLE_KAFKA__SHUTDOWN_TIMEOUT_S"])
    # After its bound it still closes its clients.
    assert pod(overlay)["spec"]["terminationGracePeriodSeconds"] >= bound + 10


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_the_probes_ask_what_they_mean(overlay: str) -> None:
    container = worker(overlay)
    paths = {probe: container[probe]["httpGet"]["path"] for probe in container if probe.endswith("Probe")}
    assert paths == {"startupProbe": "/readyz", "readinessProbe": "/readyz", "livenessProbe": "/livez"}


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_a_pod_may_do_nothing_that_a_worker_does_not_need(overlay: str) -> None:
    spec, container = pod(overlay)["spec"], worker(overlay)
    assert spec["enableServiceLinks"] is False
    assert spec["automountServiceAccountToken"] is False
    assert spec["securityContext"]["runAsNonRoot"] is True
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert {"requests", "limits"} == container["resources"].keys()
    # The worker takes its number of threads from the limit.
    assert "cpu" in container["resources"]["limits"]


def test_the_user_is_the_image_s() -> None:
    (user,) = set(re.findall(r"^USER (\d+)", (ROOT / "deploy" / "Dockerfile").read_text(), re.MULTILINE))
    assert pod("cpu")["spec"]["securityContext"]["runAsUser"] == int(user)


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_all_that_belongs_together_selects_the_same_pods(overlay: str) -> None:
    labels = pod(overlay)["metadata"]["labels"]
    stateful_set = the("StatefulSet", overlay)
    assert stateful_set["spec"]["selector"]["matchLabels"] == labels
    assert the("PodDisruptionBudget", overlay)["spec"]["selector"]["matchLabels"] == labels
    assert the("NetworkPolicy", overlay)["spec"]["podSelector"]["matchLabels"] == labels
    service = the("Service", overlay)
    assert service["spec"]["selector"] == labels
    assert stateful_set["spec"]["serviceName"] == service["metadata"]["name"]
    monitor = the("ServiceMonitor", overlay)["spec"]
    assert monitor["selector"]["matchLabels"] == service["metadata"]["labels"]
    ports = {port["name"] for port in service["spec"]["ports"]}
    assert {endpoint["port"] for endpoint in monitor["endpoints"]} <= ports
    # The rules look for jobs with this in their name.
    assert "warble" in service["metadata"]["labels"][monitor["jobLabel"]]


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_the_image_has_the_program_s_version(overlay: str) -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert worker(overlay)["image"] == f"warble:{version}" + ("-gpu" if overlay == "gpu" else "")


def test_the_autoscaler_decides_on_the_number_of_workers_alone() -> None:
    assert "replicas" not in the("StatefulSet", "keda")["spec"]
    target = the("ScaledObject", "keda")["spec"]["scaleTargetRef"]
    assert (target["apiVersion"], target["kind"], target["name"]) == identity(the("StatefulSet", "keda"))


def test_the_autoscaler_asks_a_query_that_prometheus_knows_about_metrics_that_exist(tmp_path: Path) -> None:
    (trigger,) = the("ScaledObject", "keda")["spec"]["triggers"]
    query = trigger["metadata"]["query"]
    assert refused([query], tmp_path) == ""
    assert unknown([query]) == []


def test_the_autoscaler_never_goes_to_zero_nor_beyond_the_partitions_of_compose() -> None:
    spec = the("ScaledObject", "keda")["spec"]
    topics = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]["topics"]["command"]
    partitions = int(re.findall(r"--partitions (\d+)", " ".join(topics))[0])
    assert (spec["minReplicaCount"], spec["maxReplicaCount"]) == (1, partitions)


def test_a_worker_that_goes_has_left_the_group_before_the_next_one_goes() -> None:
    down = the("ScaledObject", "keda")["spec"]["advanced"]["horizontalPodAutoscalerConfig"]["behavior"]["scaleDown"]
    (policy,) = down["policies"]
    grace = pod("keda")["spec"]["terminationGracePeriodSeconds"]
    assert policy["periodSeconds"] > grace + SESSION_TIMEOUT_MS / 1000


def test_the_rules_as_the_operator_takes_them_are_the_rules() -> None:
    done = subprocess.run(
        [sys.executable, KUBERNETES / "prometheusrule.py"], capture_output=True, text=True, check=True
    )
    manifest = json.loads(done.stdout)
    check(manifest)
    rules = [rule for group in manifest["spec"]["groups"] for rule in group["rules"]]
    files = [ROOT / "deploy" / "prometheus" / f"{name}.rules.yml" for name in ("recording", "alerts")]
    loaded = [yaml.safe_load(file.read_text()) for file in files]
    assert rules == [rule for content in loaded for group in content["groups"] for rule in group["rules"]]

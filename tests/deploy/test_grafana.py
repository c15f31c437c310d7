"""The dashboard: what can be known without Grafana, which is not to be had everywhere."""

import itertools
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.deploy.prometheus import ROOT, metrics_in, recorded, refused, unknown

GRAFANA = ROOT / "deploy" / "grafana"
DASHBOARD: dict[str, Any] = json.loads((GRAFANA / "dashboards" / "warble.json").read_text())
PANELS: list[dict[str, Any]] = DASHBOARD["panels"]
SHOWING = [panel for panel in PANELS if panel["type"] != "row"]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())

# The parts of Grafana's own types (npm: @grafana/schema 13.2.3) that are used, to the last field.
UNITS = {"none", "short", "s", "percentunit", "bytes"}
PANEL_KEYS = {"id", "type", "title", "description", "datasource", "gridPos", "targets", "fieldConfig", "options"}
TARGET_KEYS = {"refId", "datasource", "expr", "legendFormat", "instant", "range", "format"}
DEFAULT_KEYS = {"unit", "min", "max", "decimals", "noValue", "thresholds", "color", "custom"}
OPTION_KEYS = {
    "timeseries": {"legend", "tooltip"},
    "stat": {"reduceOptions", "colorMode", "graphMode", "textMode"},
    "bargauge": {"reduceOptions", "orientation", "displayMode", "showUnfilled"},
    "table": {"showHeader", "cellHeight"},
    "heatmap": {"calculate", "yAxis", "color", "cellGap", "legend"},
}


def expressions() -> list[str]:
    """Every query of the dashboard, of panels, annotations and variables."""
    found = [target["expr"] for panel in SHOWING for target in panel["targets"]]
    found += [annotation["expr"] for annotation in DASHBOARD["annotations"]["list"]]
    for variable in variables():
        if variable["type"] == "query":
            match = re.fullmatch(r"label_values\((.+), (\w+)\)", variable["query"]["query"])
            assert match is not None
            found.append(match[1])
    return found


def variables() -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = DASHBOARD["templating"]["list"]
    return listed


def test_it_answers_its_four_questions_from_top_to_bottom() -> None:
    rows = sorted((panel["gridPos"]["y"], panel["title"]) for panel in PANELS if panel["type"] == "row")
    assert [title for _, title in rows] == [
        "Is it keeping up?",
        "Is it healthy?",
        "What are the labels?",
        "Has the world changed?",
    ]


def test_every_panel_has_an_id_and_a_place_of_its_own() -> None:
    assert len({panel["id"] for panel in PANELS}) == len(PANELS)
    taken: dict[tuple[int, int], str] = {}
    for panel in PANELS:
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24
        for cell in itertools.product(
            range(place["x"], place["x"] + place["w"]), range(place["y"], place["y"] + place["h"])
        ):
            assert cell not in taken, f"{panel['title']} lies upon {taken[cell]}"
            taken[cell] = panel["title"]
    assert len(taken) == 24 * max(y + 1 for _, y in taken), "there are holes"


@pytest.mark.parametrize("panel", SHOWING, ids=lambda panel: panel["title"])
def test_a_panel_has_only_what_grafana_knows_and_says_what_it_shows(panel: dict[str, Any]) -> None:
    extra = {"transformations"} if panel["type"] == "table" else set()
    assert panel.keys() == PANEL_KEYS | extra
    assert panel["options"].keys() <= OPTION_KEYS[panel["type"]]
    defaults = panel["fieldConfig"]["defaults"]
    assert defaults.keys() <= DEFAULT_KEYS
    assert defaults.get("unit", "none") in UNITS
    assert panel["description"].endswith(".")
    references = [target["refId"] for target in panel["targets"]]
    assert len(set(references)) == len(references) > 0
    for target in panel["targets"]:
        assert target.keys() <= TARGET_KEYS
        assert target["datasource"] == panel["datasource"] == {"type": "prometheus", "uid": "${datasource}"}


def test_every_query_is_promql(tmp_path: Path) -> None:
    assert refused([re.sub(r"\$\w+", ".*", text) for text in expressions()], tmp_path) == ""


def test_every_metric_that_is_shown_exists() -> None:
    assert unknown(expressions()) == []
    assert metrics_in("\n".join(expressions()))


def test_every_recorded_series_that_only_people_look_at_is_shown() -> None:
    rules = yaml.safe_load((ROOT / "deploy" / "prometheus" / "alerts.rules.yml").read_text())
    alerts = " ".join(rule["expr"] for group in rules["groups"] for rule in group["rules"])
    shown = " ".join(expressions())
    assert {name for name in recorded() if name not in alerts and name not in shown} <= {
        "job_model_label:warble_reference_class:ratio"
    }


def test_every_variable_that_is_used_is_offered_and_used() -> None:
    used = set(re.findall(r"\$\{?(\w+)\}?", json.dumps(DASHBOARD))) - {"__all"}
    assert used == {variable["name"] for variable in variables()}


def test_the_provisioned_data_source_is_the_one_that_the_dashboard_takes() -> None:
    (source,) = yaml.safe_load((GRAFANA / "provisioning" / "datasources" / "prometheus.yml").read_text())["datasources"]
    (choice,) = (variable for variable in variables() if variable["type"] == "datasource")
    assert choice["current"]["value"] == source["uid"]
    assert choice["query"] == source["type"]
    host, port = source["url"].removeprefix("http://").split(":")
    assert f"127.0.0.1:{port}:{port}" in COMPOSE["services"][host]["ports"]


def test_grafana_finds_the_dashboard_where_compose_mounts_it() -> None:
    (provider,) = yaml.safe_load((GRAFANA / "provisioning" / "dashboards" / "warble.yml").read_text())["providers"]
    grafana = COMPOSE["services"]["grafana"]
    mounted = dict(reversed(volume.split(":")[:2]) for volume in grafana["volumes"])
    assert mounted[provider["options"]["path"]] == "./deploy/grafana/dashboards"
    home = grafana["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"]
    assert (GRAFANA / "dashboards" / Path(home).name).exists()
    assert Path(home).parent == Path(provider["options"]["path"])


def test_drawing_it_without_a_prometheus_is_told_in_one_line(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, GRAFANA / "render.py", "http://127.0.0.1:9", tmp_path / "x.png"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert line.startswith("render: error: no answer from http://127.0.0.1:9")

"""The rules: promtool accepts them, every alert fires by its cause and by nothing else, and each has its page."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.deploy.prometheus import (
    PROMETHEUS,
    ROOT,
    RULES,
    alerts,
    metrics_in,
    promtool,
    recorded,
    recorded_in,
    refused,
    rules,
    unknown,
)

RUNBOOK = (ROOT / "docs" / "runbook.md").read_text("utf-8")
UNIT_TESTS = sorted((PROMETHEUS / "tests").glob("*.yml"))


def sections() -> dict[str, str]:
    """Sections of the runbook by heading."""
    parts = re.split(r"^## (.+)$", RUNBOOK, flags=re.MULTILINE)[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True))


def alert_sections() -> dict[str, str]:
    return {heading: text for heading, text in sections().items() if heading.startswith("Warble")}


def cases() -> list[dict[str, Any]]:
    return [
        case
        for file in UNIT_TESTS
        for test in yaml.safe_load(file.read_text())["tests"]
        for case in test["alert_rule_test"]
    ]


def with_condition(alert: str, condition: str, at: Path) -> list[Path]:
    """Copy the rules with another condition for one alert; return the unit tests beside them."""
    (at / "tests").mkdir()
    for name in RULES:
        (at / name).write_text((PROMETHEUS / name).read_text())
    content = yaml.safe_load((PROMETHEUS / "alerts.rules.yml").read_text())
    for group in content["groups"]:
        for rule in group["rules"]:
            if rule["alert"] == alert:
                rule["expr"] = condition
    (at / "alerts.rules.yml").write_text(yaml.safe_dump(content))
    concerned = [file for file in UNIT_TESTS if alert in file.read_text()]
    for file in concerned:
        (at / "tests" / file.name).write_text(file.read_text())
    return [at / "tests" / file.name for file in concerned]


def test_promtool_accepts_configuration_and_rules() -> None:
    done = promtool("check", "config", "prometheus.yml")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("rules found") == len(RULES)


def test_every_alert_fires_and_stays_silent_as_its_cases_say() -> None:
    done = promtool("test", "rules", *UNIT_TESTS)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_alert_has_a_case_that_fires_and_one_that_does_not() -> None:
    firing = {case["alertname"] for case in cases() if case["exp_alerts"]}
    silent = {case["alertname"] for case in cases() if not case["exp_alerts"]}
    assert firing == silent == set(alerts())


@pytest.mark.parametrize("alert", alerts())
@pytest.mark.parametrize("condition", ["vector(1) == 0", "vector(1)"])
def test_an_alert_that_never_fires_or_always_does_would_be_seen(alert: str, condition: str, tmp_path: Path) -> None:
    done = promtool("test", "rules", *with_condition(alert, condition, tmp_path), cwd=tmp_path)
    assert done.returncode != 0


def test_every_metric_of_the_rules_is_one_that_a_worker_exports() -> None:
    assert unknown(rule["expr"] for rule in rules()) == []


def test_a_metric_that_no_worker_exports_would_be_seen() -> None:
    assert unknown(
        ["warble_tweets_lost_total", "job:warble_pace:rate5m", 'rate(warble_stage_seconds_sum{a="b"}[5m])']
    ) == [
        "job:warble_pace:rate5m",
        "warble_tweets_lost_total",
    ]


def test_every_recorded_series_is_used() -> None:
    users = [rule["expr"] for rule in rules()]
    users += [file.read_text() for file in (ROOT / "deploy").rglob("*.json")]
    users += [file.read_text() for file in (ROOT / "deploy" / "kubernetes").rglob("*.yaml")]
    assert recorded() - recorded_in("\n".join([*users, RUNBOOK])) == set()


def test_every_alert_says_what_why_how_bad_and_where_to_read_on() -> None:
    for name, rule in alerts().items():
        assert rule["labels"].keys() == {"severity"}
        assert rule["labels"]["severity"] in {"critical", "warning"}
        assert rule["annotations"].keys() == {"summary", "description", "runbook_url"}
        assert rule["annotations"]["runbook_url"] == f"docs/runbook.md#{name.lower()}"


def test_every_alert_has_its_section_in_the_runbook_and_every_section_its_alert() -> None:
    assert list(alert_sections()) == list(alerts())


@pytest.mark.parametrize("alert", alerts())
def test_a_section_says_what_it_means_how_to_look_and_what_to_do(alert: str) -> None:
    text = alert_sections()[alert]
    marks = ["**Means.**", "**Look.**", "**Do.**"]
    assert [text.count(mark) for mark in marks] == [1, 1, 1]
    assert text.index(marks[0]) < text.index(marks[1]) < text.index(marks[2])
    assert "```promql" in text


def test_every_query_of_the_runbook_is_promql(tmp_path: Path) -> None:
    queries = re.findall(r"^```promql\n(.*?)^```$", RUNBOOK, re.MULTILINE | re.DOTALL)
    each = [line for block in queries for line in block.splitlines()]
    assert len(each) >= len(alerts())
    assert refused(each, tmp_path) == ""


def test_a_query_that_is_no_promql_would_be_seen(tmp_path: Path) -> None:
    assert "parse expression" in refused(["sum by (job) (up)", "sum by job rate(up)"], tmp_path)


def test_every_metric_of_the_runbook_exists() -> None:
    assert unknown([RUNBOOK]) == []
    assert metrics_in(RUNBOOK)


def test_every_event_of_the_log_that_the_runbook_names_is_logged() -> None:
    named = {name for name in re.findall(r"`([a-z]+(?:_[a-z]+)+)`", RUNBOOK) if name not in metrics_in(RUNBOOK)}
    sources = "\n".join(file.read_text("utf-8") for file in (ROOT / "stream").rglob("*.py"))
    assert len(named) >= 5
    assert {name for name in named if f'"{name}"' not in sources} == {"runbook_url"}


def test_the_thresholds_of_the_runbook_are_those_of_the_rules() -> None:
    for name, rule in alerts().items():
        numbers = re.findall(r"(?:[<>]=?|==) ([\d.]+)", rule["expr"])
        told = alert_sections()[name].split("**Look.**")[0]
        for number in numbers:
            if number in ("0", "1", "0.5"):
                continue
            share = f"{float(number) * 100:g} %" if float(number) < 1 else None
            assert number in told or (share and share in told), f"{name}: {number}"

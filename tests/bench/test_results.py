import json
from pathlib import Path
from typing import Any

import pytest

from bench.documents import renewed
from bench.ledger import Ledger
from bench.plots import draw
from bench.report import page, summary
from bench.results import compute
from bench.run import write
from bench.tweets import ROOT

MACHINE = {
    "cores": 2,
    "processor": "Some CPU",
    "memory_gb": 24,
    "date": "2026-01-01",
    "versions": {"python": "3.11.0"},
}
OPTIONS = {"rounds": 3, "seconds": 15.0, "warm_up_s": 3.0, "tweets": 10, "texts": "10 tweets"}


def flow(per_second: float) -> dict[str, Any]:
    return {
        "per_second": per_second,
        "counted": 100,
        "seconds": 15.0,
        "cpu_s_per_1000": 0.02,
        "rss_mb": 200.0,
        "start_s": 2.0,
        "agreement": 1.0,
    }


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    """Three rounds of ours and of two others, one round of which failed, and some of what is measured of ours alone."""
    ledger = Ledger(tmp_path / "runs.jsonl", "code")
    for number, rate in enumerate((80_000.0, 100_000.0, 90_000.0)):
        ledger.add(f"throughput/ours-exactly-once/{number}", flow(rate))
        ledger.add(f"throughput/bytewax/{number}", flow(rate / 4))
        ledger.add(f"ceiling/encode-model/{number}", {"per_second": 120_000.0})
        ledger.add(f"throughput/copy/{number}", flow(300_000.0))
    ledger.add("throughput/quix/0", flow(15_000.0))
    ledger.add("throughput/quix/1", {"failed": "it ended by itself (1): oops"})
    load: dict[str, Any] = {
        "offered_per_second": 9_000.0,
        "seen_per_second": 9_000.0,
        "kept_up": True,
        "tweets": 9,
        "milliseconds": {"p50": 5.0, "p95": 20.0, "p99": 40.0, "max": 90.0},
        "cores": {"worker": 0.8, "broker": 0.4, "producer": 0.2, "reader": 0.05},
    }
    ledger.add("latency/ours-exactly-once/0.1/0", load)
    ledger.add("latency/ours-exactly-once/0.5/0", {"failed": "no result"})
    for number, p99 in enumerate((70.0, 10.0, 40.0)):
        found = {**load, "offered_per_second": 72_000.0, "milliseconds": {**load["milliseconds"], "p99": p99}}
        ledger.add(f"latency/ours-exactly-once/0.8/{number}", {**found, "kept_up": number != 1})
        ledger.add(f"workers/4/{number}", flow(80_000.0 + 10_000 * number))
        ledger.add(f"throughput/ours-shipped-hate/{number}", flow(18_000.0))
        ledger.add(f"ceiling/hate-model/{number}", {"per_second": 36_000.0})
        ledger.add(f"ceiling/hate-encode/{number}", {"per_second": 50_000.0})
    ledger.add("backlog/10000/0", {"tweets": 10_000, "rss_mb": 201.0, "seconds": 2.0})
    ledger.add("start/0", {"start_to_ready_s": 1.25, "rss_mb": 150.0})
    stages = {"encode": 5.0, "predict": 4.0, "publish": 3.0, "commit": 1.0}
    profile = {"tweets": 10, "stage_us": stages, "cpu_us": 14.0, "functions": None}
    ledger.add("profile/ours-exactly-once", profile)
    ledger.add("profile/ours-shipped-brands", {**profile, "cpu_us": 80.25})
    return ledger


def rows(results: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {row["name"]: row for row in results["contenders"]}


def test_a_contender_is_its_median_round_as_a_share_of_the_best_other_and_of_the_ceiling(ledger: Ledger) -> None:
    results = compute(ledger, MACHINE, OPTIONS, {})
    ours = rows(results)["ours-exactly-once"]
    assert ours["per_second"] == {"median": 90_000.0, "lowest": 80_000.0, "highest": 100_000.0, "rounds": 3}
    assert ours["to_best_contender"] == 4.0
    assert ours["of_encode_model_ceiling"] == 0.75


def test_one_process_is_not_held_against_two(ledger: Ledger) -> None:
    ledger.add("throughput/plain-batched-two/0", flow(45_000.0))
    ledger.add("throughput/ours-exactly-once-two/0", flow(135_000.0))
    found = rows(compute(ledger, MACHINE, OPTIONS, {}))
    assert found["ours-exactly-once"]["to_best_contender"] == 4.0
    assert found["ours-exactly-once-two"]["to_best_contender"] == 3.0


def test_what_several_rounds_measured_is_their_median(ledger: Ledger) -> None:
    results = compute(ledger, MACHINE, OPTIONS, {})
    high = results["latency"]["ours-exactly-once"][2]
    assert (high["milliseconds"]["p99"], high["kept_up"], high["rounds"]) == (40.0, False, 3)
    assert results["growth"]["workers"]["4"]["per_second"] == 90_000.0
    assert results["growth"]["workers"]["2"] == {"failed": "not measured"}


def test_a_failed_round_is_told_and_not_counted(ledger: Ledger) -> None:
    quix = rows(compute(ledger, MACHINE, OPTIONS, {}))["quix"]
    assert quix["per_second"]["rounds"] == 1
    assert quix["failures"] == ["it ended by itself (1): oops"]


def test_a_contender_that_could_not_be_installed_is_a_row_without_a_figure(ledger: Ledger) -> None:
    results = compute(ledger, MACHINE, OPTIONS, {"mlserver": "could not be installed: no network"})
    mlserver = rows(results)["mlserver"]
    assert "per_second" not in mlserver
    assert "MLServer's Kafka server (at most once): could not be installed: no network" in page(results, [])


def test_the_page_shows_every_kind_of_figure(ledger: Ledger) -> None:
    text = page(compute(ledger, MACHINE, OPTIONS, {}), ["speed-throughput.svg"])
    assert "2 cores of Some CPU" in text
    assert "3 rounds, in each of which another contender begins, 1 of them with the slowest ones; medians" in text
    assert "| Warble | exactly once | 8,000 | 90,000 (80,000-100,000) | 100 | 4.00x | 0.75 |" in text
    assert "| Kafka to Kafka without a model | 300,000 (300,000-300,000) | 0.30 |" in text
    assert "| bare model of the shipped `hate` on ready batches, all cores | 36,000 (36,000-36,000) | 0.50 |" in text
    assert "| exactly once, 10% of capacity | 9,000 | 5 | 20 | 40 | 90 | yes | 0.80 | 0.40 | 0.20 | 0.05 |" in text
    assert "| exactly once, 80% of capacity | 72,000 | 5 | 20 | 40 | 90 | no |" in text
    assert "| 4 workers | 90,000 |" in text
    assert "From start to ready: 1.25 (1.25-1.25) s." in text
    whole = "processor time, all threads"
    assert "### Warble\n\n| stage | microseconds a tweet |\n| --- | ---: |\n| encode | 5.00 |" in text
    assert text.index(f"| {whole} | 14.00 |") < text.index("### Warble, the shipped `brands`")
    assert text.index("### Warble, the shipped `brands`") < text.index(f"| {whole} | 80.25 |")
    assert "`python -m bench profile --contender ours-shipped-brands` makes this section anew." in text
    assert "![Throughput of every contender](speed-throughput.svg)" in text
    assert "speed-latency.svg" not in text


def test_each_goal_stands_beside_what_was_measured(ledger: Ledger) -> None:
    text = summary(compute(ledger, MACHINE, OPTIONS, {}))
    assert "| the notebook's BiLSTM, exactly once, 1 worker, tweets/s | at least 100,000 | 90,000 | no |" in text
    assert "| the notebook's BiLSTM, exactly once, 2 workers, tweets/s | at least 100,000 | not measured | - |" in text
    assert "| the shipped `hate`, exactly once, 1 worker, tweets/s | at least 25,000 | 18,000 | no |" in text
    assert "| bare model of the shipped `hate`, tweets/s | at least 30,000 | 36,000 | yes |" in text
    assert "| bare model of the shipped `brands`, tweets/s | at least 30,000 | not measured | - |" in text
    assert "| the encoder of the shipped `hate`, a tweet | below 15.0 us | 20.0 us | no |" in text
    assert "| the encoder of the shipped `brands`, a tweet | below 15.0 us | not measured | - |" in text
    assert "| to the best other contender, exactly once, 1 worker | at least 4.00x | 4.00x | yes |" in text
    assert "| share of encoding and model without Kafka | at least 0.80 | 0.75 | no |" in text
    assert "| p99 at half load, exactly once | below 150 ms | not measured | - |" in text
    assert "| CPU seconds a tweet, from 1 to 4 workers | below +10% | +0% | yes |" in text
    assert "| from start to ready | below 2.00 s | 1.25 s | yes |" in text
    assert "| RSS | below 300 MB | 200 MB | yes |" in text
    assert "| Bytewax | none without its recovery store | 22,500 | 1.00x | 0.020 | 200 |" in text
    assert "2 cores of Some CPU" in text


def test_pictures_are_drawn_of_what_there_is_and_the_same_each_time(ledger: Ledger, tmp_path: Path) -> None:
    results = compute(ledger, MACHINE, OPTIONS, {})
    names = draw(results, tmp_path / "one")
    assert names == ["speed-throughput.svg", "speed-latency.svg", "speed-workers.svg", "speed-stages.svg"]
    assert draw(results, tmp_path / "two") == names
    assert all((tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes() for name in names)


def test_a_benchmark_that_measured_nothing_yet_is_a_page_without_pictures(tmp_path: Path) -> None:
    results = compute(Ledger(tmp_path / "runs.jsonl", "code"), MACHINE, OPTIONS, {})
    write(results, tmp_path)
    assert json.loads((tmp_path / "bench" / "results.json").read_text()) == results
    assert "![" not in (tmp_path / "docs" / "speed.md").read_text()


def test_the_documents_quote_the_figures_that_are_kept() -> None:
    results = json.loads((ROOT / "bench" / "results.json").read_text("utf-8"))
    readme = (ROOT / "README.md").read_text("utf-8")
    assert renewed(readme, "speed", summary(results)) == readme
    pictures = sorted(file.name for file in (ROOT / "docs").glob("speed-*.svg"))
    assert (ROOT / "docs" / "speed.md").read_text("utf-8") == page(results, pictures)

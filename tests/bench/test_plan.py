from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from bench.ceilings import KINDS
from bench.errors import ContenderError
from bench.kafka import Broker
from bench.ledger import Ledger
from bench.plan import FULL, Bench, Step
from bench.registry import CONTENDERS

MINUTES = 60


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(
        broker=Broker("127.0.0.1:1", 1),
        source="tweets",
        texts=["a"],
        vocabulary=["a"],
        options=FULL,
        work=tmp_path,
        ledger=Ledger(tmp_path / "runs.jsonl", "code"),
        agreement=lambda _: 1.0,
    )


def keys(steps: list[Step]) -> list[str]:
    return [step.key for step in steps]


def test_the_whole_benchmark_takes_less_than_45_minutes(bench: Bench) -> None:
    assert sum(step.estimate_s for step in bench.steps(CONTENDERS)) < 45 * MINUTES


FEWER = {"ours-shipped-hate": 3} | dict.fromkeys(
    ("ours-shared-classify", "faststream", "faust", "mlserver", "plain-predict"), 2
)


def test_each_contender_has_five_rounds_the_slow_ones_two_and_every_measurement_a_key_of_its_own(
    bench: Bench,
) -> None:
    steps = keys(list(bench.steps(CONTENDERS)))
    assert len(set(steps)) == len(steps)
    for contender in CONTENDERS:
        rounds = FEWER.get(contender.name, 5)
        assert [key for key in steps if key.startswith(f"throughput/{contender.name}/")] == [
            f"throughput/{contender.name}/{number}" for number in range(rounds)
        ]


def test_what_a_goal_names_is_measured_five_times_in_alternation(bench: Bench) -> None:
    steps = keys(list(bench.steps(CONTENDERS)))
    latencies = ("latency/ours-at-least-once/0.5", "latency/ours-exactly-once/0.5")
    for what in (*latencies, "workers/4", "backlog/1000000", "ceiling/encode-model"):
        assert [key for key in steps if key.startswith(f"{what}/")] == [f"{what}/{number}" for number in range(5)]
    halves = [key.split("/")[1] for key in steps if key.startswith("latency/") and "/0.5/" in key]
    assert halves[:4] == ["ours-exactly-once", "ours-at-least-once", "ours-at-least-once", "ours-exactly-once"]


def test_a_flagship_s_ceilings_are_measured_more_often_than_those_that_no_goal_is_about(bench: Bench) -> None:
    measured = Counter(key.split("/")[1] for key in keys(list(bench.steps(CONTENDERS))) if key.startswith("ceiling/"))
    assert measured.keys() == KINDS.keys()
    assert {kind for kind, rounds in measured.items() if rounds == 3} == {
        *("brands-model", "brands-encode", "hate-model", "hate-encode")
    }
    assert {rounds for kind, rounds in measured.items() if kind.startswith(("onnx", "tensorflow", "encode"))} == {2, 5}


def test_rounds_alternate_and_begin_with_different_contenders(bench: Bench) -> None:
    rounds = [key.rsplit("/", 1) for key in keys(list(bench.steps(CONTENDERS, rest=False)))]
    assert [number for _, number in rounds] == sorted(number for _, number in rounds)
    firsts = [next(key for key, of in rounds if of == str(number)) for number in range(5)]
    assert len(set(firsts)) == 5


def test_both_the_notebook_s_network_and_the_shipped_one_are_profiled(bench: Bench) -> None:
    profiled = [key for key in keys(list(bench.steps(CONTENDERS))) if key.startswith("profile/")]
    assert profiled == ["profile/ours-exactly-once", "profile/ours-shipped-brands"]


def test_without_ours_nothing_is_measured_of_ours_alone(bench: Bench) -> None:
    others = [contender for contender in CONTENDERS if not contender.is_ours]
    assert not [key for key in keys(list(bench.steps(others))) if key.startswith(("latency/", "words/", "profile"))]


def test_the_load_is_a_share_of_what_the_same_mode_reached(bench: Bench) -> None:
    for number, rate in enumerate((100.0, 300.0, 200.0)):
        bench.ledger.add(f"throughput/ours-exactly-once/{number}", {"per_second": rate})
    assert bench.capacity(CONTENDERS[0]) == 200.0
    with pytest.raises(ContenderError, match="not known"):
        bench.capacity(CONTENDERS[1])


def test_a_backlog_is_no_larger_than_the_topic(bench: Bench) -> None:
    small = replace(bench, options=replace(FULL, tweets=50_000))
    backlogs = [key for key in keys(list(small.steps(CONTENDERS))) if key.startswith("backlog/")]
    assert backlogs == ["backlog/10000/0"]

from pathlib import Path

import pytest

from bench.errors import BenchError, ContenderError
from bench.ledger import Ledger, Measured
from bench.plan import Options, Step
from bench.run import run, work_off
from bench.throughput import Span


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(tmp_path / "runs.jsonl", "code")


def test_what_is_measured_already_is_not_measured_again(ledger: Ledger) -> None:
    made = []

    def measure() -> Measured:
        made.append(1)
        return {"per_second": float(len(made))}

    steps = [Step(key, key, 1.0, measure) for key in ("a", "b")]
    work_off(steps[:1], ledger)
    work_off(steps, ledger)
    assert len(made) == 2
    assert (ledger["a"], ledger["b"]) == ({"per_second": 1.0}, {"per_second": 2.0})


def test_a_contender_that_fails_does_not_stop_the_others(ledger: Ledger) -> None:
    def fail() -> Measured:
        raise ContenderError("it ended by itself")

    work_off([Step("a", "a", 1.0, fail), Step("b", "b", 1.0, lambda: {"per_second": 1.0})], ledger)
    assert ledger["a"] == {"failed": "it ended by itself"}
    assert ledger["b"] == {"per_second": 1.0}


def test_an_unknown_contender_is_an_error_that_names_the_known_ones(tmp_path: Path) -> None:
    options = Options(1, 1_000, Span(1, 1), ceiling_s=1, short=Span(1, 1), paced=Span(1, 1))
    with pytest.raises(BenchError, match=r"no contender is called fink: choose among ours-exactly-once, .*bytewax"):
        run(options, ["fink"], tmp_path, tmp_path, fresh=False)

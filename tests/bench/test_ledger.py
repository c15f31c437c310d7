from pathlib import Path

import pytest

from bench.ledger import Ledger


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "work" / "runs.jsonl"


def test_what_was_measured_is_there_after_a_restart(file: Path) -> None:
    Ledger(file, "code 1").add("throughput/ours/0", {"per_second": 7.5})
    again = Ledger(file, "code 1")
    assert "throughput/ours/0" in again
    assert again.below("throughput/ours/") == {"0": {"per_second": 7.5}}


def test_measurements_of_other_code_are_thrown_away(file: Path) -> None:
    Ledger(file, "code 1").add("a", {})
    assert "a" not in Ledger(file, "code 2")
    assert "a" not in Ledger(file, "code 1")


def test_fresh_begins_with_nothing(file: Path) -> None:
    Ledger(file, "code 1").add("a", {})
    assert "a" not in Ledger(file, "code 1", fresh=True)


def test_a_line_that_a_crash_cut_off_is_measured_again(file: Path) -> None:
    ledger = Ledger(file, "code 1")
    ledger.add("a", {"per_second": 1})
    with file.open("a") as lines:
        lines.write('{"of": "code 1", "key": "b", "meas')
    resumed = Ledger(file, "code 1")
    assert "b" not in resumed
    resumed.add("b", {"per_second": 2})
    assert Ledger(file, "code 1")["b"] == {"per_second": 2}


def test_nothing_is_measured_twice(file: Path) -> None:
    ledger = Ledger(file, "code 1")
    ledger.add("a", {})
    with pytest.raises(ValueError, match="'a' was measured already"):
        ledger.add("a", {})

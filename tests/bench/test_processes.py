import sys
from pathlib import Path

import pytest

from bench.processes import environment, program, tree
from bench.tweets import ROOT


def fake(proc: Path, pid: int, parent: int, name: str = "x") -> None:
    fields = ["S", str(parent), *["0"] * 9, "1", "2", "3", "4", *["0"] * 6, "50"]
    (proc / str(pid)).mkdir()
    (proc / str(pid) / "stat").write_text(f"{pid} ({name}) {' '.join(fields)}\n")


def test_a_tree_is_a_process_and_all_below_it(tmp_path: Path) -> None:
    fake(tmp_path, 10, 1)
    fake(tmp_path, 11, 10, "name with ) and spaces")
    fake(tmp_path, 12, 11)
    fake(tmp_path, 20, 1)
    (tmp_path / "meminfo").touch()
    (tmp_path / "13").mkdir()  # ended while it was looked at
    assert [fields[1] for fields in tree(10, tmp_path)] == ["1", "10", "11"]
    assert tree(99, tmp_path) == []


def test_a_program_ends_with_what_it_started_and_its_time_is_known(tmp_path: Path) -> None:
    child = (
        "import subprocess, sys\n"
        "busy = subprocess.Popen([sys.executable, '-c', 'while True: pass'])\n"
        "print(busy.pid, flush=True)\n"
        "busy.wait()\n"
    )
    log = tmp_path / "logs" / "child.log"
    with program([sys.executable, "-c", child], environment(), log) as running:
        while running.cpu_s() < 0.2 and running.is_running:
            pass
        assert running.is_running
        assert running.resident_bytes() > 1_000_000
        grandchild = int(running.said())
    while any(fields[0] not in "ZX" for fields in tree(grandchild)):  # a signal is not taken at once
        pass


def test_settings_of_ours_reach_no_contender(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WARBLE_MODEL__BUNDLE", "x")
    monkeypatch.setenv("BENCH_BATCH", "x")
    found = environment(BENCH_BATCH="5")
    assert "WARBLE_MODEL__BUNDLE" not in found
    assert (found["BENCH_BATCH"], found["PYTHONPATH"]) == ("5", str(ROOT))

"""How the supervisor looks after workers, with programs that end as a test wants."""

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.system.faults.cluster import LEASH
from tests.system.faults.pool import Pool, Slot
from tests.system.kafka import Broker
from tests.system.workers import Stream

FOR_EVER = "import signal; print('ready', file=__import__('sys').stderr, flush=True); signal.pause()"
DEAF = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {FOR_EVER}"


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Callable[[str], Pool]]:
    pools = []

    def make(program: str) -> Pool:
        stream = Stream(Broker("127.0.0.1:1"), ("tweets", "labelled", "dead"), "brands")
        pools.append(Pool(stream, tmp_path, 1, ("-c", program)))
        return pools[-1]

    yield make
    for pool in pools:
        pool.kill()


def ended(process: subprocess.Popen[bytes] | None) -> int:
    assert process is not None
    return process.wait(30)


def ready(slot: Slot) -> None:
    while "ready" not in slot.last_words():
        pass


def test_a_worker_that_ends_is_counted_and_started_again_after_a_while(make: Callable[[str], Pool]) -> None:
    pool = make("raise SystemExit(3)")
    (slot,) = pool.slots
    pool.start()
    first = slot.process
    ended(first)
    pool.look_after(100.0)
    assert slot.process is None
    pool.look_after(101.0)
    assert slot.process not in {None, first}
    assert pool.exits == {"3": 1}
    assert pool.wrong_exits() == {"3": 1}


@pytest.mark.parametrize("code", [0, 4])
def test_a_worker_may_be_done_or_fenced(make: Callable[[str], Pool], code: int) -> None:
    pool = make(f"raise SystemExit({code})")
    pool.start()
    ended(pool.slots[0].process)
    pool.look_after(100.0)
    assert pool.exits == {str(code): 1}
    assert pool.wrong_exits() == {}


def test_a_killed_worker_comes_back_when_the_fault_says(make: Callable[[str], Pool]) -> None:
    pool = make(FOR_EVER)
    (slot,) = pool.slots
    pool.start()
    slot.send(signal.SIGKILL)
    slot.start_at(105.0)
    ended(slot.process)
    for now in (103.0, 104.9):
        pool.look_after(now)
        assert slot.process is None
    pool.look_after(105.0)
    assert slot.process is not None


def test_a_replaced_worker_is_followed_until_it_ends(make: Callable[[str], Pool]) -> None:
    pool = make(FOR_EVER)
    (slot,) = pool.slots
    pool.start()
    first = slot.process
    slot.replace()
    assert slot.former == [first]
    assert slot.process is not first
    pool.look_after(100.0)
    assert slot.former == [first]
    assert first is not None
    first.kill()
    ended(first)
    pool.look_after(100.0)
    assert slot.former == []
    assert slot.process is not None


def test_stopping_wakes_the_paused(make: Callable[[str], Pool]) -> None:
    # Without a handler SIGTERM ends even a process that is stopped.
    paused = make(f"import signal; signal.signal(signal.SIGTERM, lambda *_: exit(0)); {FOR_EVER}")
    paused.start()
    ready(paused.slots[0])
    paused.slots[0].send(signal.SIGSTOP)
    assert paused.stop(30.0) == []
    assert paused.exits == {"0": 1}


def test_stopping_names_and_kills_who_does_not_end(make: Callable[[str], Pool]) -> None:
    deaf = make(DEAF)
    deaf.start()
    ready(deaf.slots[0])
    assert deaf.stop(0.1) == ["w0"]
    assert deaf.exits == {str(-signal.SIGKILL): 1}


def test_nobody_comes_back_after_the_stop(make: Callable[[str], Pool]) -> None:
    pool = make("raise SystemExit(4)")
    pool.start()
    ended(pool.slots[0].process)
    pool.look_after(100.0)
    assert pool.stop(30.0) == []
    pool.look_after(1e9)
    assert pool.slots[0].process is None


def test_memory_is_told_while_it_runs(make: Callable[[str], Pool]) -> None:
    pool = make(FOR_EVER)
    (slot,) = pool.slots
    assert slot.resident_kib() is None
    pool.start()
    ready(slot)
    memory = slot.resident_kib()
    if sys.platform == "linux":
        assert memory is not None
        assert 1_000 < memory < 1_000_000


@pytest.mark.skipif(sys.platform != "linux", reason="NOT TESTED: only Linux tells a child of its parent's end")
def test_what_is_on_the_leash_dies_with_its_parent_even_while_it_is_stopped() -> None:
    child = "import os, signal; print(os.getpid(), flush=True); os.kill(os.getpid(), signal.SIGSTOP)"
    leashed = [sys.executable, str(LEASH), "--kill", "PARENT", sys.executable, "-c", child]
    parent = f"""
import os, subprocess, sys
subprocess.Popen([str(os.getpid()) if part == "PARENT" else part for part in {leashed!r}])
sys.stdin.read()
"""
    with subprocess.Popen(
        [sys.executable, "-c", parent], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        pid = int(process.stdout.readline())
        process.kill()
        process.wait()
        # The pipe ends when the last process that holds it does.
        assert process.stdout.read() == ""
    assert not Path(f"/proc/{pid}/cwd").exists()

"""Where a worker's time goes: its own account by stage, the kernel's of the process, and a sampling profiler's."""

import re
import shutil
import signal
import subprocess
import time
import uuid
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from bench.contenders.job import Job
from bench.environments import provide
from bench.errors import ContenderError
from bench.growth import ask, ready_port
from bench.kafka import Broker
from bench.ledger import Measured
from bench.processes import environment, program
from bench.registry import ENVIRONMENTS, Contender

STAGES: Final = ("encode", "predict", "publish", "commit")
"""Of ``warble_stage_seconds``; predicting overlaps with the others. ``queue`` is waiting, not work."""
_SAMPLES_A_SECOND: Final = 200
_MOST: Final = 25
_DEADLINE_S: Final = 120.0
_SUM: Final = re.compile(r'^warble_stage_seconds_sum\{stage="(\w+)"\} (\S+)$', re.MULTILINE)
_LABELLED: Final = re.compile(r"^warble_tweets_labelled_total\{.*\} (\S+)$", re.MULTILINE)
_MICROSECONDS: Final = 1e6


def measure(broker: Broker, contender: Contender, source: str, tweets: int, work: Path, *, sampled: bool) -> Measured:
    """Let a worker label ``tweets`` tweets of ``source``, and return what each took, in microseconds by stage.

    sampled: also ask py-spy which functions ran; what it found, or why it found nothing, is under ``functions``.
    Raises ContenderError when the worker ends by itself.
    """
    unique = f"profile-{uuid.uuid4().hex[:8]}"
    directory = work / "running" / unique
    directory.mkdir(parents=True)
    job = Job(broker.bootstrap, source, f"labelled-{unique}", unique, contender.batch, str(directory))
    outputs = (job.target, f"{job.target}.dead")
    broker.create(*outputs)
    log = work / "logs" / "profile.log"
    try:
        with ExitStack() as stack:
            length = stack.enter_context(broker.length(job.target))
            command, settings = contender.command(), environment(**contender.environment(job))
            running = stack.enter_context(program(command, settings, log))
            port = ready_port(running, log)
            # What the start took is no cost of a tweet.
            began, started_s = time.monotonic(), running.cpu_s()
            sampler = _sampler(running.process.pid, directory / "stacks.txt") if sampled else None
            while length.now() < tweets:
                if not running.is_running or time.monotonic() - began > _DEADLINE_S:
                    raise ContenderError(f"{tweets} tweets were not labelled: {running.said()}")
                time.sleep(0.05)
            page, cpu_s = ask(port, "/metrics") or "", running.cpu_s() - started_s
            functions = None if sampler is None else _functions(sampler, directory / "stacks.txt")
        return {**budget(page, cpu_s), "functions": functions}
    finally:
        broker.delete(*outputs)
        shutil.rmtree(directory, ignore_errors=True)


def budget(page: str, cpu_s: float) -> Measured:
    """Return microseconds a tweet by stage, from a worker's metrics, and those of the processor as a whole.

    page: ``/metrics`` as text. cpu_s: processor time of the process since it was ready.
    Raises ContenderError when nothing was labelled.
    """
    labelled = sum(float(value) for value in _LABELLED.findall(page))
    if labelled <= 0:
        raise ContenderError("its metrics say that nothing was labelled")
    seconds = {stage: float(value) for stage, value in _SUM.findall(page)}
    return {
        "tweets": int(labelled),
        "stage_us": {stage: seconds.get(stage, 0.0) / labelled * _MICROSECONDS for stage in STAGES},
        "cpu_us": cpu_s / labelled * _MICROSECONDS,
    }


def self_times(stacks: str, most: int = _MOST) -> list[dict[str, float | str]]:
    """Return the functions in which most samples ended, with their share of all samples.

    stacks: lines of ``outermost;...;innermost COUNT``, as py-spy writes them in its raw format.
    """
    counts: Counter[str] = Counter()
    for line in stacks.splitlines():
        stack, _, count = line.rpartition(" ")
        counts[stack.rsplit(";", 1)[-1]] += int(count)
    samples = max(1, counts.total())
    return [{"function": name, "share": count / samples} for name, count in counts.most_common(most)]


def _sampler(pid: int, stacks: Path) -> "subprocess.Popen[str] | str":
    try:
        provide("tools")
    except ContenderError as error:
        return f"py-spy could not be installed: {error}"
    options = ("--format", "raw", "--output", str(stacks), "--rate", str(_SAMPLES_A_SECOND), "--duration", "unlimited")
    command = [str(ENVIRONMENTS / "tools" / "bin" / "py-spy"), "record", "--pid", str(pid), *options, "--nonblocking"]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)


def _functions(sampler: "subprocess.Popen[str] | str", stacks: Path) -> list[dict[str, float | str]] | str:
    if isinstance(sampler, str):
        return sampler
    sampler.send_signal(signal.SIGINT)  # as Ctrl-C: it then writes what it has
    said = sampler.communicate(timeout=30)[1]
    if not stacks.exists():
        return f"py-spy took no sample: {' '.join(said.split())[-300:]}"
    return self_times(stacks.read_text())

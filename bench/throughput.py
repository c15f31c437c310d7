"""One contender labels one topic for a while, and is judged by what a read_committed reader then finds."""

import itertools
import shutil
import time
import uuid
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

from bench.arithmetic import Times, steady_rate
from bench.contenders.job import Job
from bench.errors import ContenderError
from bench.kafka import Broker, Length, timestamps
from bench.ledger import Measured
from bench.processes import Program, environment, program
from bench.registry import Contender

_SAMPLE_EVERY_S: Final = 0.25
_START_DEADLINE_S: Final = 120.0
_STALLED_S: Final = 60.0
SETTLING_S: Final = 6.0
"""How much longer the warm-up is where several processes share the partitions: the first one has them all at first."""
_BYTES: Final = 1e6

Agreement = Callable[[Sequence[bytes]], float]
"""Values of results to the share of them that have the label which our own classifier gives."""


class Span(NamedTuple):
    """How long to measure."""

    warm_up_s: float
    """From the first result on."""
    seconds: float
    """After the warm-up."""


class _Sample(NamedTuple):
    at: float
    cpu_s: float
    resident: int
    length: int


def measure(
    broker: Broker,
    contender: Contender,
    source: str,
    total: int,
    span: Span,
    work: Path,
    agreement: Agreement | None = None,
    workers: int | None = None,
) -> Measured:
    """Let a contender label ``source``, which holds ``total`` tweets, until the span is over or the topic is.

    workers: processes of it; default: the contender's own number.
    Times are the broker's: when it appended each result (LogAppendTime). Raises ContenderError when the contender
    ends by itself or stops moving.
    """
    processes = workers or contender.processes
    if processes > 1:
        span = span._replace(warm_up_s=span.warm_up_s + SETTLING_S)
    unique = f"{contender.name}-{uuid.uuid4().hex[:8]}"
    directory = work / "running" / unique
    directory.mkdir(parents=True)
    job = Job(broker.bootstrap, source, f"labelled-{unique}", unique, contender.batch, str(directory))
    broker.create(job.target, f"{job.target}.dead")
    started = time.time()
    try:
        with ExitStack() as stack:
            length = stack.enter_context(broker.length(job.target))
            log = work / "logs" / f"{contender.name}.log"
            running = [
                stack.enter_context(
                    program(
                        contender.command(),
                        environment(**contender.environment(job, number)),
                        log.with_suffix(f".{number}.log"),
                    )
                )
                for number in range(processes)
            ]
            samples = _watch(running, length, total, span)
        return _judge(broker, job, started, samples, total, span, agreement if contender.comparable else None)
    finally:
        broker.delete(job.target, f"{job.target}.dead")
        shutil.rmtree(directory, ignore_errors=True)


def _watch(running: Sequence[Program], length: Length, total: int, span: Span) -> list[_Sample]:
    """Sample until the time is over; the samples begin with the one that saw the first result."""
    began = time.time()
    samples: list[_Sample] = []
    while True:
        for one in running:
            if not one.is_running:
                raise ContenderError(f"it ended by itself ({one.process.returncode}): {one.said()}")
        now = time.time()
        there = length.now()
        if there:
            cpu_s, resident = sum(one.cpu_s() for one in running), sum(one.resident_bytes() for one in running)
            samples.append(_Sample(now, cpu_s, resident, there))
            if now - samples[0].at > span.warm_up_s + span.seconds or there >= total:
                return samples
            moved = next((sample.at for sample in samples if sample.length == there), now)
            if now - moved > _STALLED_S:
                raise ContenderError(f"nothing new for {_STALLED_S:g} s: {running[0].said()}")
        elif now - began > _START_DEADLINE_S:
            raise ContenderError(f"no result within {_START_DEADLINE_S:g} s: {running[0].said()}")
        time.sleep(_SAMPLE_EVERY_S)


def _judge(
    broker: Broker,
    job: Job,
    started: float,
    samples: list[_Sample],
    total: int,
    span: Span,
    agreement: Agreement | None,
) -> Measured:
    found: list[Times] = []
    values: list[bytes] = []
    for messages in broker.committed(job.target):
        found.append(timestamps(messages))
        if len(values) < job.batch:
            values += [value for message in messages if (value := message.value()) is not None]
    arrivals = np.concatenate(found)
    # A topic that was read to its end took no longer than to the last result.
    left_s = float(np.ptp(arrivals)) - span.warm_up_s if len(arrivals) >= total else span.seconds
    try:
        rate = steady_rate(arrivals, span.warm_up_s, min(span.seconds, left_s))
    except ValueError as error:
        raise ContenderError(f"{len(arrivals)} results, {error}") from None
    steady = [sample for sample in samples if sample.at >= samples[0].at + span.warm_up_s]
    first, last = (steady or samples)[0], samples[-1]
    meanwhile = int(np.count_nonzero((arrivals > first.at) & (arrivals <= last.at)))
    return {
        "per_second": rate.per_second,
        "counted": rate.counted,
        "seconds": rate.seconds,
        "results": len(arrivals),
        "batch": job.batch,
        "start_s": float(arrivals.min()) - started,
        "cpu_s_per_1000": (last.cpu_s - first.cpu_s) / meanwhile * 1000 if meanwhile else None,
        "rss_mb": max(sample.resident for sample in samples) / _BYTES,
        "rss_mb_at_start": samples[0].resident / _BYTES,
        "agreement": None if agreement is None else agreement(list(itertools.islice(values, 1000))),
    }

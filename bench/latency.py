"""Latency under paced load: from a record's timestamp to a read_committed reader that has its result."""

import sys
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np
from confluent_kafka import Consumer, Producer

from bench.arithmetic import Times, percentiles
from bench.contenders.job import Job
from bench.errors import ContenderError
from bench.kafka import PARTITIONS, Broker, timestamps
from bench.ledger import Measured
from bench.processes import Program, cpu_s, environment, program
from bench.registry import Contender
from bench.throughput import Span
from bench.tweets import records, texts
from stream.producing.pace import Pace

HALF: Final = 0.5
SHARES: Final = (0.1, HALF, 0.8)
"""Of the rate that the same mode reached in the same benchmark."""
_START_DEADLINE_S: Final = 60.0
_AT_ONCE: Final = 100_000
_NAP_S: Final = 0.001
"""A sleep for each record would cost the cores that are measured more than all the rest of the producer."""
_KEPT_UP: Final = 0.97


def pace() -> None:
    """Produce tweets evenly: ``python -m bench.latency BOOTSTRAP TOPIC PER_SECOND``, until killed."""
    bootstrap, topic, per_second = sys.argv[1], sys.argv[2], float(sys.argv[3])
    # At the client's own linger.ms: at 1 ms nearly every record is a request of its own, and what is measured is how
    # long requests stand in line at the broker.
    producer = Producer({"bootstrap.servers": bootstrap})
    due = Pace(per_second, time.perf_counter)
    for key, value in records(texts()[0], sys.maxsize):
        wait_s = due.wait()
        if wait_s > 0:
            producer.poll(0)
            time.sleep(max(wait_s, _NAP_S))
        try:
            producer.produce(topic, value, key)
        except BufferError:  # the broker does not keep up; what is late by then is late for the worker, too
            producer.poll(0.1)
            continue
        due.sent()


def measure(broker: Broker, contender: Contender, per_second: float, span: Span, work: Path) -> Measured:
    """Load a worker with ``per_second`` tweets and take the latency of every result after the warm-up.

    Raises ContenderError when no result comes.
    """
    unique = f"latency-{contender.name}-{uuid.uuid4().hex[:8]}"
    job = Job(broker.bootstrap, f"tweets-{unique}", f"labelled-{unique}", unique, contender.batch, str(work))
    topics = (job.source, job.target, f"{job.target}.dead")
    # A result carries the timestamp of its tweet.
    broker.create(*topics, arrival_times=False)
    pacing = [sys.executable, "-m", "bench.latency", broker.bootstrap, job.source, str(per_second)]
    log = work / "logs" / "latency.log"
    try:
        with (
            broker.reader(job.target) as reader,
            program(contender.command(), environment(**contender.environment(job)), log) as worker,
            program(pacing, environment(), log.with_name("pace.log")) as pacer,
        ):
            used: dict[str, Callable[[], float]] = {
                "worker": worker.cpu_s,
                "broker": partial(cpu_s, broker.pid),
                "producer": pacer.cpu_s,
                "reader": time.process_time,
            }
            return _observe(reader, worker, per_second, span, used)
    finally:
        broker.delete(*topics)


def _observe(
    reader: Consumer, worker: Program, per_second: float, span: Span, used: Mapping[str, Callable[[], float]]
) -> Measured:
    """Take the latencies, and what of the cores each process took meanwhile.

    used: each one's processor time so far, in seconds.
    """
    began = time.time()
    opened: float | None = None
    counted: float | None = None
    before: dict[str, float] = {}
    found: list[Times] = []
    for now, stamps in _arrivals(reader):
        if not worker.is_running:
            raise ContenderError(f"it ended by itself ({worker.process.returncode}): {worker.said()}")
        if opened is None and now - began > _START_DEADLINE_S:
            raise ContenderError(f"no result within {_START_DEADLINE_S:g} s: {worker.said()}")
        if len(stamps) == 0:
            continue
        opened = now if opened is None else opened
        if now - opened > span.warm_up_s + span.seconds:
            break
        if counted is None and now - opened > span.warm_up_s:
            counted, before = now, {name: seconds() for name, seconds in used.items()}
        # What was sent while the worker was starting waited for the start.
        found.append((now - stamps)[stamps > opened + span.warm_up_s])
    latencies = np.concatenate([*found, np.empty(0)])
    if len(latencies) == 0:
        raise ContenderError(f"no result was sent and seen within {span.seconds:g} s: {worker.said()}")
    seen = len(latencies) / span.seconds
    assert counted is not None  # noqa: S101 -- there are latencies
    cores = {name: (seconds() - before[name]) / (time.time() - counted) for name, seconds in used.items()}
    measured = {name: seconds * 1000 for name, seconds in percentiles(latencies).items()}
    return {
        "offered_per_second": per_second,
        "seen_per_second": seen,
        "kept_up": seen >= _KEPT_UP * per_second,
        "tweets": len(latencies),
        "milliseconds": measured,
        "cores": cores,
    }


def _arrivals(reader: Consumer) -> Iterator[tuple[float, Times]]:
    """Yield, at least a few times a second, the time and the timestamps of what is just there."""
    while True:
        first = reader.poll(0.1)
        now = time.time()
        if first is None:
            yield now, np.empty(0)
            continue
        # consume() alone would wait for its number or its time, and hold back what is there.
        messages = [first, *reader.consume(_AT_ONCE // PARTITIONS, timeout=0)]
        yield time.time(), timestamps(message for message in messages if message.error() is None)


if __name__ == "__main__":
    pace()

"""How the cost grows: with the tweet's length, the batch limit, the workers, the backlog; and what a start takes."""

import json
import shutil
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final

from bench.contenders.job import Job
from bench.errors import ContenderError
from bench.kafka import Broker
from bench.ledger import Measured
from bench.processes import Program, environment, program
from bench.registry import Contender
from bench.throughput import Span
from bench.throughput import measure as measure_throughput
from bench.tweets import of_words, records

WORDS: Final = (5, 10, 20, 40, 60)
LIMITS: Final = (500, 2_000, 8_000, 32_000)
WORKERS: Final = 4
"""One and two are contenders."""
BACKLOGS: Final = (10_000, 100_000)
LONG_BACKLOGS: Final = (300_000, 1_000_000)
"""Long enough for every buffer to have filled."""
_WORDS_IN_ALL: Final = 4_000_000
_KINDS_OF_TEXT: Final = 20_000
_DEADLINE_S: Final = 180.0
_BYTES: Final = 1e6


def by_words(
    broker: Broker, contender: Contender, words: int, vocabulary: Sequence[str], span: Span, work: Path
) -> Measured:
    """Label tweets of exactly ``words`` words. Raises ContenderError."""
    total = min(_WORDS_IN_ALL // words, 500_000)
    with _topic(broker, f"words-{words}") as topic:
        broker.fill(topic, records(of_words(words, vocabulary, _KINDS_OF_TEXT), total))
        return measure_throughput(broker, contender, topic, total, span, work)


def with_limit(contender: Contender, tweets: int) -> Contender:
    """Return the same contender with at most ``tweets`` a batch, and a transaction."""
    settings = {**contender.settings, "BATCH__MAX_TWEETS": str(tweets)}
    return replace(contender, name=f"{contender.name}-{tweets}", settings=settings)


def backlog(broker: Broker, contender: Contender, texts: Sequence[str], tweets: int, work: Path) -> Measured:
    """Work off a topic of ``tweets`` to its end, and see what memory that takes. Raises ContenderError."""
    with _topic(broker, f"backlog-{tweets}") as topic:
        broker.fill(topic, records(texts, tweets))
        with _worker(broker, contender, topic, work, "--stop-at-end") as running:
            began = time.monotonic()
            highest = 0
            while running.is_running:
                highest = max(highest, running.resident_bytes())
                if time.monotonic() - began > _DEADLINE_S:
                    raise ContenderError(f"a backlog of {tweets} was not worked off in {_DEADLINE_S:g} s")
                time.sleep(0.05)
            if running.process.returncode:
                raise ContenderError(f"it ended with {running.process.returncode}: {running.said()}")
            return {"tweets": tweets, "rss_mb": highest / _BYTES, "seconds": time.monotonic() - began}


def start(broker: Broker, contender: Contender, work: Path) -> Measured:
    """Start a worker on an empty topic and wait until /readyz says so. Raises ContenderError."""
    with _topic(broker, "start") as topic:
        began = time.monotonic()
        with _worker(broker, contender, topic, work) as running:
            ready_port(running, work / "logs" / "worker.log")
            taken = time.monotonic() - began
            return {"start_to_ready_s": taken, "rss_mb": running.resident_bytes() / _BYTES}


@contextmanager
def _topic(broker: Broker, purpose: str) -> Iterator[str]:
    topic = f"{purpose}-{uuid.uuid4().hex[:8]}"
    broker.create(topic)
    try:
        yield topic
    finally:
        broker.delete(topic)


@contextmanager
def _worker(broker: Broker, contender: Contender, topic: str, work: Path, *arguments: str) -> Iterator[Program]:
    """Run a worker of ours on a topic, with its output topics, for the length of the block."""
    unique = f"{contender.name}-{uuid.uuid4().hex[:8]}"
    directory = work / "running" / unique
    directory.mkdir(parents=True)
    job = Job(broker.bootstrap, topic, f"labelled-{unique}", unique, contender.batch, str(directory))
    outputs = (job.target, f"{job.target}.dead")
    broker.create(*outputs)
    log = work / "logs" / "worker.log"
    try:
        with program([*contender.command(), *arguments], environment(**contender.environment(job)), log) as running:
            yield running
    finally:
        broker.delete(*outputs)
        shutil.rmtree(directory, ignore_errors=True)


def listening_port(running: Program, log: Path) -> int:
    """Wait for a worker's log to say which port it took. Raises ContenderError when it ends before."""
    began = time.monotonic()
    while running.is_running and time.monotonic() - began < _DEADLINE_S:
        for line in log.read_text().splitlines():
            if '"http_listening"' in line and line.endswith("}"):
                return int(json.loads(line)["port"])
        time.sleep(0.01)
    raise ContenderError(f"it did not listen: {running.said()}")


def ready_port(running: Program, log: Path) -> int:
    """Wait for /readyz to say so; return the port that it is asked at. Raises ContenderError when it never does."""
    began = time.monotonic()
    port = listening_port(running, log)
    while running.is_running and time.monotonic() - began < _DEADLINE_S:
        if ask(port, "/readyz") is not None:
            return port
        time.sleep(0.01)
    raise ContenderError(f"it was not ready within {_DEADLINE_S:g} s: {running.said()}")


def ask(port: int, path: str) -> str | None:
    """Ask a worker on this host; None until it answers with 200."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
            body: bytes = answer.read()
            return body.decode()
    except (urllib.error.URLError, ConnectionError):
        return None

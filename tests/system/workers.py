"""A worker as an operator runs it: a process of its own, followed by its log."""

import json
import os
import random
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import Any

from confluent_kafka import Consumer, KafkaException, Message, TopicPartition

from tests.system.kafka import Broker, Record

ROOT = Path(__file__).parents[2]
DEADLINE_S = 120.0


class WorkerProcess:
    """``warble worker`` with settings from its environment; its log is read line by line.

    Arguments as for ``python -m``. A thread takes the log, so that a worker never waits for a test to read it.
    """

    def __init__(self, env: Mapping[str, str], *arguments: str) -> None:
        self._log: list[dict[str, Any]] = []
        self._lines: SimpleQueue[str | None] = SimpleQueue()
        self.process = subprocess.Popen(
            [sys.executable, "-m", *arguments],
            env=env,
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._reader = Thread(target=self._read, daemon=True)
        self._reader.start()

    def wait_for(self, *events: str) -> dict[str, Any]:
        """Read the log until one of ``events``; fail the test with the whole log when the process ends before."""
        for entry in self._entries():
            if entry.get("event") in events:
                return entry
        raise AssertionError(f"the worker ended ({self.process.wait()}) without {events}: {self._log}")

    def send(self, number: signal.Signals) -> None:
        """Send a signal."""
        self.process.send_signal(number)

    def end(self) -> int:
        """Read the log to its end and return the exit code."""
        for _ in self._entries():
            pass
        return self.process.wait(DEADLINE_S)

    def events(self, name: str) -> list[dict[str, Any]]:
        """Entries of this name in the log so far."""
        return [entry for entry in self._log if entry.get("event") == name]

    def last_words(self) -> str:
        """Return the last line of the log, JSON or not."""
        last = self._log[-1]
        return str(last.get("line", last))

    def kill(self) -> None:
        """``kill -9``, if it still runs, and reap."""
        self.process.kill()
        self.process.wait(DEADLINE_S)
        self._reader.join(DEADLINE_S)

    def _read(self) -> None:
        assert self.process.stderr is not None
        with self.process.stderr:
            for line in self.process.stderr:
                self._lines.put(line)
        self._lines.put(None)

    def _entries(self) -> Iterator[dict[str, Any]]:
        while (line := self._lines.get()) is not None:
            entry = json.loads(line) if line.startswith("{") else {"line": line.rstrip("\n")}
            self._log.append(entry)
            yield entry
        self._lines.put(None)


class Stream:
    """Three topics of their own, the settings of workers on them, and what came out."""

    def __init__(self, broker: Broker, topics: tuple[str, str, str], bundle: Path | str, **settings: str) -> None:
        self.broker = broker
        self.input, self.output, self.dead = topics
        self.group = f"group-{self.input}"
        self.settings = {
            "KAFKA__BOOTSTRAP_SERVERS": broker.bootstrap,
            "KAFKA__INPUT_TOPIC": self.input,
            "KAFKA__OUTPUT_TOPIC": self.output,
            "KAFKA__DEAD_LETTER_TOPIC": self.dead,
            "KAFKA__GROUP_ID": self.group,
            "KAFKA__INSTANCE_ID": "one",
            "MODEL__BUNDLE": str(bundle),
            "HTTP__HOST": "127.0.0.1",
            "HTTP__PORT": "0",
            **settings,
        }

    def env(self, **settings: str) -> dict[str, str]:
        """Return the environment of a worker on these topics."""
        ours = {f"WARBLE_{name}": value for name, value in (self.settings | settings).items()}
        return {name: value for name, value in os.environ.items() if not name.startswith("WARBLE_")} | ours

    @contextmanager
    def worker(self, *arguments: str, **settings: str) -> Iterator[WorkerProcess]:
        """Run a worker for the length of the block."""
        worker = WorkerProcess(self.env(**settings), "stream", "worker", *arguments)
        try:
            yield worker
        finally:
            worker.kill()

    def label_all(self, **settings: str) -> WorkerProcess:
        """Run a worker to the end of the topic; it must exit with 0."""
        with self.worker("--stop-at-end", **settings) as worker:
            assert worker.end() == 0, worker.last_words()
        return worker

    def produce(self, tweets: Mapping[str, str]) -> None:
        """Send tweets, id to text, keyed by their ids."""
        self.broker.produce(
            self.input,
            (Record(key.encode(), json.dumps({"id": key, "text": text}).encode()) for key, text in tweets.items()),
        )

    @cached_property
    def _observer(self) -> Consumer:
        """A consumer that asks for the group's offsets and never joins it."""
        return Consumer({"bootstrap.servers": self.broker.bootstrap, "group.id": self.group, "log_level": 0})

    def committed(self) -> int:
        """How many records of the input the group has passed, as far as the broker knows now."""
        partitions = self._observer.list_topics(self.input, timeout=DEADLINE_S).topics[self.input].partitions
        asked = [TopicPartition(self.input, partition) for partition in partitions]
        try:
            return sum(max(0, at.offset) for at in self._observer.committed(asked, timeout=DEADLINE_S))
        except KafkaException:  # a coordinator that was just started does not know yet
            return 0

    def wait_until_committed(self, least: int) -> int:
        """Ask the broker again and again until the group has passed ``least`` records; return how many it has."""
        while (committed := self.committed()) < least:
            pass
        return committed

    def results(self) -> list[dict[str, Any]]:
        """Every committed result."""
        return [json.loads(value) for message in self.broker.read_committed(self.output) if (value := message.value())]

    def dead_letters(self) -> list[Message]:
        """Every committed dead letter."""
        return self.broker.read_committed(self.dead)

    def outcomes(self) -> Counter[tuple[int, int]]:
        """How often each input record, as (partition, offset), came out as a result or a dead letter."""
        seen = Counter((result["source"]["partition"], result["source"]["offset"]) for result in self.results())
        for letter in self.dead_letters():
            _, partition, offset = header(letter, "warble-source").rsplit("/", 2)
            seen[int(partition), int(offset)] += 1
        return seen

    def assert_each_once(self) -> None:
        """Every committed record of the input has exactly one outcome, and nothing else came out."""
        sent = {(message.partition(), message.offset()) for message in self.broker.read_committed(self.input)}
        outcomes = self.outcomes()
        assert set(outcomes) == sent
        assert set(outcomes.values()) <= {1}

    def assert_in_order(self) -> None:
        """Results that share an output partition and an input partition come in the order of their input."""
        last: dict[tuple[int | None, int], int] = {}
        for message in self.broker.read_committed(self.output):
            source = json.loads(message.value() or b"")["source"]
            lane = (message.partition(), source["partition"])
            assert last.get(lane, -1) < source["offset"], lane
            last[lane] = source["offset"]


def header(message: Message, name: str) -> str:
    """Return a header's value as text. Fails the test when it is not there."""
    headers = message.headers()
    assert isinstance(headers, list)
    value = dict(headers)[name]
    return value.decode() if isinstance(value, bytes) else str(value)


def numbered(count: int) -> dict[str, str]:
    """Tweets of our own, all different, some of them empty after cleaning."""
    moods = ("I love my ipad", "the battery is broken", "long line at the store", "#hashtagonly", "great app launch")
    return {f"t{number}": f"{moods[number % len(moods)]} {'phone ' * (number % 7)}" for number in range(count)}


def noise(length: int) -> str:
    """Return text that no compression makes much smaller, the same every time."""
    return random.Random(length).randbytes(length // 2).hex()  # noqa: S311 -- no secret


def get(port: int, path: str, accept: str = "*/*") -> tuple[int, str]:
    """Ask a worker on this host; return status and body, also of a refusal."""
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers={"Accept": accept})
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 -- our own server on this host
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refusal:
        with refusal:
            return refusal.code, refusal.read().decode()


def sample(metrics: str, name: str) -> float:
    """Return the sum of all samples of a metric in the text format."""
    lines = [line for line in metrics.splitlines() if line.startswith((f"{name} ", f"{name}{{"))]
    assert lines, f"no sample of {name}"
    return sum(float(line.rsplit(" ", 1)[1]) for line in lines)


def values(messages: Iterable[Message]) -> list[bytes | None]:
    """Return the values alone."""
    return [message.value() for message in messages]

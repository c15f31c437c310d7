"""One segment of a run: a fresh cluster, workers, tweets and faults, then the proof."""

import heapq
import itertools
import os
import shutil
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from tests.system.faults.checker import Mode, Report, check
from tests.system.faults.cluster import Cluster
from tests.system.faults.inject import Injector
from tests.system.faults.pool import Pool
from tests.system.faults.schedule import WORKERS, Fault, by_kind
from tests.system.faults.tweets import MOST_BYTES, Tweets
from tests.system.faults.upstream import Feed, Fickle
from tests.system.faults.watch import Recovery, Watch
from tests.system.workers import Stream

PARTITIONS = 6
PROPERTIES = '{"session.timeout.ms": "6000", "heartbeat.interval.ms": "1500", "transaction.timeout.ms": "8000"}'
"""What faults are measured against; ``schedule.py`` pauses workers for longer than both timeouts."""
TAIL_S = 20.0
"""Without faults, so that the last one's recovery is seen."""

_LOOK_S = 0.02
_MEMORY_EVERY_S = 10.0
_WARM_S = 30.0
_STOP_S = 60.0
_DRAIN_S = 600.0
_DRAIN_TRIES = 3

Tell = Callable[[str], None]


@dataclass(frozen=True)
class Setup:
    """What a segment is run with.

    rate: tweets a second. home: directory of its own, emptied first. data: of the data sets, if there are any.
    """

    name: str
    mode: Mode
    rate: float
    bundle: str
    home: Path
    data: Path | None = None


@dataclass
class Outcome:
    """What a segment came to, as it is written down."""

    name: str
    mode: Mode
    seconds: float
    report: Report
    faults: dict[str, int]
    recoveries: list[Recovery]
    exits: dict[str, int]
    memory_kib: list[tuple[float, int]]
    """Seconds and resident memory of the worker that no fault aims at, of its longest life."""
    upstream: dict[str, int]
    violations: list[str] = field(default_factory=list)

    @property
    def failed(self) -> bool:
        """Whether a promise was broken."""
        return bool(self.violations)

    def as_json(self) -> dict[str, Any]:
        """Return it for one line of JSON."""
        return asdict(self)


def run(setup: Setup, faults: Sequence[Fault], tell: Tell) -> Outcome:
    """Run a segment to its end; takes the schedule's time and one to three minutes more. From the main thread."""
    shutil.rmtree(setup.home, ignore_errors=True)
    setup.home.mkdir(parents=True)
    with ExitStack() as stack:
        cluster = stack.enter_context(Cluster(setup.home / "cluster"))
        topics = cluster.broker.fresh_topics(PARTITIONS)
        cluster.wait_until(cluster.is_whole)
        stream = Stream(
            cluster.broker,
            topics,
            setup.bundle,
            KAFKA__BOOTSTRAP_SERVERS=cluster.workers_bootstrap,
            KAFKA__DELIVERY=setup.mode,
            KAFKA__PROPERTIES=PROPERTIES,
            INPUT__MAX_BYTES=str(MOST_BYTES),
        )
        pool = Pool(stream, setup.home, 1 + WORKERS)
        stack.callback(pool.kill)
        feed = Feed(cluster.broker, stream.input, Tweets(setup.name, setup.data), setup.rate)
        fickle = Fickle(cluster.broker, stream.input, f"fickle-{setup.name}")
        watch = stack.enter_context(Watch(cluster.broker, stream.output, PARTITIONS, time.monotonic))
        injector = Injector(cluster, pool, stream, feed, fickle)
        return _Segment(setup, cluster, stream, pool, feed, fickle, watch, injector, tell).run(faults)


class _Segment:
    """The parts of a running segment, and the order in which they act: all in one thread."""

    def __init__(
        self,
        setup: Setup,
        cluster: Cluster,
        stream: Stream,
        pool: Pool,
        feed: Feed,
        fickle: Fickle,
        watch: Watch,
        injector: Injector,
        tell: Tell,
    ) -> None:
        self._setup = setup
        self._cluster = cluster
        self._stream = stream
        self._pool = pool
        self._feed = feed
        self._fickle = fickle
        self._watch = watch
        self._injector = injector
        self._tell = tell
        self._memory: dict[int, list[tuple[float, int]]] = {}
        self._memory_due = 0.0
        self._violations: list[str] = []

    def run(self, faults: Sequence[Fault]) -> Outcome:
        self._pool.start()
        started = time.monotonic()
        seconds = max((fault.at_s + fault.lasts_s for fault in faults), default=0.0) + TAIL_S
        self._make_happen(faults, started, seconds)
        self._come_to_rest()
        report = check(self._stream.broker, (self._stream.input, self._stream.output, self._stream.dead))
        self._judge(report)
        if self._violations:
            self._cluster.keeps_records = True
            self._tell(f"        broken: all that the brokers hold stays in {self._setup.home}")
        return Outcome(
            name=self._setup.name,
            mode=self._setup.mode,
            seconds=round(seconds, 1),
            report=report,
            faults=dict(by_kind(faults)),
            recoveries=self._watch.recoveries,
            exits=dict(self._pool.exits),
            memory_kib=max(self._memory.values(), key=len, default=[]),
            upstream={"aborted": self._fickle.aborted, "failed": self._fickle.failed},
            violations=self._violations,
        )

    def _make_happen(self, faults: Sequence[Fault], started: float, seconds: float) -> None:
        order = itertools.count()
        due: list[tuple[float, int, Callable[[], None]]] = []

        def begin(fault: Fault) -> None:
            self._tell(str(fault))
            heal = self._injector.begin(fault, time.monotonic())
            heapq.heappush(due, (fault.at_s + fault.lasts_s, next(order), lambda: end(fault, heal)))

        def end(fault: Fault, heal: Callable[[], None]) -> None:
            heal()
            self._watch.healed(fault.kind)

        for fault in faults:
            heapq.heappush(due, (fault.at_s, next(order), lambda fault=fault: begin(fault)))  # type: ignore[misc]
        while (now_s := time.monotonic() - started) < seconds or due:
            while due and due[0][0] <= now_s:
                heapq.heappop(due)[2]()
            self._feed.keep_pace(time.monotonic())
            self._pool.look_after(time.monotonic())
            self._weigh(now_s)
            self._watch.look(_LOOK_S)

    def _weigh(self, now_s: float) -> None:
        if now_s < self._memory_due:
            return
        self._memory_due = now_s + _MEMORY_EVERY_S
        slot = self._pool.slots[0]
        memory = slot.resident_kib()
        if slot.process is not None and memory is not None and now_s >= _WARM_S:
            self._memory.setdefault(slot.process.pid, []).append((round(now_s, 1), memory))

    def _come_to_rest(self) -> None:
        """Heal everything, stop everybody, and let one worker label what is left."""
        for node in self._cluster.nodes.values():
            node.link.heal()
        self._cluster.start_all()
        self._feed.finish()
        self._fickle.finish()
        self._await_fenced()
        stubborn = self._pool.stop(_STOP_S)
        self._violations += [f"worker {name} did not end within {_STOP_S:.0f} s of SIGTERM" for name in stubborn]
        self._tell(f"        faults are over, exit codes so far {dict(self._pool.exits)}; labelling what is left")
        # A static member that has stopped keeps its partitions until its session ends; the last worker must get all.
        self._cluster.wait_until(lambda: self._cluster.is_empty_group(self._stream.group))
        for _ in range(_DRAIN_TRIES):
            code = self._pool.slots[0].start("--stop-at-end").wait(_DRAIN_S)
            if code == 0:
                return
        self._violations.append(f"the last worker ended with {code}: {self._pool.slots[0].last_words()}")

    def _await_fenced(self) -> None:
        deadline = time.monotonic() + _STOP_S
        while any(slot.former for slot in self._pool.slots) and time.monotonic() < deadline:
            self._pool.look_after(time.monotonic())
            self._watch.look(_LOOK_S)
        for slot in self._pool.slots:
            if slot.former:
                self._violations.append(f"{len(slot.former)} replaced workers named {slot.name} were never fenced")

    def _judge(self, report: Report) -> None:
        if not report.is_clean(self._setup.mode):
            self._violations += report.examples or ["the report is not clean"]
        for code, times in self._pool.wrong_exits().items():
            self._violations.append(f"{times} workers ended with {code}: see {self._setup.home}")
        if self._feed.refused:
            self._violations.append(f"the input lost {len(self._feed.refused)} records: {self._feed.refused[0]}")
        if report.inputs < self._feed.acknowledged:
            self._violations.append(
                f"the input holds {report.inputs} of {self._feed.acknowledged} records: Kafka's loss"
            )


def data_sets() -> Path | None:
    """Return the directory of the data sets that the environment names."""
    named = os.environ.get("TWEETS_DATA")
    return Path(named) if named and Path(named).is_dir() else None

"""Who takes part."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from bench.contenders.job import Job
from bench.errors import BenchError

ENVIRONMENTS: Final = Path(__file__).parent / ".venvs"
JARS: Final = Path(__file__).parent / ".jars"
SHIPPED: Final = "ours-shipped-"
"""What the name of a worker with a flagship begins with, before the bundle's."""
TWICE: Final = "-two"
"""What the name of a contender that runs as two processes ends in."""


@dataclass(frozen=True)
class Contender:
    """One row of the table.

    needs: the environment in ``bench/.venvs`` that it runs in; None is this project's own.
    arguments: of that environment's Python.
    """

    name: str
    title: str
    guarantee: str
    arguments: tuple[str, ...]
    needs: str | None = None
    batch: int = 8_000
    settings: Mapping[str, str] = field(default_factory=dict)
    """Of a worker of ours; names without the prefix."""
    comparable: bool = True
    """Whether each result says the tweet's ``id`` and ``label`` at its top level."""
    processes: int = 1
    """Of one group, each with partitions of its own."""
    rounds: int = 5
    """At most; fewer for who is far from the others, so that all takes less than 45 minutes."""

    @property
    def is_ours(self) -> bool:
        """Whether it is ``warble worker``."""
        return self.name.startswith("ours")

    def command(self) -> list[str]:
        """Return the command line."""
        python = sys.executable if self.needs is None else str(ENVIRONMENTS / self.needs / "bin" / "python")
        return [python, *self.arguments]

    def environment(self, job: Job, number: int = 0) -> dict[str, str]:
        """Return what is to be added to the environment of its process ``number``."""
        if self.needs is not None:
            return {**job.environment(), "BENCH_JARS": str(JARS)}
        return job.environment() | {
            f"WARBLE_{name}": value for name, value in (worker_settings(job, number) | dict(self.settings)).items()
        }


def worker_settings(job: Job, number: int) -> dict[str, str]:
    """Return the settings of a worker of ours on this job, names without the prefix."""
    return {
        "KAFKA__BOOTSTRAP_SERVERS": job.bootstrap,
        "KAFKA__INPUT_TOPIC": job.source,
        "KAFKA__OUTPUT_TOPIC": job.target,
        "KAFKA__DEAD_LETTER_TOPIC": f"{job.target}.dead",
        "KAFKA__GROUP_ID": job.group,
        "KAFKA__INSTANCE_ID": f"worker-{number}",
        "MODEL__BUNDLE": "brands-notebook",
        "MODEL__DEVICE": "cpu",
        "HTTP__HOST": "127.0.0.1",
        "HTTP__PORT": "0",
    }


WORKER: Final = ("-m", "stream", "worker")
_AT_LEAST_ONCE: Final = {"KAFKA__DELIVERY": "at-least-once"}


def _other(name: str, title: str, guarantee: str) -> Contender:
    return Contender(name, title, guarantee, ("-m", f"bench.contenders.{name}"), needs=name)


def _slow(contender: Contender, *, comparable: bool = True) -> Contender:
    """Let one that no goal is about run less often."""
    return replace(contender, rounds=2, comparable=comparable)


def _plain(name: str, title: str, guarantee: str) -> Contender:
    return Contender(f"plain-{name}", title, guarantee, ("-m", f"bench.contenders.plain_{name}"), needs="plain")


def _twice(contender: Contender, called: str) -> Contender:
    """Return a contender that runs as two processes: one is limited by its GIL, whatever cores there are."""
    return replace(contender, name=f"{contender.name}{TWICE}", title=f"{contender.title}, 2 {called}", processes=2)


_EXACTLY_ONCE_WORKER: Final = Contender("ours-exactly-once", "Warble", "exactly once", WORKER)
_AT_LEAST_ONCE_WORKER: Final = Contender(
    "ours-at-least-once", "Warble", "at least once", WORKER, settings=_AT_LEAST_ONCE
)


def _shipped(bundle: str) -> Contender:
    """Return a worker with a flagship: another network, so that its labels are not compared."""
    return Contender(
        f"{SHIPPED}{bundle}",
        f"Warble, the shipped `{bundle}`",
        "exactly once",
        WORKER,
        settings={"MODEL__BUNDLE": bundle},
        comparable=False,
    )


_BATCHED_LOOP: Final = _plain("batched", "confluent-kafka loop, batched", "at least once")

CONTENDERS: Final = (
    _EXACTLY_ONCE_WORKER,
    _AT_LEAST_ONCE_WORKER,
    _twice(_EXACTLY_ONCE_WORKER, "workers"),
    _twice(_AT_LEAST_ONCE_WORKER, "workers"),
    _slow(
        Contender(
            "ours-shared-classify",
            "Warble, shared classify",
            "exactly once",
            WORKER,
            settings={"MODEL__ENGINE": "tensorflow", "BATCH__MAX_TOKENS": "16384"},
        )
    ),
    _shipped("brands"),
    _twice(_shipped("brands"), "workers"),
    # A network of the same shape as the one before.
    replace(_shipped("hate"), rounds=3),
    _BATCHED_LOOP,
    # Of all others it takes the least processor time a tweet, so two of it gain the most.
    _twice(_BATCHED_LOOP, "processes"),
    _plain("transactional", "confluent-kafka loop, batched", "exactly once"),
    Contender(
        "bytewax",
        "Bytewax",
        "none without its recovery store",
        ("-m", "bytewax.run", "bench.contenders.bytewax:flow"),
        needs="bytewax",
    ),
    _other("quix", "Quix Streams", "at least once"),
    _other("spark", "PySpark Structured Streaming", "at least once"),
    _slow(_other("faststream", "FastStream (confluent)", "at least once")),
    _slow(_other("faust", "Faust (faust-streaming)", "at least once")),
    _slow(_other("mlserver", "MLServer's Kafka server", "at most once"), comparable=False),
    _slow(_plain("predict", "confluent-kafka loop, `model.predict` per tweet", "at most once")),
)
COPY: Final = Contender(
    "copy", "Kafka to Kafka without a model", "exactly once", ("-m", "bench.copying"), comparable=False
)
"""A ceiling that is measured like a contender."""


def chosen(names: Sequence[str]) -> list[Contender]:
    """Return the contenders of these names, all when there are none. Raises BenchError for an unknown one."""
    known = {contender.name: contender for contender in CONTENDERS}
    unknown = sorted(set(names) - known.keys())
    if unknown:
        raise BenchError(f"no contender is called {', '.join(unknown)}: choose among {', '.join(known)}")
    return [known[name] for name in names] or list(CONTENDERS)

"""The job that every contender gets, and the two ends of it that are no framework's business."""

import os
from dataclasses import dataclass
from typing import Final, Self

import orjson

from bench.shared_classify import Answer

TASK: Final = "brands"


@dataclass(frozen=True)
class Job:
    """Where to read, where to write, and how many tweets to classify at once; from the environment."""

    bootstrap: str
    """``HOST:PORT``"""
    source: str
    """Input topic."""
    target: str
    """Output topic."""
    group: str
    batch: int
    """Most tweets a batch."""
    directory: str
    """For whatever a framework wants to keep; gone after the run."""

    @classmethod
    def given(cls) -> Self:
        """Read the job. Raises KeyError when this was not started by the benchmark."""
        return cls(
            bootstrap=os.environ["BENCH_BOOTSTRAP"],
            source=os.environ["BENCH_SOURCE"],
            target=os.environ["BENCH_TARGET"],
            group=os.environ["BENCH_GROUP"],
            batch=int(os.environ["BENCH_BATCH"]),
            directory=os.environ["BENCH_DIRECTORY"],
        )

    def environment(self) -> dict[str, str]:
        """Return what :meth:`given` reads."""
        return {
            "BENCH_BOOTSTRAP": self.bootstrap,
            "BENCH_SOURCE": self.source,
            "BENCH_TARGET": self.target,
            "BENCH_GROUP": self.group,
            "BENCH_BATCH": str(self.batch),
            "BENCH_DIRECTORY": self.directory,
        }


def read(value: bytes) -> tuple[str, str]:
    """Return a tweet's id and text."""
    tweet = orjson.loads(value)
    return tweet["id"], tweet["text"]


def result(tweet_id: str, answer: Answer) -> bytes:
    """Return the value of a result: less than ours holds, which is to the contenders' advantage."""
    return orjson.dumps(
        {
            "id": tweet_id,
            "label": answer.label,
            "score": answer.score,
            "probabilities": answer.probabilities,
            "task": TASK,
        }
    )

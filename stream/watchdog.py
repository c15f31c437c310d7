"""Notice partitions that stand still although there is work and the broker answers."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from stream.health import Health
from stream.kafka.questions import Lags
from stream.logs import get_logger
from stream.metrics import Metrics

_EVERY_S = 1.0
_ASK_EVERY_S = 10.0
_MOST_NAMED = 5
_GONE: Final = -1


@dataclass
class _Waiting:
    """A partition with lag that does not move."""

    reached: int | None
    since: float
    lag: int
    told: bool = False


class Watchdog:
    """Turns the worker's health red while a partition stands still.

    A partition stands still when, for ``stalled_after_s`` seconds, each answer of the broker showed lag and nothing of
    it got done. Whatever the broker may be to blame for starts the time anew: a question without an answer, a
    publication that had to be rewound (:meth:`excuse`), or a loop that was held up, as by a wait for the broker.

    ask: sends the questions about some partitions. clock: seconds that only grow.
    """

    def __init__(
        self,
        topic: str,
        stalled_after_s: float,
        ask: Callable[[Iterable[int]], Lags],
        *,
        health: Health,
        metrics: Metrics,
        clock: Callable[[], float],
    ) -> None:
        self._topic = topic
        self._stalled_after_s = stalled_after_s
        self._ask = ask
        self._ask_every_s = min(_ASK_EVERY_S, stalled_after_s / 6)
        self._held_up_s = stalled_after_s / 4
        self._health = health
        self._metrics = metrics
        self._clock = clock
        self._check_due = self._ask_due = clock()
        self._before: Mapping[int, int | None] = {}
        self._asked: Mapping[int, int | None] = {}
        self._answer: Lags | None = None
        self._waiting: dict[int, _Waiting] = {}

    def check(self, reached: Callable[[], Mapping[int, int | None]]) -> None:
        """Look how far every owned partition has got; called every turn.

        reached: gives the offset before which nothing is left to do, None for what the group has committed.
        """
        now = self._clock()
        if now < self._check_due:
            return
        if now - self._check_due > self._held_up_s:
            self.excuse()
        self._check_due = now + min(_EVERY_S, self._ask_every_s)
        current = reached()
        for partition, waiting in list(self._waiting.items()):
            if current.get(partition, _GONE) != waiting.reached:
                self._let_go(partition)
        if self._answer is not None and self._answer.are_here():
            self._take(self._answer, current, now)
            self._answer = None
        if self._answer is None and now >= self._ask_due:
            self._ask_due = now + self._ask_every_s
            self._asked = {at: to for at, to in current.items() if self._before.get(at, _GONE) == to}
            self._before = current
            if self._asked:
                self._answer = self._ask(self._asked)
        self._report(now)

    def excuse(self) -> None:
        """Start all times anew: something else than a partition held the worker up."""
        self._before = {}
        self._answer = None
        for partition in list(self._waiting):
            self._let_go(partition)
        self._report(self._clock())

    def _take(self, answer: Lags, current: Mapping[int, int | None], now: float) -> None:
        for partition, reached in self._asked.items():
            if current.get(partition, _GONE) != reached:
                continue
            lag = answer.of(partition, reached)
            if lag:
                self._waiting.setdefault(partition, _Waiting(reached, now, lag)).lag = lag
            elif partition in self._waiting:
                self._let_go(partition)

    def _let_go(self, partition: int) -> None:
        if self._waiting.pop(partition).told:
            get_logger().info("partition_moves_again", topic=self._topic, partition=partition)

    def _report(self, now: float) -> None:
        lines = []
        for partition, waiting in sorted(self._waiting.items()):
            seconds = now - waiting.since
            if seconds < self._stalled_after_s:
                continue
            lines.append(
                f"{self._topic}/{partition} stands still: lag {waiting.lag}, for {seconds:.0f} s at offset "
                f"{'none' if waiting.reached is None else waiting.reached} although the broker answers"
            )
            if not waiting.told:
                waiting.told = True
                get_logger().error(
                    "partition_stalled",
                    topic=self._topic,
                    partition=partition,
                    lag=waiting.lag,
                    offset=waiting.reached,
                    seconds=round(seconds),
                )
        self._metrics.stalled.set(len(lines))
        further = f"; and {len(lines) - _MOST_NAMED} more" if len(lines) > _MOST_NAMED else ""
        self._health.stalls("; ".join(lines[:_MOST_NAMED]) + further)

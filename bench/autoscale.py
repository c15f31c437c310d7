"""``python -m bench.autoscale``: a day of tweets with bursts of twenty times as many, against the autoscaler's policy.

Nothing runs but arithmetic: seconds pass one by one, tweets come in, workers label what they can, and the autoscaler
sees what Prometheus would show it. The same arguments give the same figures.
"""

import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Final, NamedTuple

import matplotlib as mpl
import typer
from matplotlib.figure import Figure

from bench.autoscaler import SYNC_S, Autoscaler, Direction, Policy
from bench.documents import renewed

ROOT: Final = Path(__file__).parents[1]
DOCUMENT: Final = ROOT / "docs" / "deployment.md"
PICTURE: Final = ROOT / "docs" / "autoscale.svg"

DAY_S: Final = 86_400
HOUR_S: Final = 3_600
LATE_S: Final = 60
"""From this age of the oldest tweet on WarbleLagHigh counts."""


@dataclass(frozen=True)
class World:
    """What the policy meets."""

    per_worker: float = 10_000
    """Tweets a second that one worker labels: `brands` on one busy core, measured (docs/deployment.md)."""
    usual: float = 1_100
    """Tweets a second, mean of a day without the burst."""
    burst: float = 20
    """How many times as many come when something happens."""
    bursts_at_s: tuple[int, ...] = (20 * HOUR_S, 20 * HOUR_S + 1_800, 20 * HOUR_S + 3_600)
    """What happens seldom happens once: a match has its goals."""
    burst_for_s: int = 300
    half_life_s: float = 180
    """How fast a burst fades after that."""
    partitions: int = 4
    start_s: int = 30
    """From a new pod to a ready worker: a place, a container, the model."""
    settle_s: int = 5
    """How long the partitions that move stand still in a rebalance."""
    session_s: int = 10
    """How long a worker that left keeps its partitions: a static member does not say good-bye."""
    scrape_s: int = 15
    rate_s: int = 60
    """What the query's rate looks back over."""

    def arrivals(self, second: int) -> float:
        """Return the tweets that arrive in a second of the day: a wave with its top at 18 h, and the bursts."""
        wave = self.usual * (1 + 0.5 * math.cos(2 * math.pi * (second - 18 * HOUR_S) / DAY_S))
        begun = [second - at for at in self.bursts_at_s if second >= at]
        strength = max((0.5 ** (max(0, since - self.burst_for_s) / self.half_life_s) for since in begun), default=0.0)
        return wave * (1 + (self.burst - 1) * strength)


class Second(NamedTuple):
    """What one second of the day looked like."""

    arriving: float
    lag: float
    """Tweets that wait."""
    oldest_s: float
    """Age of the tweet that waits longest."""
    pods: int
    rebalances: int
    """How many there were since midnight."""


class Day(NamedTuple):
    """What became of a day."""

    seconds: Sequence[Second]

    @property
    def rebalances(self) -> int:
        """How often the partitions were shared anew."""
        return self.seconds[-1].rebalances

    @property
    def worst_s(self) -> float:
        """Largest age of a tweet that waited, in seconds."""
        return max(second.oldest_s for second in self.seconds)

    @property
    def late_s(self) -> int:
        """Seconds in which a tweet had waited for longer than ``LATE_S``."""
        return sum(second.oldest_s > LATE_S for second in self.seconds)

    @property
    def pod_hours(self) -> float:
        """Hours of all pods together."""
        return sum(second.pods for second in self.seconds) / HOUR_S


class Partition:
    """A queue in whole: tweets counted, not kept."""

    def __init__(self) -> None:
        self.done = 0.0
        self.stands_until = 0
        self._oldest = 0

    def oldest_s(self, arrived: Sequence[float], now: int) -> float:
        """Return how long the first tweet that is not done has waited. ``arrived``: how many had by each second."""
        # A hundredth of a tweet is rounding.
        while self._oldest < now and arrived[self._oldest] <= self.done + 0.01:
            self._oldest += 1
        return now - self._oldest


class Group:
    """Workers that share the partitions, and what a change of their number costs."""

    def __init__(self, world: World, workers: int) -> None:
        self._world = world
        self.partitions = [Partition() for _ in range(world.partitions)]
        self.ready = workers
        self.rebalances = 0
        self._starting: list[int] = []

    @property
    def pods(self) -> int:
        """Pods that there are, ready or not."""
        return self.ready + len(self._starting)

    def become(self, pods: int, now: int) -> None:
        """Start pods, or end some; those that are not ready yet go first."""
        self._starting += [now + self._world.start_s] * (pods - self.pods)
        leaving = self.pods - pods
        unready = min(leaving, len(self._starting))
        if unready > 0:
            del self._starting[-unready:]
        if leaving > unready:
            self._change(self.ready - (leaving - unready), now, self._world.session_s + self._world.settle_s)

    def work(self, arrived: float, now: int) -> None:
        """Label for a second. ``arrived``: tweets of one partition so far."""
        due = [at for at in self._starting if at <= now]
        if due:
            self._starting = [at for at in self._starting if at > now]
            self._change(self.ready + len(due), now, self._world.settle_s)
        for worker in range(self.ready):
            left = self._world.per_worker
            mine = [one for one in self._owned(worker, self.ready) if one.stands_until <= now]
            # Who has least goes first, so what it leaves of its share is the others'.
            for place, one in enumerate(sorted(mine, key=lambda one: arrived - one.done)):
                taken = min(arrived - one.done, left / (len(mine) - place))
                one.done += taken
                left -= taken

    def _owned(self, worker: int, workers: int) -> list[Partition]:
        return self.partitions[worker::workers]

    def _change(self, workers: int, now: int, still_s: int) -> None:
        """Share the partitions anew; those that get another owner stand still for a while."""
        before = {id(one): worker for worker in range(self.ready) for one in self._owned(worker, self.ready)}
        for worker in range(workers):
            for one in self._owned(worker, workers):
                if before[id(one)] != worker:
                    one.stands_until = now + still_s
        self.ready = workers
        self.rebalances += 1


def simulate(policy: Policy, world: World) -> Day:
    """Let a day pass under a policy."""
    group = Group(world, policy.smallest)
    autoscaler = Autoscaler(policy)
    arrived = [0.0]
    scraped: list[tuple[int, float, float]] = []
    seconds = []
    for now in range(1, DAY_S + 1):
        arriving = world.arrivals(now)
        arrived.append(arrived[-1] + arriving / world.partitions)
        group.work(arrived[-1], now)
        done = sum(one.done for one in group.partitions)
        lag = arrived[-1] * world.partitions - done
        if now % world.scrape_s == 0:
            scraped.append((now, done, lag))
        if now % SYNC_S == 0 and len(scraped) > 1:
            first = next(one for one in scraped if one[0] >= now - world.rate_s and one is not scraped[-1])
            last = scraped[-1]
            metric = policy.metric((last[1] - first[1]) / (last[0] - first[0]), last[2])
            pods = autoscaler.decide(now, group.pods, metric)
            if pods != group.pods:
                group.become(pods, now)
        oldest = max(one.oldest_s(arrived, now) for one in group.partitions)
        seconds.append(Second(arriving, lag, oldest, group.pods, group.rebalances))
    return Day(seconds)


def policies() -> dict[str, Policy]:
    """Policies to compare, by what is told of them: ours first."""
    ours = Policy.read()
    usual_up, usual_down = Direction(0, 4, 15), Direction(300, 100, 15)
    return {
        "**rate and backlog, as deployed**": ours,
        "the same, backlog to be gone in 15 s": replace(ours, drain_s=15),
        "the same, backlog to be gone in 60 s": replace(ours, drain_s=60),
        "the same, backlog to be gone in 300 s": replace(ours, drain_s=300),
        "the same, down after 1 min": replace(ours, down=replace(ours.down, window_s=60)),
        "the same, down after 5 min": replace(ours, down=replace(ours.down, window_s=300)),
        "the same, down after 10 min": replace(ours, down=replace(ours.down, window_s=600)),
        "the same, never less than 2 workers": replace(ours, smallest=2),
        "backlog alone, Kubernetes' own pace": replace(ours, with_rate=False, up=usual_up, down=usual_down),
        "rate alone": replace(ours, drain_s=math.inf),
        "always 1 worker": ours.fixed(1),
        "always 4 workers": ours.fixed(4),
    }


def table(days: dict[str, Day]) -> str:
    """Return the figures as a table."""
    lines = [
        "| policy | oldest tweet, at worst | time with a tweet older than 60 s | pod-hours a day | rebalances |",
        "| --- | --- | --- | --- | --- |",
    ]
    for title, day in days.items():
        late = f"{day.late_s / 60:.1f} min"
        lines.append(f"| {title} | {day.worst_s:,.0f} s | {late} | {day.pod_hours:.1f} | {day.rebalances} |")
    return "\n".join(lines) + "\n"


def draw(day: Day, file: Path) -> None:
    """Draw what came in, what waited and how many pods there were, around the bursts."""
    begin, step = 19 * HOUR_S, 10
    parts = [day.seconds[at : at + step] for at in range(begin, DAY_S, step)]
    hours = [19 + place * step / HOUR_S for place in range(len(parts))]
    with mpl.rc_context({"svg.hashsalt": "warble", "font.size": 9}):
        figure = Figure(figsize=(8, 6), layout="constrained")
        rate, oldest, pods, rebalances = figure.subplots(4, sharex=True)
        rate.plot(hours, [part[-1].arriving for part in parts], color="#1b6ca8")
        rate.set_ylabel("tweets a second")
        # The largest, or the peaks of a few seconds would be missed.
        oldest.plot(hours, [max(second.oldest_s for second in part) for part in parts], color="#e07a5f")
        oldest.axhline(LATE_S, color="grey", linewidth=0.5)
        oldest.set_ylabel("oldest tweet, s")
        pods.step(hours, [part[-1].pods for part in parts], where="post", color="#3d9970")
        pods.set_ylabel("workers")
        rebalances.step(hours, [part[-1].rebalances for part in parts], where="post", color="#9aa5b1")
        rebalances.set_ylabel("rebalances so far")
        rebalances.set_xlabel("hour of the day")
        figure.savefig(file, format="svg", metadata={"Date": None})


def main(
    *,
    per_worker: Annotated[float, typer.Option(help="Tweets a second that one worker labels.")] = World.per_worker,
    usual: Annotated[float, typer.Option(help="Tweets a second without a burst, mean of the day.")] = World.usual,
    burst: Annotated[float, typer.Option(help="How many times as many come in a burst.")] = World.burst,
) -> None:
    """Let a day pass under each policy, print the figures, and write docs if nothing was changed."""
    world = World(per_worker=per_worker, usual=usual, burst=burst)
    days = {title: simulate(policy, world) for title, policy in policies().items()}
    print(table(days), end="")  # noqa: T201 - what was asked for
    if world == World():
        DOCUMENT.write_text(renewed(DOCUMENT.read_text("utf-8"), "autoscale", table(days)), "utf-8")
        draw(next(iter(days.values())), PICTURE)
        print(f"written: {DOCUMENT.name}, {PICTURE.name}", file=sys.stderr)  # noqa: T201


if __name__ == "__main__":
    typer.run(main)

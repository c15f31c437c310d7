"""The horizontal pod autoscaler's arithmetic, as Kubernetes documents it, with what a ScaledObject sets."""

import math
import re
from collections import deque
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, Self

import yaml

SCALED_OBJECT: Final = Path(__file__).parents[1] / "deploy" / "kubernetes" / "keda" / "scaledobject.yaml"
SYNC_S: Final = 15
"""How often the autoscaler decides (``--horizontal-pod-autoscaler-sync-period``), in seconds."""
TOLERANCE: Final = 0.1
"""How far a metric may be off its target before anything changes (``--horizontal-pod-autoscaler-tolerance``)."""


@dataclass(frozen=True)
class Direction:
    """How fast the number of pods may change one way."""

    window_s: int
    """Stabilisation: the most cautious recommendation of as many seconds counts."""
    pods: int
    """Most pods that may come or go within ``period_s``."""
    period_s: int


@dataclass(frozen=True)
class Policy:
    """What a ScaledObject says."""

    smallest: int
    largest: int
    threshold: float
    """What one pod is to take of the metric (``AverageValue``)."""
    drain_s: float
    """In which a backlog is to be gone: the query adds the lag divided by it to the rate. Infinite: the rate only."""
    with_rate: bool
    """Whether the query adds the present rate, or asks the backlog alone."""
    up: Direction
    down: Direction

    @classmethod
    def read(cls, file: Path = SCALED_OBJECT) -> Self:
        """Read the policy that is deployed. Raises ValueError when its query is of another form."""
        spec = yaml.safe_load(file.read_text())["spec"]
        (trigger,) = spec["triggers"]
        query = trigger["metadata"]["query"]
        drain = re.fullmatch(r"sum\(rate\(warble_tweets_received_total.*\[1m\]\)\) \+ sum\(.* >= 0\) / (\d+)", query)
        if drain is None:
            raise ValueError(f"expected the rate plus the lag over some seconds, received {query}")
        behaviour = spec["advanced"]["horizontalPodAutoscalerConfig"]["behavior"]
        return cls(
            smallest=spec["minReplicaCount"],
            largest=spec["maxReplicaCount"],
            threshold=float(trigger["metadata"]["threshold"]),
            drain_s=float(drain[1]),
            with_rate=True,
            up=_direction(behaviour["scaleUp"]),
            down=_direction(behaviour["scaleDown"]),
        )

    def fixed(self, pods: int) -> Self:
        """Return a policy that always asks for as many pods."""
        return replace(self, smallest=pods, largest=pods)

    def metric(self, rate: float, lag: float) -> float:
        """Return what the query gives, in tweets a second."""
        return (rate if self.with_rate else 0.0) + lag / self.drain_s


class Autoscaler:
    """Decides every ``SYNC_S`` seconds on the number of pods.

    Stabilisation and policies are those of autoscaling/v2: upwards the smallest recommendation of the window counts,
    downwards the largest; then no more pods come or go within a period than the policy allows.
    """

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._recommended: deque[tuple[int, int]] = deque()
        self._changes: deque[tuple[int, int]] = deque()

    def decide(self, now: int, pods: int, metric: float) -> int:
        """Return the number of pods to have from now on. ``now``: seconds, growing."""
        policy = self._policy
        wanted = self._bounded(desired(pods, metric, policy.threshold))
        self._recommended.append((now, wanted))
        longest = max(policy.up.window_s, policy.down.window_s)
        while self._recommended[0][0] < now - longest:
            self._recommended.popleft()
        lowest = min(n for at, n in self._recommended if at >= now - policy.up.window_s)
        highest = max(n for at, n in self._recommended if at >= now - policy.down.window_s)
        chosen = min(max(pods, lowest), highest) if lowest <= highest else pods
        chosen = self._bounded(self._limited(now, pods, chosen))
        if chosen != pods:
            self._changes.append((now, chosen - pods))
        return chosen

    def _limited(self, now: int, pods: int, chosen: int) -> int:
        up, down = self._policy.up, self._policy.down
        came = sum(n for at, n in self._changes if n > 0 and at > now - up.period_s)
        went = -sum(n for at, n in self._changes if n < 0 and at > now - down.period_s)
        return min(max(chosen, pods - max(0, down.pods - went)), pods + max(0, up.pods - came))

    def _bounded(self, pods: int) -> int:
        return min(max(pods, self._policy.smallest), self._policy.largest)


def desired(pods: int, metric: float, threshold: float) -> int:
    """Return how many pods a metric asks for: as many as now within the tolerance, else enough for the target each."""
    if abs(metric / (threshold * pods) - 1) <= TOLERANCE:
        return pods
    return math.ceil(metric / threshold)


def _direction(rules: dict[str, Any]) -> Direction:
    (policy,) = rules["policies"]
    if policy["type"] != "Pods":
        raise ValueError(f"expected a policy of Pods, received {policy['type']}")
    return Direction(rules["stabilizationWindowSeconds"], policy["value"], policy["periodSeconds"])

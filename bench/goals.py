"""What was aimed at, and how far it was reached."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from bench.ceilings import FLAGSHIPS
from bench.growth import LONG_BACKLOGS
from bench.latency import HALF, SHARES
from bench.plan import AT_LEAST_ONCE, BRANDS, EXACTLY_ONCE, MODES
from bench.registry import SHIPPED, TWICE

_HALF: Final = SHARES.index(HALF)


@dataclass(frozen=True)
class Goal:
    """A figure that is aimed at."""

    title: str
    limit: float
    """At least this, or with ``below`` less than it."""
    form: str
    measured: Callable[[Mapping[str, Any]], float]
    """Takes the figures; raises KeyError, IndexError or TypeError for what is not among them."""
    below: bool = False

    def row(self, results: Mapping[str, Any]) -> tuple[str, str, str, str]:
        """Return title, aim, figure, and ``yes``, ``no`` or ``-`` (not measured)."""
        aim = f"{'below' if self.below else 'at least'} {self.form.format(self.limit)}"
        try:
            value = self.measured(results)
        except (KeyError, IndexError, TypeError):
            return self.title, aim, "not measured", "-"
        reached = value < self.limit if self.below else value >= self.limit
        return self.title, aim, self.form.format(value), "yes" if reached else "no"


def _contender(name: str, *path: str) -> Callable[[Mapping[str, Any]], float]:
    def measured(results: Mapping[str, Any]) -> float:
        found = {row["name"]: row for row in results["contenders"]}[name]
        for part in path:
            found = found[part]
        return float(found)

    return measured


def _ceiling(kind: str) -> Callable[[Mapping[str, Any]], float]:
    return lambda results: float(results["ceilings"][kind]["per_second"]["median"])


def _microseconds(rate: Callable[[Mapping[str, Any]], float]) -> Callable[[Mapping[str, Any]], float]:
    """Return what takes one of so many a second."""
    return lambda results: 1e6 / rate(results)


def _p99(mode: str) -> Callable[[Mapping[str, Any]], float]:
    return lambda results: float(results["latency"][mode][_HALF]["milliseconds"]["p99"])


def _growth(what: str, figure: str, first: str, last: str) -> Callable[[Mapping[str, Any]], float]:
    def measured(results: Mapping[str, Any]) -> float:
        found = results["growth"][what]
        return float(found[last][figure] / found[first][figure] - 1)

    return measured


GOALS: Final = (
    *(
        Goal(
            f"the notebook's BiLSTM, exactly once, {workers}, tweets/s",
            100_000,
            "{:,.0f}",
            _contender(name, "per_second", "median"),
        )
        for name, workers in {EXACTLY_ONCE: "1 worker", f"{EXACTLY_ONCE}{TWICE}": "2 workers"}.items()
    ),
    *(
        Goal(
            f"the shipped `brands`, exactly once, {workers}, tweets/s",
            25_000,
            "{:,.0f}",
            _contender(f"{BRANDS}{suffix}", "per_second", "median"),
        )
        for suffix, workers in {"": "1 worker", TWICE: "2 workers"}.items()
    ),
    Goal(
        "the shipped `hate`, exactly once, 1 worker, tweets/s",
        25_000,
        "{:,.0f}",
        _contender(f"{SHIPPED}hate", "per_second", "median"),
    ),
    *(
        Goal(f"bare model of the shipped `{name}`, tweets/s", 30_000, "{:,.0f}", _ceiling(f"{name}-model"))
        for name in FLAGSHIPS
    ),
    *(
        Goal(
            f"the encoder of the shipped `{name}`, a tweet",
            15,
            "{:.1f} us",
            _microseconds(_ceiling(f"{name}-encode")),
            below=True,
        )
        for name in FLAGSHIPS
    ),
    *(
        Goal(
            f"to the best other contender, {mode}, {workers}",
            4,
            "{:.2f}x",
            _contender(f"{name}{suffix}", "to_best_contender"),
        )
        for name, mode in MODES.items()
        for suffix, workers in {"": "1 worker", TWICE: "2 workers"}.items()
    ),
    Goal(
        "share of encoding and model without Kafka", 0.8, "{:.2f}", _contender(EXACTLY_ONCE, "of_encode_model_ceiling")
    ),
    Goal("p99 at half load, at least once", 50, "{:,.0f} ms", _p99(AT_LEAST_ONCE), below=True),
    Goal("p99 at half load, exactly once", 150, "{:,.0f} ms", _p99(EXACTLY_ONCE), below=True),
    Goal(
        "CPU seconds a tweet, from 1 to 4 workers",
        0.1,
        "{:+.0%}",
        _growth("workers", "cpu_s_per_1000", "1", "4"),
        below=True,
    ),
    Goal(
        "from start to ready",
        2,
        "{:.2f} s",
        lambda results: float(results["start"]["start_to_ready_s"]["median"]),
        below=True,
    ),
    Goal("RSS", 300, "{:,.0f} MB", _contender(EXACTLY_ONCE, "rss_mb"), below=True),
    Goal(
        "RSS, a backlog of {1:,} beside {0:,}".format(*LONG_BACKLOGS),
        0.1,
        "{:+.0%}",
        _growth("backlog", "rss_mb", *map(str, LONG_BACKLOGS)),
        below=True,
    ),
)


def goals_table(results: Mapping[str, Any]) -> list[tuple[str, str, str, str]]:
    """Return the row of each goal."""
    return [goal.row(results) for goal in GOALS]

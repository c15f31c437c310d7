"""The metrics of one registry with what people must know of each, so that their documentation cannot fall behind."""

from collections.abc import Sequence
from typing import Literal, NamedTuple

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Info

from stream.exemplars import ExemplarHistogram
from stream.histogram import BatchHistogram

Kind = Literal["counter", "gauge", "histogram", "info"]

_ENDING = {"counter": "_total", "info": "_info"}


class Entry(NamedTuple):
    """One metric for people."""

    family: str
    kind: Kind
    unit: str
    """What its values count: ``tweets``, ``seconds``, ``0 to 1``; '' where they say nothing."""
    labels: tuple[str, ...]
    meaning: str
    """The help text that Prometheus shows."""
    moves: str
    """What makes it change, for whoever reads a graph."""

    @property
    def name(self) -> str:
        """The name that is scraped; a histogram's has ``_bucket``, ``_sum`` and ``_count`` appended."""
        return self.family + _ENDING.get(self.kind, "")


class Catalogue:
    """Registers metrics and keeps an entry of each, in their order."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._registry = registry
        self.entries: list[Entry] = []

    def counter(
        self, name: str, meaning: str, *, unit: str, moves: str, labels: Sequence[str] = (), values: Sequence[str] = ()
    ) -> Counter:
        """Add a counter; ``name`` is without ``_total``. values: of its one label, to count from 0 from the start."""
        self._enter(name, "counter", unit, labels, meaning, moves)
        made = Counter(name, meaning, labels, registry=self._registry)
        for value in values:
            made.labels(value)
        return made

    def gauge(self, name: str, meaning: str, *, unit: str, moves: str, labels: Sequence[str] = ()) -> Gauge:
        """Add a gauge."""
        self._enter(name, "gauge", unit, labels, meaning, moves)
        return Gauge(name, meaning, labels, registry=self._registry)

    def histogram(
        self,
        name: str,
        meaning: str,
        *,
        unit: str,
        moves: str,
        label: str,
        values: Sequence[str],
        buckets: Sequence[float],
    ) -> Histogram:
        """Add a histogram that takes one observation at a time, for each of ``values`` of its one label."""
        self._enter(name, "histogram", unit, (label,), meaning, moves)
        made = ExemplarHistogram(name, meaning, (label,), buckets=buckets, registry=self._registry)
        for value in values:
            made.labels(value)
        return made

    def batch_histogram(
        self, name: str, meaning: str, *, unit: str, moves: str, buckets: Sequence[float], exemplars: bool = False
    ) -> BatchHistogram:
        """Add a histogram that takes a batch of observations at a time. exemplars: whether it names traces."""
        self._enter(name, "histogram", unit, (), meaning, moves)
        return BatchHistogram(name, meaning, buckets, self._registry, exemplars=exemplars)

    def info(self, name: str, meaning: str, *, moves: str, labels: Sequence[str]) -> Info:
        """Add a metric that is always 1 and says something by its labels; ``name`` is without ``_info``."""
        self._enter(name, "info", "", labels, meaning, moves)
        return Info(name, meaning, registry=self._registry)

    def _enter(self, name: str, kind: Kind, unit: str, labels: Sequence[str], meaning: str, moves: str) -> None:
        self.entries.append(Entry(name, kind, unit, tuple(labels), meaning, moves))

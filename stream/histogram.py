"""A Prometheus histogram that takes a whole batch of observations at once."""

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt
from prometheus_client import CollectorRegistry
from prometheus_client.metrics_core import HistogramMetricFamily, Metric
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString


class BatchHistogram(Collector):
    """Counts observations in fixed buckets.

    ``prometheus_client.Histogram`` takes one observation at a time, about a microsecond each; a batch of thousands
    of tweets is one NumPy call here. One thread observes, any thread may collect.

    buckets: upper bounds, ascending, without +Inf.
    """

    def __init__(self, name: str, text: str, buckets: Sequence[float], registry: CollectorRegistry) -> None:
        self._name = name
        self._text = text
        self._bounds = np.asarray(buckets, dtype=np.float64)
        self._seen = (np.zeros(len(buckets) + 1, dtype=np.int64), 0.0)
        registry.register(self)

    def observe(self, values: npt.ArrayLike) -> None:
        """Count one value or an array of them."""
        array = np.atleast_1d(np.asarray(values, dtype=np.float64))
        buckets = np.searchsorted(self._bounds, array, side="left")
        counts, total = self._seen
        # One assignment: a scrape in another thread sees counts and sum before or after, never half.
        self._seen = (counts + np.bincount(buckets, minlength=len(counts)), total + float(array.sum()))

    def collect(self) -> Iterator[Metric]:
        """Yield the family, cumulative as Prometheus wants it."""
        counts, total = self._seen
        cumulative = np.cumsum(counts)
        bounds = [*(floatToGoString(bound) for bound in self._bounds), "+Inf"]  # type: ignore[no-untyped-call]
        family = HistogramMetricFamily(self._name, self._text)
        family.add_metric([], [(b, float(c)) for b, c in zip(bounds, cumulative, strict=True)], total)
        yield family

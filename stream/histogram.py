"""A Prometheus histogram that takes a whole batch of observations at once."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np
import numpy.typing as npt
from prometheus_client import CollectorRegistry
from prometheus_client.metrics_core import HistogramMetricFamily, Metric
from prometheus_client.registry import Collector
from prometheus_client.samples import Exemplar
from prometheus_client.utils import floatToGoString

from stream.exemplars import CURRENT

_Seen = tuple[npt.NDArray[np.int64], float, Mapping[int, Exemplar]]
"""Counts by bucket, the sum, and the last exemplar of a bucket that has one."""


class BatchHistogram(Collector):
    """Counts observations in fixed buckets.

    ``prometheus_client.Histogram`` takes one observation at a time, about a microsecond each; a batch of thousands
    of tweets is one NumPy call here. One thread observes, any thread may collect.

    buckets: upper bounds, ascending, without +Inf. exemplars: whether a bucket names the trace of its last observation.
    wall_clock: seconds since the epoch.
    """

    def __init__(
        self,
        name: str,
        text: str,
        buckets: Sequence[float],
        registry: CollectorRegistry,
        *,
        exemplars: bool = False,
        wall_clock: Callable[[], float] = time.time,
    ) -> None:
        self._name = name
        self._text = text
        self._bounds = np.asarray(buckets, dtype=np.float64)
        self._names_traces = exemplars
        self._wall_clock = wall_clock
        self._seen: _Seen = (np.zeros(len(buckets) + 1, dtype=np.int64), 0.0, {})
        registry.register(self)

    def observe(self, values: npt.ArrayLike) -> None:
        """Count one value or an array of them."""
        array = np.atleast_1d(np.asarray(values, dtype=np.float64))
        buckets = np.searchsorted(self._bounds, array, side="left")
        counts, total, exemplars = self._seen
        if self._names_traces and (labels := CURRENT.get()) is not None:
            which, first = np.unique(buckets, return_index=True)
            now = self._wall_clock()
            last = {
                bucket: Exemplar(dict(labels), value, now)
                for bucket, value in zip(which.tolist(), array[first].tolist(), strict=True)
            }
            exemplars = {**exemplars, **last}
        # One assignment: a scrape in another thread sees counts and sum before or after, never half.
        self._seen = (counts + np.bincount(buckets, minlength=len(counts)), total + float(array.sum()), exemplars)

    def collect(self) -> Iterator[Metric]:
        """Yield the family, cumulative as Prometheus wants it."""
        counts, total, exemplars = self._seen
        cumulative = np.cumsum(counts)
        bounds = [*(floatToGoString(bound) for bound in self._bounds), "+Inf"]  # type: ignore[no-untyped-call]
        family = HistogramMetricFamily(self._name, self._text)
        samples: list[tuple[str, float] | tuple[str, float, Exemplar]] = []
        for bucket, (bound, count) in enumerate(zip(bounds, cumulative.astype(float).tolist(), strict=True)):
            exemplar = exemplars.get(bucket)
            samples.append((bound, count) if exemplar is None else (bound, count, exemplar))
        family.add_metric([], samples, total)
        yield family

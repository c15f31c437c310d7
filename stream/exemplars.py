"""Which trace a measurement comes from, for histograms that are scraped as OpenMetrics."""

from collections.abc import Mapping
from contextvars import ContextVar
from typing import Final

from prometheus_client import Histogram

CURRENT: Final[ContextVar[Mapping[str, str] | None]] = ContextVar("exemplar", default=None)
"""Labels of the exemplar for what this thread observes now; None where nothing is traced, and so for ever without."""


class ExemplarHistogram(Histogram):
    """A histogram whose observations name the trace that they are made in."""

    def observe(self, amount: float, exemplar: Mapping[str, str] | None = None) -> None:
        """Count one value, with the exemplar given or the current one."""
        labels = exemplar or CURRENT.get()
        super().observe(amount, None if labels is None else dict(labels))

"""What the worker needs of a trace, whoever keeps it."""

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Protocol

from confluent_kafka import Message


class Trace(Protocol):
    """The span of one batch, from its first record to its publication."""

    @property
    def traceparent(self) -> bytes:
        """The span's context as a W3C header."""

    def during(self) -> AbstractContextManager[None]:
        """Let what this thread measures meanwhile name the trace."""

    def publishing(self) -> AbstractContextManager[None]:
        """Do as :meth:`during` does, and end the span at the end; an error that passes is noted on it."""

    def taken_back(self, error: Exception) -> None:
        """Note that the batch was not published and will be read again."""


class Tracer(Protocol):
    """Begins a trace for each batch."""

    def begin(self, records: Sequence[Message], waited_s: float) -> Trace:
        """Begin the span of a batch whose first record came ``waited_s`` seconds ago."""


def during(trace: Trace | None) -> AbstractContextManager[None]:
    """Return :meth:`Trace.during`, or what does nothing for a batch that is not traced."""
    return nullcontext() if trace is None else trace.during()


def publishing(trace: Trace | None) -> AbstractContextManager[None]:
    """Return :meth:`Trace.publishing`, or what does nothing for a batch that is not traced."""
    return nullcontext() if trace is None else trace.publishing()

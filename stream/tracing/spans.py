"""One OpenTelemetry span a batch, linked to the contexts that its tweets carry.

Attributes are those of OpenTelemetry's semantic conventions for messaging spans and Kafka; the headers are
W3C Trace Context. A span a tweet would cost more than labelling it, so tweets are linked, as the conventions say of
messages that are processed in batches.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import Final

from confluent_kafka import Message
from opentelemetry.context import Context
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.trace import Link, Span, SpanContext, SpanKind, Status, StatusCode, get_current_span
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from opentelemetry.util.types import AttributeValue

from stream.exemplars import CURRENT
from stream.messages.place import position
from stream.settings import KafkaSettings

MOST_LINKS: Final = 128
"""As many as OpenTelemetry's default limit keeps; further contexts are only counted."""
_TRACEPARENT: Final = "traceparent"
_TRACESTATE: Final = "tracestate"
_NS: Final = 1_000_000_000


class BatchTrace:
    """The span of one batch; see :class:`stream.tracing.trace.Trace`."""

    def __init__(self, span: Span) -> None:
        self._span = span
        context = span.get_span_context()
        self.traceparent = f"00-{context.trace_id:032x}-{context.span_id:016x}-{int(context.trace_flags):02x}".encode(
            "ascii"
        )
        sampled = context.trace_flags.sampled
        self._exemplar = (
            {"trace_id": f"{context.trace_id:032x}", "span_id": f"{context.span_id:016x}"} if sampled else None
        )

    @contextmanager
    def during(self) -> Iterator[None]:
        """Let what this thread measures meanwhile name the trace, if it is kept."""
        token = CURRENT.set(self._exemplar)
        try:
            yield
        finally:
            CURRENT.reset(token)

    @contextmanager
    def publishing(self) -> Iterator[None]:
        """Do as :meth:`during` does, and end the span at the end."""
        try:
            with self.during():
                yield
        except Exception as error:
            self.taken_back(error)
            raise
        finally:
            self._span.end()

    def taken_back(self, error: Exception) -> None:
        """Note that the batch was not published."""
        self._span.set_attribute("error.type", type(error).__name__)
        self._span.set_status(Status(StatusCode.ERROR, str(error)))


class BatchTracer:
    """Begins the spans of one worker's batches."""

    def __init__(self, provider: TracerProvider, kafka: KafkaSettings, version: str) -> None:
        self._tracer = provider.get_tracer("warble", version)
        self._propagator = TraceContextTextMapPropagator()
        self._topic = kafka.input_topic
        self._attributes: dict[str, AttributeValue] = {
            "messaging.system": "kafka",
            "messaging.operation.name": "process",
            "messaging.operation.type": "process",
            "messaging.destination.name": kafka.input_topic,
            "messaging.consumer.group.name": kafka.group_id,
            "messaging.client.id": kafka.instance_id,
        }

    def begin(self, records: Sequence[Message], waited_s: float) -> BatchTrace:
        """Begin the span of a batch; tweets that share a context share a link, the first of them named in it."""
        contexts: dict[tuple[bytes, bytes], Message] = {}
        for record in records:
            carried = _carried(record)
            if carried is not None:
                contexts.setdefault(carried, record)
        linked = islice(contexts.items(), MOST_LINKS)
        links = [link for carried, record in linked if (link := self._link(carried, record)) is not None]
        attributes = self._attributes | {"messaging.batch.message_count": len(records)}
        if len(contexts) > MOST_LINKS:
            attributes["warble.links.omitted"] = len(contexts) - MOST_LINKS
        return BatchTrace(
            self._tracer.start_span(
                f"process {self._topic}",
                context=Context(),
                kind=SpanKind.CONSUMER,
                attributes=attributes,
                links=links,
                start_time=time.time_ns() - int(waited_s * _NS),
            )
        )

    def _link(self, carried: tuple[bytes, bytes], record: Message) -> Link | None:
        parent, state = (value.decode("ascii", "replace") for value in carried)
        context = self._context({_TRACEPARENT: parent, _TRACESTATE: state})
        if not context.is_valid:
            return None
        partition, offset = position(record)
        return Link(context, {"messaging.destination.partition.id": str(partition), "messaging.kafka.offset": offset})

    def _context(self, carrier: dict[str, str]) -> SpanContext:
        return get_current_span(self._propagator.extract(carrier, Context())).get_span_context()


def _carried(record: Message) -> tuple[bytes, bytes] | None:
    """Return a record's ``traceparent`` and ``tracestate``, None without the first."""
    headers = record.headers()
    if not headers:
        return None
    found = {name: value for name, value in dict(headers).items() if name in (_TRACEPARENT, _TRACESTATE)}
    parent, state = (_bytes(found.get(name)) for name in (_TRACEPARENT, _TRACESTATE))
    return None if not parent else (parent, state)


def _bytes(value: str | bytes | None) -> bytes:
    return value.encode() if isinstance(value, str) else value or b""

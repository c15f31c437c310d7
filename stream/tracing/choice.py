"""Whether batches are traced and where the spans go, by OpenTelemetry's own variables.

``OTEL_TRACES_EXPORTER`` switches tracing on (``otlp`` or ``console``); unset, empty or ``none`` leaves it off, and so
does ``OTEL_SDK_DISABLED=true``. The library itself reads the rest: OTEL_EXPORTER_OTLP_*, OTEL_TRACES_SAMPLER,
OTEL_BSP_*, OTEL_SERVICE_NAME, OTEL_RESOURCE_ATTRIBUTES.
"""

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from model.errors import UsageError
from stream.kafka.bounded import HungError, bounded
from stream.logs import forward_logs, get_logger
from stream.settings import Settings
from stream.tracing.trace import Tracer
from stream.version import version

if TYPE_CHECKING:
    from opentelemetry.sdk.trace.export import SpanExporter

EXPORTERS: Final = ("otlp", "console")
_PROTOCOL: Final = "http/protobuf"
_LEAVE_S: Final = 5.0
"""How long the last spans may hold up the end of the process."""


@contextmanager
def tracing(settings: Settings, environ: Mapping[str, str] = os.environ) -> Iterator[Tracer | None]:
    """Give a tracer as long as the worker runs, None where tracing is off.

    Raises UsageError for what is asked for and not to be had.
    """
    exporter_name = _wanted(environ)
    if exporter_name is None:
        yield None
        return
    try:
        from opentelemetry.sdk.resources import Resource  # noqa: PLC0415 -- absent from a base install
        from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415 -- as above
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415 -- as above

        from stream.tracing.spans import BatchTracer  # noqa: PLC0415 -- as above

        exporter = _exporter(exporter_name)
    except ImportError as error:
        raise UsageError(
            f"OTEL_TRACES_EXPORTER={exporter_name} asks for traces, and OpenTelemetry is not installed here ({error}): "
            "install 'warble[tracing]' ('make install-tracing'), or unset OTEL_TRACES_EXPORTER"
        ) from None
    except ValueError as error:
        raise UsageError(f"tracing cannot be set up: {error}: see the OTEL_ variables") from None
    forward_logs("opentelemetry")
    resource = {
        "service.name": "warble",
        "service.version": version(),
        "service.instance.id": settings.kafka.instance_id,
    }
    if environ.get("OTEL_SERVICE_NAME") or "service.name=" in environ.get("OTEL_RESOURCE_ATTRIBUTES", ""):
        del resource["service.name"]
    provider = TracerProvider(resource=Resource.create(resource), shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    get_logger().info("tracing", exporter=exporter_name)
    try:
        yield BatchTracer(provider, settings.kafka, version())
    finally:
        try:
            bounded(provider.shutdown, _LEAVE_S, lambda: None)
        except HungError as error:
            get_logger().warning("traces_lost", detail=f"the last spans could not be exported: {error}")


def _wanted(environ: Mapping[str, str]) -> str | None:
    """Return the exporter that is asked for. Raises UsageError for one that there is not."""
    name = environ.get("OTEL_TRACES_EXPORTER", "").strip().lower()
    if name in ("", "none") or environ.get("OTEL_SDK_DISABLED", "").strip().lower() == "true":
        return None
    if name not in EXPORTERS:
        raise UsageError(
            f"OTEL_TRACES_EXPORTER={name} is not to be had: choose {' or '.join(EXPORTERS)}, or none to trace nothing"
        )
    for variable in ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL"):
        protocol = environ.get(variable, "").strip().lower()
        if name == "otlp" and protocol not in ("", _PROTOCOL):
            raise UsageError(
                f"{variable}={protocol} is not to be had: Warble exports over {_PROTOCOL}; unset it, and name the "
                "collector's HTTP port (4318 by default) in OTEL_EXPORTER_OTLP_ENDPOINT"
            )
    return name


def _exporter(name: str) -> "SpanExporter":
    if name == "console":
        from opentelemetry.sdk.trace.export import ConsoleSpanExporter  # noqa: PLC0415 -- as above

        return ConsoleSpanExporter(out=sys.stderr)  # standard output is for results only
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415 -- as above

    return OTLPSpanExporter()

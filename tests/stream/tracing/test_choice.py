"""OpenTelemetry's variables, and what they bring about."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from structlog.testing import capture_logs

from model.errors import UsageError
from stream.settings import load_settings
from stream.tracing import choice
from stream.tracing.choice import tracing
from tests.stream.records import record

INSTANCE = {"instance_id": "worker-1"}


@pytest.fixture(autouse=True)
def _no_variables_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (
        "OTEL_TRACES_EXPORTER",
        "OTEL_SDK_DISABLED",
        "OTEL_EXPORTER_OTLP_PROTOCOL",
        "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL",
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        "OTEL_SERVICE_NAME",
        "OTEL_RESOURCE_ATTRIBUTES",
    ):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    "environ",
    [
        {},
        {"OTEL_TRACES_EXPORTER": ""},
        {"OTEL_TRACES_EXPORTER": "none"},
        {"OTEL_TRACES_EXPORTER": "otlp", "OTEL_SDK_DISABLED": "true"},
    ],
)
def test_nothing_is_traced_unless_it_is_asked_for(environ: dict[str, str]) -> None:
    with tracing(load_settings(), environ) as tracer:
        assert tracer is None


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        ({"OTEL_TRACES_EXPORTER": "zipkin"}, "OTEL_TRACES_EXPORTER=zipkin is not to be had: choose otlp or console"),
        (
            {"OTEL_TRACES_EXPORTER": "otlp", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"},
            "OTEL_EXPORTER_OTLP_PROTOCOL=grpc is not to be had: Warble exports over http/protobuf",
        ),
    ],
)
def test_what_is_not_to_be_had_is_bad_usage(environ: dict[str, str], said: str) -> None:
    with pytest.raises(UsageError, match=said), tracing(load_settings(), environ):
        pass


def test_a_base_install_says_what_is_missing() -> None:
    program = (
        "import sys; sys.modules['opentelemetry'] = None\n"
        "from stream.cli import main; sys.argv = ['warble', 'worker']; main()"
    )
    environ = {"OTEL_TRACES_EXPORTER": "otlp", "WARBLE_HTTP__PORT": "0", "PATH": ""}
    done = subprocess.run([sys.executable, "-c", program], env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "OpenTelemetry is not installed here" in done.stderr
    assert "install 'warble[tracing]'" in done.stderr
    assert "Traceback" not in done.stderr


@contextmanager
def collector() -> Iterator[tuple[str, list[ExportTraceServiceRequest]]]:
    """What an OTLP collector is to an exporter: a place that takes requests."""
    received: list[ExportTraceServiceRequest] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            received.append(ExportTraceServiceRequest.FromString(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", received
    finally:
        server.shutdown()
        server.server_close()


def test_spans_are_at_the_collector_when_the_worker_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    with collector() as (address, received):
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", address)
        environ = {"OTEL_TRACES_EXPORTER": "otlp"}
        with capture_logs() as logs, tracing(load_settings(kafka=INSTANCE), environ) as tracer:
            assert tracer is not None
            with tracer.begin([record()], 0.0).publishing():
                pass
    (sent,) = received[0].resource_spans
    resource = {pair.key: pair.value.string_value for pair in sent.resource.attributes}
    assert (resource["service.name"], resource["service.instance.id"]) == ("warble", "worker-1")
    assert [span.name for span in sent.scope_spans[0].spans] == ["process tweets"]
    assert [line["event"] for line in logs] == ["tracing"]


def test_the_service_may_have_another_name(monkeypatch: pytest.MonkeyPatch) -> None:
    with collector() as (address, received):
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", address)
        monkeypatch.setenv("OTEL_SERVICE_NAME", "feelings")
        environ = {"OTEL_TRACES_EXPORTER": "otlp", "OTEL_SERVICE_NAME": "feelings"}
        with capture_logs(), tracing(load_settings(), environ) as tracer:
            assert tracer is not None
            with tracer.begin([record()], 0.0).publishing():
                pass
    resource = {pair.key: pair.value.string_value for pair in received[0].resource_spans[0].resource.attributes}
    assert resource["service.name"] == "feelings"


def test_a_collector_that_is_away_holds_up_no_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setattr(choice, "_LEAVE_S", 0.2)
    with capture_logs() as logs:
        with tracing(load_settings(), {"OTEL_TRACES_EXPORTER": "otlp"}) as tracer:
            assert tracer is not None
            with tracer.begin([record()], 0.0).publishing():
                pass
        events = {line["event"] for line in logs}
    assert events <= {"tracing", "traces_lost", "opentelemetry"}
    assert events != {"tracing"}


def test_the_console_is_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    with capture_logs(), tracing(load_settings(), {"OTEL_TRACES_EXPORTER": "console"}) as tracer:
        assert tracer is not None
        with tracer.begin([record()], 0.0).publishing():
            pass
    said = capsys.readouterr()
    assert said.out == ""
    assert json.loads(said.err)["name"] == "process tweets"

"""What probes and scrapers get."""

import socket
from collections.abc import Iterator
from http.client import HTTPConnection

import pytest
from structlog.testing import capture_logs

from model.errors import UsageError
from stream.health import Health
from stream.http import HttpServer
from stream.metrics import Metrics
from stream.settings import HttpSettings
from tests.stream.clocks import ManualClock

LOCAL = HttpSettings(host="127.0.0.1", port=0)
OPENMETRICS = "application/openmetrics-text; version=1.0.0"


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def health(clock: ManualClock) -> Health:
    return Health(clock)


@pytest.fixture
def metrics() -> Metrics:
    return Metrics()


@pytest.fixture
def port(health: Health, metrics: Metrics) -> Iterator[int]:
    with HttpServer(LOCAL, metrics.registry, health) as server:
        yield server.port


def get(port: int, path: str, accept: str = "*/*", *, host: str = "127.0.0.1") -> tuple[int, str, str]:
    """Return status, content type and body."""
    connection = HTTPConnection(host, port, timeout=30)
    try:
        connection.request("GET", path, headers={"Accept": accept})
        response = connection.getresponse()
        return response.status, response.headers["Content-Type"], response.read().decode()
    finally:
        connection.close()


def test_port_0_takes_a_free_one_and_says_which(health: Health, metrics: Metrics) -> None:
    with capture_logs() as logs, HttpServer(LOCAL, metrics.registry, health) as server:
        assert server.port > 0
        assert get(server.port, "/livez")[0] == 200
    assert logs == [{"event": "http_listening", "host": "127.0.0.1", "port": server.port, "log_level": "info"}]


def has_ipv6() -> bool:
    """Say whether this machine has a loopback address of version 6."""
    try:
        with socket.create_server(("::1", 0), family=socket.AF_INET6):
            return True
    except OSError:
        return False


@pytest.mark.skipif(not has_ipv6(), reason="no IPv6 on this machine")
@pytest.mark.parametrize("host", ["::1", "::"])
def test_it_listens_on_an_address_of_version_6(host: str, health: Health, metrics: Metrics) -> None:
    with HttpServer(HttpSettings(host=host, port=0), metrics.registry, health) as server:
        assert get(server.port, "/livez", host="::1")[0] == 200


def addresses_of_this_machine() -> list[str]:
    """Addresses that reach this machine, other than 127.0.0.1."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        try:
            asking.connect(("192.0.2.1", 9))  # sends nothing; it only chooses the address that would be the sender's
            outer = [asking.getsockname()[0]]
        except OSError:
            outer = []
    return ["127.0.0.2", *outer]


@pytest.mark.parametrize("address", addresses_of_this_machine())
def test_on_the_loopback_address_it_answers_on_no_other(address: str, health: Health, metrics: Metrics) -> None:
    with HttpServer(LOCAL, metrics.registry, health) as server:
        assert get(server.port, "/metrics")[0] == 200
        with pytest.raises(ConnectionRefusedError):
            get(server.port, "/metrics", host=address)
    everywhere = HttpSettings(host="0.0.0.0", port=0)  # noqa: S104 -- to see that the address is one of ours
    with HttpServer(everywhere, metrics.registry, health) as server:
        assert get(server.port, "/metrics", host=address)[0] == 200


def test_a_taken_port_is_refused_with_the_way_out(health: Health, metrics: Metrics) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(UsageError, match=rf"cannot listen on 127\.0\.0\.1:{port}: .*WARBLE_HTTP__PORT") as caught:
            HttpServer(HttpSettings(host="127.0.0.1", port=port), metrics.registry, health)
    assert caught.value.exit_code == 2


@pytest.mark.parametrize("host", ["no.such.host.invalid", "2001:db8::1", "300.1.1.1", "."])
def test_an_address_that_is_not_ours_is_refused(host: str, health: Health, metrics: Metrics) -> None:
    with pytest.raises(UsageError, match="cannot listen on"):
        HttpServer(HttpSettings(host=host, port=0), metrics.registry, health)


def test_a_port_is_free_again_at_once(health: Health, metrics: Metrics) -> None:
    with HttpServer(LOCAL, metrics.registry, health) as first:
        assert get(first.port, "/livez")[0] == 200
    with HttpServer(HttpSettings(host="127.0.0.1", port=first.port), metrics.registry, health) as second:
        assert get(second.port, "/livez")[0] == 200


def test_livez_turns_red_after_a_minute_without_a_turn(port: int, clock: ManualClock, health: Health) -> None:
    clock.advance(59)
    assert get(port, "/livez") == (200, "text/plain; charset=utf-8", "last turn 59.0 s ago\n")
    clock.advance(1)
    assert get(port, "/livez")[0] == 503
    health.beat()
    assert get(port, "/livez")[0] == 200


def test_readyz_names_what_is_missing(port: int, health: Health) -> None:
    assert get(port, "/readyz") == (503, "text/plain; charset=utf-8", "the model is not loaded yet\n")
    health.model_is_warm()
    assert get(port, "/readyz")[0::2] == (503, "the consumer group is not joined yet\n")
    health.group_is_joined()
    assert get(port, "/readyz")[0::2] == (200, "ready\n")


@pytest.mark.parametrize("path", ["/", "/metrics/", "/healthz", "/livez/x", "//"])
def test_anything_else_is_not_found(port: int, path: str) -> None:
    status, _, body = get(port, path)
    assert status == 404
    assert body == "here are /metrics, /livez and /readyz\n"


def test_a_query_does_not_change_the_page(port: int) -> None:
    assert get(port, "/livez?verbose=1")[0] == 200


def test_metrics_come_as_prometheus_text_by_default(port: int, metrics: Metrics) -> None:
    metrics.received.inc(3)
    status, kind, body = get(port, "/metrics")
    assert status == 200
    assert kind.startswith("text/plain")
    assert "warble_tweets_received_total 3.0" in body
    assert "# EOF" not in body


def test_metrics_come_as_openmetrics_on_request(port: int, metrics: Metrics) -> None:
    metrics.received.inc(3)
    status, kind, body = get(port, "/metrics", OPENMETRICS)
    assert status == 200
    assert kind.startswith("application/openmetrics-text")
    assert "warble_tweets_received_total 3.0" in body
    assert body.endswith("# EOF\n")


def test_a_client_that_goes_away_is_no_news(
    health: Health, metrics: Metrics, capfd: pytest.CaptureFixture[str]
) -> None:
    with capture_logs() as logs, HttpServer(LOCAL, metrics.registry, health) as server:
        logs.clear()
        try:
            raise ConnectionResetError
        except ConnectionError:
            server._server.handle_error(None, ("127.0.0.1", 1))  # noqa: SLF001 -- what socketserver calls
    assert logs == []
    assert capfd.readouterr().err == ""


def test_a_request_that_fails_is_logged_and_not_printed(
    health: Health, metrics: Metrics, capfd: pytest.CaptureFixture[str]
) -> None:
    with capture_logs() as logs, HttpServer(LOCAL, metrics.registry, health) as server:
        logs.clear()
        try:
            int("no number")
        except ValueError:
            server._server.handle_error(None, ("127.0.0.1", 1))  # noqa: SLF001
    assert [(line["event"], line["log_level"]) for line in logs] == [("http_request_failed", "error")]
    assert capfd.readouterr().err == ""


def test_probes_write_nothing_to_the_log(port: int, capfd: pytest.CaptureFixture[str]) -> None:
    capfd.readouterr()
    get(port, "/livez")
    get(port, "/nowhere")
    assert capfd.readouterr() == ("", "")

"""``/metrics``, ``/livez`` and ``/readyz`` over HTTP."""

import socket
import sys
from collections.abc import Callable, Iterable
from socketserver import ThreadingMixIn
from threading import Thread
from typing import Self
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server
from wsgiref.types import StartResponse, WSGIEnvironment

from prometheus_client import CollectorRegistry, make_wsgi_app

from model.errors import UsageError
from stream.health import Health
from stream.logs import get_logger
from stream.settings import HttpSettings


class HttpServer:
    """Serves while the context is open. ``port`` is the one listened on, also when the settings say 0.

    Raises UsageError when the address cannot be had.
    """

    def __init__(self, settings: HttpSettings, registry: CollectorRegistry, health: Health) -> None:
        self._settings = settings
        self._metrics = make_wsgi_app(registry)
        self._probes: dict[str, Callable[[], tuple[bool, str]]] = {"/livez": health.live, "/readyz": health.ready}
        try:
            self._server = make_server(
                settings.host,
                settings.port,
                self._answer,
                server_class=_Server6 if ":" in settings.host else _Server,
                handler_class=_QuietHandler,
            )
        except (OSError, OverflowError) as error:
            raise UsageError(
                f"cannot listen on {settings.host}:{settings.port}: {error}: choose another port with "
                "WARBLE_HTTP__PORT (0 takes a free one), or another address with WARBLE_HTTP__HOST"
            ) from None
        self.port: int = self._server.server_port

    def __enter__(self) -> Self:
        Thread(target=self._server.serve_forever, name="http", daemon=True).start()
        get_logger().info("http_listening", host=self._settings.host, port=self.port)
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _answer(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if path == "/metrics":
            body: Iterable[bytes] = self._metrics(environ, start_response)
            return body
        probe = self._probes.get(path)
        if probe is None:
            status, line = "404 Not Found", "here are /metrics, /livez and /readyz"
        else:
            good, line = probe()
            status = "200 OK" if good else "503 Service Unavailable"
        start_response(status, [("Content-Type", "text/plain; charset=utf-8")])
        return [f"{line}\n".encode()]


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True
    # On Linux this only skips the wait for an earlier connection to time out; a port in use is still refused.
    allow_reuse_address = True

    def server_bind(self) -> None:
        # The base class looks up the host's full name, which can take seconds without a name server.
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])
        self.setup_environ()

    def handle_error(self, request: object, client_address: object) -> None:  # noqa: ARG002 -- the signature is given
        """Log what went wrong with one request, unless the client just went away."""
        if not isinstance(sys.exception(), ConnectionError):
            get_logger().exception("http_request_failed", client=str(client_address))


class _Server6(_Server):
    address_family = socket.AF_INET6


class _QuietHandler(WSGIRequestHandler):
    """A probe every few seconds is no news."""

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- the base class names it so
        pass

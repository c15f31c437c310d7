"""Structured logs on stderr: JSON lines off a terminal, readable ones on it."""

import logging
import sys
from collections.abc import Callable
from threading import Lock
from typing import TextIO

import structlog
from structlog.typing import FilteringBoundLogger

from stream.redaction import redacted

_TIMESTAMP = structlog.processors.TimeStamper(fmt="iso", utc=True)


def configure_logs(*, level: int = logging.INFO, on_lost: Callable[[], object] = lambda: None) -> None:
    """Send our logs, and librdkafka's through them, to stderr.

    on_lost: called for each line that stderr does not take (a closed pipe, a full disk); the work goes on without it.
    """
    readable = sys.stderr.isatty()
    renderer = structlog.dev.ConsoleRenderer() if readable else structlog.processors.JSONRenderer()
    lines = _Lines(sys.stderr, on_lost)
    structlog.configure(
        processors=[structlog.processors.add_log_level, _TIMESTAMP, structlog.processors.format_exc_info, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=lambda *_: lines,
    )
    forward_logs("librdkafka", level)


def forward_logs(library: str, level: int = logging.INFO) -> None:
    """Send what a library logs through our own logger, as an event of its name."""
    logger = logging.getLogger(library)
    logger.handlers = [_Forward(library)]
    logger.propagate = False
    logger.setLevel(level)


def quiet_logs() -> None:
    """Configure the logs of a command that speaks for itself: only what nothing else would say."""
    configure_logs(level=logging.ERROR)
    # librdkafka repeats each failed connection and each fencing; the command's own error names the last one.
    kafka_logger().setLevel(logging.CRITICAL + 1)


def get_logger() -> FilteringBoundLogger:
    """Return the structured logger of this process."""
    logger: FilteringBoundLogger = structlog.get_logger()
    return logger


def kafka_logger() -> logging.Logger:
    """Return the standard logger that confluent-kafka hands librdkafka's own lines to."""
    return logging.getLogger("librdkafka")


class _Lines:
    """Writes finished lines, each at once, from any thread."""

    def __init__(self, stream: TextIO, on_lost: Callable[[], object]) -> None:
        self._stream = stream
        self._on_lost = on_lost
        self._lock = Lock()

    def msg(self, line: str) -> None:
        try:
            with self._lock:
                self._stream.write(f"{redacted(line)}\n")
                self._stream.flush()
        except OSError:
            self._on_lost()

    debug = info = warning = error = critical = msg


class _Forward(logging.Handler):
    """Hands a library's log lines to the structured logger, less those that librdkafka's error callback reports too."""

    def __init__(self, library: str) -> None:
        super().__init__()
        self._library = library

    def emit(self, record: logging.LogRecord) -> None:
        if not record.getMessage().startswith(("FAIL ", "ERROR ")):
            get_logger().log(record.levelno, self._library, message=record.getMessage())

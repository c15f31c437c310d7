"""Logs go to stderr: JSON where a program reads, words where a person does."""

import errno
import io
import json
import logging
import sys
from collections.abc import Callable, Iterator

import pytest
import structlog

from stream.logs import configure_logs, get_logger, kafka_logger, quiet_logs


class Screen(io.StringIO):
    """A terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def _logs_as_before() -> Iterator[None]:
    librdkafka = kafka_logger()
    before = (librdkafka.handlers, librdkafka.propagate, librdkafka.level)
    yield
    structlog.reset_defaults()
    librdkafka.handlers, librdkafka.propagate = before[0], before[1]
    librdkafka.setLevel(before[2])


Redirect = Callable[[io.StringIO], io.StringIO]


@pytest.fixture
def to(monkeypatch: pytest.MonkeyPatch) -> Redirect:
    """Make a stream stderr, within the test: pytest changes it between the phases of one."""

    def redirect(stream: io.StringIO) -> io.StringIO:
        monkeypatch.setattr(sys, "stderr", stream)
        return stream

    return redirect


def test_off_a_terminal_each_event_is_a_json_object_on_a_line(to: Redirect) -> None:
    pipe = to(io.StringIO())
    configure_logs()
    get_logger().info("first", partition=3, text="a\nb \ud800 é")
    get_logger().warning("second")
    first, second = map(json.loads, pipe.getvalue().splitlines())
    assert first.pop("timestamp").endswith("Z")
    assert first == {"event": "first", "level": "info", "partition": 3, "text": "a\nb \ud800 é"}
    assert (second["event"], second["level"]) == ("second", "warning")


def test_on_a_terminal_it_is_readable(to: Redirect) -> None:
    screen = to(Screen())
    configure_logs()
    get_logger().info("worker_started", topic="tweets")
    assert "worker_started" in screen.getvalue()
    assert "topic" in screen.getvalue()
    assert not screen.getvalue().startswith("{")


@pytest.mark.parametrize("kind", [io.StringIO, Screen])
def test_an_exception_is_told_with_its_event(kind: type[io.StringIO], to: Redirect) -> None:
    written = to(kind())
    configure_logs()
    try:
        raise ValueError("broken")  # noqa: TRY301 -- what a log line is made from
    except ValueError:
        get_logger().exception("it_failed")
    assert "it_failed" in written.getvalue()
    assert "ValueError: broken" in written.getvalue()


def test_nothing_is_written_to_stdout(to: Redirect, capsys: pytest.CaptureFixture[str]) -> None:
    pipe = to(io.StringIO())
    configure_logs()
    get_logger().info("event")
    kafka_logger().warning("line")
    assert capsys.readouterr().out == ""
    assert len(pipe.getvalue().splitlines()) == 2


@pytest.mark.parametrize(
    ("level", "name"), [(logging.INFO, "info"), (logging.WARNING, "warning"), (logging.CRITICAL, "critical")]
)
def test_librdkafkas_lines_come_through_ours(to: Redirect, level: int, name: str) -> None:
    pipe = to(io.StringIO())
    configure_logs()
    kafka_logger().log(level, "FENCED [%s]", "thrd")
    line = json.loads(pipe.getvalue())
    assert (line["event"], line["message"], line["level"]) == ("librdkafka", "FENCED [thrd]", name)


def test_debugging_is_not_wanted_by_default(to: Redirect) -> None:
    pipe = to(io.StringIO())
    configure_logs()
    get_logger().debug("event")
    kafka_logger().debug("line")
    assert pipe.getvalue() == ""


def test_a_command_that_speaks_for_itself_logs_only_errors(to: Redirect) -> None:
    pipe = to(io.StringIO())
    quiet_logs()
    get_logger().warning("event")
    kafka_logger().error("a connection failed, once more")
    assert pipe.getvalue() == ""
    get_logger().error("event")
    assert json.loads(pipe.getvalue())["level"] == "error"


def test_librdkafkas_lines_go_nowhere_else(to: Redirect, caplog: pytest.LogCaptureFixture) -> None:
    to(io.StringIO())
    configure_logs()
    kafka_logger().warning("line")
    assert caplog.records == []


def test_configuring_twice_does_not_tell_twice(to: Redirect) -> None:
    pipe = to(io.StringIO())
    configure_logs()
    configure_logs()
    kafka_logger().warning("line")
    assert len(pipe.getvalue().splitlines()) == 1


@pytest.mark.parametrize("line", ["FAIL [thrd]: refused", "ERROR [thrd]: down"])
def test_what_the_error_callback_reports_is_not_told_twice(line: str, to: Redirect) -> None:
    pipe = to(io.StringIO())
    configure_logs()
    kafka_logger().error(line)
    assert pipe.getvalue() == ""


class Full(io.StringIO):
    """A full disk."""

    def flush(self) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")


def test_a_line_that_cannot_be_written_is_counted_and_stops_nothing(to: Redirect) -> None:
    to(Full())
    lost: list[None] = []
    configure_logs(on_lost=lambda: lost.append(None))
    get_logger().info("event")
    kafka_logger().warning("line")
    assert len(lost) == 2

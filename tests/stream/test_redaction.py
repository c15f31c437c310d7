"""Secrets of the settings do not get into what this process writes."""

import json
import logging
import sys
from collections.abc import Iterator

import pytest
import structlog

from model.errors import UsageError
from stream import cli
from stream.logs import configure_logs, get_logger, kafka_logger
from stream.redaction import hide, redacted
from stream.settings import load_settings

SECRETS = ("hunter2", 'quo"ted\\', "ünïcode", "two\nlines of a secret key")


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    librdkafka = kafka_logger()
    before = (librdkafka.handlers, librdkafka.propagate, librdkafka.level)
    hook = sys.excepthook
    yield
    hide(())
    sys.excepthook = hook
    structlog.reset_defaults()
    librdkafka.handlers, librdkafka.propagate = before[0], before[1]
    librdkafka.setLevel(before[2])


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize("level", [logging.DEBUG, logging.ERROR])
def test_a_log_line_shows_no_secret_at_any_level(secret: str, level: int, capsys: pytest.CaptureFixture[str]) -> None:
    load_settings(kafka={"properties": {"sasl.password": secret}})
    configure_logs(level=logging.DEBUG)
    get_logger().log(level, f"event {secret}", detail=f"before {secret} after", nested={"in": [secret]})
    kafka_logger().log(level, "OIDC: could not ask https://user:%s@host/", secret)
    first, second = map(json.loads, capsys.readouterr().err.splitlines())
    assert (first["event"], first["detail"]) == ("event ********", "before ******** after")
    assert first["nested"] == {"in": ["********"]}
    assert second["message"] == "OIDC: could not ask https://user:********@host/"


@pytest.mark.parametrize("secret", SECRETS)
def test_a_logged_exception_shows_no_secret(secret: str, capsys: pytest.CaptureFixture[str]) -> None:
    load_settings(kafka={"properties": {"sasl.password": secret}})
    configure_logs()
    try:
        int(secret)
    except ValueError:
        get_logger().exception("failed")
    (line,) = map(json.loads, capsys.readouterr().err.splitlines())
    assert line["exception"].partition("ValueError: ")[2] == "invalid literal for int() with base 10: '********'"


def run_main(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def fails(**_: object) -> None:
        raise error

    monkeypatch.setattr(cli, "app", fails)
    cli.main()


def test_an_error_of_a_user_shows_no_secret(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    load_settings(kafka={"properties": {"sasl.password": "hunter2"}})
    with pytest.raises(SystemExit) as left:
        run_main(monkeypatch, UsageError("the client says hunter2"))
    assert left.value.code == 2
    assert capsys.readouterr().err == "warble: error: the client says ********\n"


def test_a_bugs_traceback_shows_no_secret(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    load_settings(kafka={"properties": {"sasl.password": "hunter2"}})
    with pytest.raises(ZeroDivisionError) as caught:
        run_main(monkeypatch, ZeroDivisionError("hunter2"))
    sys.excepthook(caught.type, caught.value, caught.tb)
    said = capsys.readouterr().err
    assert said.startswith("Traceback")
    assert said.endswith("ZeroDivisionError: ********\n")


def test_a_line_of_a_key_is_hidden_too() -> None:
    key = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIAEB\nAQEB\n-----END PRIVATE KEY-----\n"
    load_settings(kafka={"properties": {"ssl.key.pem": key}})
    assert redacted("bad line MC4CAQAwBQYDK2VwBCIEIAEB of it") == "bad line ******** of it"
    assert redacted(repr(key)) == "'********'"


def test_a_secret_within_another_does_not_spare_the_rest() -> None:
    hide(["hunter", "hunter2-and-more"])
    assert redacted("hunter2-and-more, hunter2") == "********, ********2"


@pytest.mark.parametrize("value", ["", "1", "true", "10000", "abc"])
def test_what_says_nothing_alone_does_not_spoil_the_logs(value: str) -> None:
    load_settings(kafka={"properties": {"of.tomorrow": value}})
    assert redacted("true: 10000 of 1 abc") == "true: 10000 of 1 abc"


def test_what_may_be_shown_stays_in_the_logs() -> None:
    load_settings(kafka={"properties": {"client.id": "worker-1", "socket.timeout.ms": "123456"}})
    assert redacted("worker-1 waited 123456") == "worker-1 waited 123456"


def test_the_settings_in_words_show_no_property() -> None:
    settings = load_settings(kafka={"properties": {"sasl.password": "hunter2"}})
    assert "hunter2" not in f"{settings} {settings!r} {settings.kafka!r}"

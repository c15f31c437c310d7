"""``warble demo`` and ``warble broker`` as a user runs them: no Kafka, a process of their own."""

import json
import os
import pty
import re
import signal
import socket
import subprocess
import urllib.request
from pathlib import Path

import pytest

from model.bundle.read import load_bundle
from tests.factories import tiny_bundle
from tests.system.commands import command, environment, start, warble

SUMMARY = re.compile(r"(\d+) tweets labelled, (\d+) dead-lettered")


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_bundle(tmp_path_factory.mktemp("bundle") / "tiny")


def summary(out: str) -> tuple[int, int]:
    found = SUMMARY.fullmatch(out.splitlines()[-1])
    assert found, out
    return int(found[1]), int(found[2])


@pytest.mark.slow
def test_off_a_terminal_it_prints_lines_and_a_summary(bundle: Path) -> None:
    done = warble("demo", "--seconds", "5", "--bundle", str(bundle), env=environment(HTTP__PORT="0"))
    lines = done.lines()
    labelled, dead = summary(done.out)
    assert labelled >= 5 * 50
    assert dead > 0
    assert f"{labelled + dead} records sent in 5 s" in done.out
    assert "each came out once" in done.out
    assert sum(line.startswith(f"{second} s: ") for second in range(7) for line in lines) >= 4
    assert "at-least-once, forgetful" in done.out
    assert "WARBLE_KAFKA__BOOTSTRAP_SERVERS=HOST:PORT warble worker" in done.out
    assert done.err == ""


@pytest.mark.slow
def test_the_hate_bundle_is_shown_at_work() -> None:
    done = warble("demo", "--seconds", "3", "--bundle", "hate", env=environment(HTTP__PORT="0"))
    assert done.code == 0, done.err
    assert f"warble demo with hate@{load_bundle('hate').metadata.version}" in done.out
    found = re.search(r"^labels: hateful (\d+), not_hateful (\d+)$", done.out, re.MULTILINE)
    assert found
    assert int(found[1]) + int(found[2]) == summary(done.out)[0] > 0


def test_a_taken_port_is_no_obstacle_and_the_metrics_answer(bundle: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        env = environment(HTTP__PORT=str(port), HTTP__HOST="127.0.0.1", MODEL__BUNDLE=str(bundle))
        with start("demo", env=env) as process:
            assert process.stdout is not None
            seen = ""
            while " s: " not in seen:
                line = process.stdout.readline().decode()
                assert line, seen
                seen += line
            found = re.search(r"http://127\.0\.0\.1:(\d+)/metrics", seen)
            assert found
            assert int(found[1]) != port
            url = f"http://127.0.0.1:{found[1]}/metrics"
            with urllib.request.urlopen(url, timeout=10) as answer:
                assert "warble_tweets_labelled_total{" in answer.read().decode()
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, b"")
    assert summary(out.decode())[0] > 0


def test_settings_for_a_real_kafka_do_not_reach_the_embedded_broker(bundle: Path) -> None:
    env = environment(
        HTTP__PORT="0",
        KAFKA__BOOTSTRAP_SERVERS="127.0.0.1:9",
        KAFKA__DELIVERY="exactly-once",
        KAFKA__PROPERTIES='{"security.protocol": "SASL_SSL", "sasl.mechanism": "PLAIN", "sasl.username": "u"}',
        INPUT__FORMAT="twitter-v2",
    )
    done = warble("demo", "--seconds", "1", "--bundle", str(bundle), env=env)
    assert done.code == 0, done.err
    assert summary(done.out)[0] > 0


def test_on_a_terminal_it_shows_a_live_view_and_leaves_the_summary(bundle: Path) -> None:
    parent, child = pty.openpty()
    env = environment(HTTP__PORT="0") | {"TERM": "xterm-256color", "COLUMNS": "80", "LINES": "24"}
    arguments = command("demo", "--seconds", "3", "--bundle", str(bundle))
    shown = b""
    with os.fdopen(parent, "rb", buffering=0) as screen:
        with subprocess.Popen(arguments, env=env, stdin=child, stdout=child, stderr=child) as process:
            os.close(child)
            while True:
                try:
                    shown += screen.read(65_536)
                except OSError:
                    # Linux says so when the last writer of a terminal has gone.
                    break
        assert process.returncode == 0
    text = shown.decode("utf-8", "replace")
    for words in ("\x1b[?1049h", "newest tweets", "dead letters", "\x1b[31m", "\x1b[?1049l"):
        assert words in text
    labelled, _ = summary(text.rpartition("\x1b[?1049l")[2].rstrip())
    assert labelled >= 3 * 50


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("--bundle", "no-such-bundle"), 3, "no-such-bundle"),
        (("--seconds", "0"), 2, "--seconds"),
        (("--rate", "many"), 2, "--rate"),
    ],
)
def test_bad_usage_ends_in_one_line(arguments: tuple[str, ...], code: int, words: str) -> None:
    assert words in warble("demo", *arguments, env=environment()).complaint(code)


def test_a_worker_runs_on_the_embedded_broker_from_produce_to_tail(bundle: Path) -> None:
    with start("broker", env=environment()) as broker:
        assert broker.stdout is not None
        bootstrap = broker.stdout.readline().decode().strip()
        env = environment(
            KAFKA__BOOTSTRAP_SERVERS=bootstrap,
            KAFKA__DELIVERY="at-least-once",
            MODEL__BUNDLE=str(bundle),
            HTTP__PORT="0",
        )
        refused = warble("worker", "--stop-at-end", env=env | environment(KAFKA__DELIVERY="exactly-once"))
        assert refused.code == 2
        assert "embedded broker" in refused.err

        assert warble("produce", "-", env=env, stdin=b"I love my ipad\nbad app\n").code == 0
        assert warble("worker", "--stop-at-end", env=env).code == 0
        results = [json.loads(line) for line in warble("tail", "--from-beginning", "-n", "2", env=env).lines()]
        assert {result["id"] for result in results} == {"1", "2"}
        assert warble("dead", "list", env=env).lines() == []

        broker.send_signal(signal.SIGTERM)
        _, err = broker.communicate(timeout=60)
    assert broker.returncode == 0
    assert b"at-least-once only, forgetful" in err
    assert bootstrap.encode() in err

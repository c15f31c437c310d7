"""Prometheus watches real workers under load: every rule and every panel has data, and what goes wrong rings."""

import json
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from signal import SIGKILL
from typing import NamedTuple

import pytest
import yaml
from confluent_kafka.admin import AlterConfigOpType, ConfigEntry, ConfigResource

from tests.deploy.prometheus import PROMETHEUS, ROOT, rules
from tests.deploy.test_grafana import expressions
from tests.system.faults.workers import IMPATIENT, launched
from tests.system.kafka import Broker, Record
from tests.system.watching import Prometheus, free_port, prometheus
from tests.system.workers import Stream, numbered

GARBAGE = [Record(None, b"no tweet")] * 500
LOAD = numbered(2_000)
HANGS = ("sick", "--word", "meh", "--how", "hangs", "worker")


class Watched(NamedTuple):
    """A worker under load, and who watches it."""

    prometheus: Prometheus
    stream: Stream
    port: int


@contextmanager
def load(stream: Stream) -> Iterator[None]:
    """Send tweets, and garbage for a fifth of all, over and over for the length of the block."""
    over = threading.Event()

    def send() -> None:
        while not over.is_set():
            stream.produce(LOAD)
            stream.broker.produce(stream.input, GARBAGE)
            over.wait(0.2)

    thread = threading.Thread(target=send)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


@pytest.fixture(scope="module")
def watched(broker: Broker, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    port = free_port()
    stream = Stream(broker, broker.fresh_topics(), "brands-notebook", HTTP__PORT=str(port))
    targets = {"warble": [f"127.0.0.1:{port}"]}
    with (
        prometheus(tmp_path_factory.mktemp("prometheus"), targets) as server,
        stream.worker() as worker,
        load(stream),
    ):
        worker.wait_for("http_listening")
        server.wait_until(
            lambda: server.value('job:warble_outcomes:rate5m{job="warble"}'), lambda rate: rate > 0, "a rate"
        )
        yield Watched(server, stream, port)


def test_every_rule_is_evaluated_without_an_error(watched: Watched) -> None:
    found = watched.prometheus.wait_until(
        watched.prometheus.rules, lambda rules: all(rule["health"] != "unknown" for rule in rules), "evaluations"
    )
    assert len(found) == len(rules())
    assert {rule["name"]: rule.get("lastError") for rule in found if rule["health"] != "ok"} == {}


@pytest.mark.parametrize("name", [rule["record"] for rule in rules("recording.rules.yml")])
def test_every_recorded_series_has_data(watched: Watched, name: str) -> None:
    watched.prometheus.wait_until(lambda: watched.prometheus.ask(name), bool, name)


def test_every_query_of_the_dashboard_has_data(watched: Watched) -> None:
    asked = [re.sub(r"\$\w+", ".*", text) for text in expressions()]
    # Only what rings is an alert, and only a worker that started anew has changed: the other tests see to both.
    asked = [text for text in asked if not text.startswith(("ALERTS", "changes("))]
    assert len(asked) >= 30
    for query in asked:
        watched.prometheus.wait_until(lambda query=query: watched.prometheus.ask(query), bool, query)  # type: ignore[misc]


def test_a_fifth_of_garbage_rings_and_nothing_else_that_tells_of_ill_health(watched: Watched) -> None:
    # These tweets are unlike the bundle's own, and on a busy machine they may really wait.
    content = yaml.safe_load((PROMETHEUS / "alerts.rules.yml").read_text())
    (health,) = (group["rules"] for group in content["groups"] if group["name"] == "warble-health")
    ill = {rule["alert"] for rule in health} | {"WarbleNoOutput", "WarblePartitionStalled"}
    # A scrape that took too long on a busy machine is over with the next one.
    watched.prometheus.wait_until(
        lambda: watched.prometheus.ringing().keys() & ill, lambda found: found == {"WarbleDeadLetterShareHigh"}, "one"
    )


def test_the_dashboard_is_drawn_from_its_answers(watched: Watched, tmp_path: Path) -> None:
    watched.prometheus.wait_until_rings("WarbleDeadLetterShareHigh", job="warble")
    picture = tmp_path / "dashboard.png"
    script = ROOT / "deploy" / "grafana" / "render.py"
    done = subprocess.run(
        [sys.executable, script, watched.prometheus.address, picture, "--minutes", "2"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip().endswith("without data: none"), done.stdout
    assert picture.stat().st_size > 50_000


def test_a_worker_that_is_gone_rings(broker: Broker, tmp_path: Path) -> None:
    port = free_port()
    stream = Stream(broker, broker.fresh_topics(), "brands-notebook", HTTP__PORT=str(port))
    with prometheus(tmp_path, {"warble": [f"127.0.0.1:{port}"]}) as server, stream.worker() as worker:
        server.wait_until(lambda: server.value('up{job="warble"}'), lambda up: up == 1, "a worker that answers")
        server.wait_until(server.ringing, lambda ringing: "WarbleNoWorker" not in ringing, "silence")
        worker.send(SIGKILL)
        server.wait_until_rings("WarbleWorkerDown", instance=f"127.0.0.1:{port}")
        server.wait_until_rings("WarbleNoWorker")


@pytest.mark.slow
def test_records_that_were_lost_and_a_worker_that_starts_again_and_again_ring(broker: Broker, tmp_path: Path) -> None:
    port = free_port()
    stream = Stream(broker, broker.fresh_topics(partitions=1), "brands-notebook", HTTP__PORT=str(port))
    stream.produce(numbered(100))
    stream.label_all()
    stream.produce(numbered(100))
    broker.delete_before(stream.input, 0, broker.ends(stream.input)[0] - 20)
    with prometheus(tmp_path, {"warble": [f"127.0.0.1:{port}"]}) as server:
        for life in range(4):
            with stream.worker():
                server.wait_until(lambda: server.value('up{job="warble"}'), lambda up: up == 1, f"life {life}")
                server.wait_until(
                    lambda: server.value("changes(process_start_time_seconds[5m])"),
                    lambda seen, life=life: seen >= life,  # type: ignore[misc]
                    f"life {life}",
                )
                if life == 0:
                    server.wait_until_rings("WarbleRecordsLost", job="warble")
        server.wait_until_rings("WarbleWorkerRestarts", job="warble")


@pytest.mark.slow
def test_a_stream_in_words_that_the_model_does_not_know_rings(broker: Broker, tmp_path: Path) -> None:
    port = free_port()
    stream = Stream(broker, broker.fresh_topics(), "brands-notebook", HTTP__PORT=str(port))
    with prometheus(tmp_path, {"warble": [f"127.0.0.1:{port}"]}) as server, stream.worker():
        server.wait_until(lambda: server.value('up{job="warble"}'), lambda up: up == 1, "a worker that answers")

        def labelled() -> float:
            stream.produce({f"t{number}": f"xyzzy{number} plugh frobnicate qwertz" for number in range(1_000)})
            return server.value("sum(increase(warble_tweets_labelled_total[30m]))")

        expected = {"WarbleUnknownTokensHigh", "WarbleOneLabel", "WarbleClassShareOffReference", "WarbleDrift"}
        server.wait_until(lambda: (labelled(), set(server.ringing())), lambda told: expected <= told[1], "all of these")


def an_hour_old(stream: Stream, text: str) -> None:
    """Send a tweet as if it had waited for an hour."""
    producer = stream.broker.producer()
    at = int((time.time() - 3_600) * 1_000)
    producer.produce(stream.input, json.dumps({"text": text}).encode(), timestamp=at)
    producer.flush()


@pytest.mark.slow
def test_a_model_that_hangs_rings_for_its_partition_and_for_the_output_that_stays_away(
    broker: Broker, tmp_path: Path
) -> None:
    port = free_port()
    stream = Stream(broker, broker.fresh_topics(partitions=1), "brands-notebook", HTTP__PORT=str(port))
    with (
        prometheus(tmp_path, {"warble": [f"127.0.0.1:{port}"]}) as server,
        launched(stream, *HANGS, HTTP__STALLED_AFTER_S="3", **IMPATIENT) as worker,
    ):
        an_hour_old(stream, "meh meh meh")
        worker.wait_for("network_hangs")

        def ringing() -> set[str]:
            stream.produce(numbered(50))
            return set(server.ringing())

        expected = {"WarblePartitionStalled", "WarbleNoOutput", "WarbleLagHigh"}
        server.wait_until(ringing, lambda found: expected <= found, "all of these alerts")


@pytest.mark.slow
def test_small_batches_ring_while_tweets_wait(broker: Broker, tmp_path: Path) -> None:
    port = free_port()
    stream = Stream(broker, broker.fresh_topics(partitions=1), "brands-notebook", HTTP__PORT=str(port))
    with (
        prometheus(tmp_path, {"warble": [f"127.0.0.1:{port}"]}) as server,
        launched(stream, *HANGS, **IMPATIENT) as worker,
    ):

        def fill() -> float:
            stream.produce(numbered(3))
            return server.value("job:warble_batch_fill_ratio:mean5m")

        server.wait_until(fill, lambda share: 0 < share < 0.2, "small batches")
        assert "WarbleBatchesSmall" not in server.ringing()
        an_hour_old(stream, "meh meh meh")
        worker.wait_for("network_hangs")
        server.wait_until_rings("WarbleBatchesSmall", job="warble")


@pytest.mark.slow
def test_an_output_topic_that_is_narrowed_under_a_worker_rings_for_its_transactions(
    broker: Broker, tmp_path: Path
) -> None:
    port = free_port()
    stream = Stream(broker, broker.fresh_topics(partitions=1), "brands-notebook", HTTP__PORT=str(port))
    stream.produce(numbered(10))
    with prometheus(tmp_path, {"warble": [f"127.0.0.1:{port}"]}) as server, stream.worker():
        stream.wait_until_committed(10)
        # The worker asked for the limit when it started, so that it finds out by a refusal, batch by batch.
        narrow = ConfigEntry("max.message.bytes", "100", incremental_operation=AlterConfigOpType.SET)
        resource = ConfigResource(ConfigResource.Type.TOPIC, stream.output, incremental_configs=[narrow])
        broker.admin.incremental_alter_configs([resource])[resource].result()

        def ringing() -> set[str]:
            stream.produce(numbered(10))
            return set(server.ringing())

        server.wait_until(ringing, lambda found: "WarbleTransactionsAborted" in found, "aborted transactions")


@pytest.mark.slow
def test_tweets_that_leave_the_model_unsure_ring(broker: Broker, tmp_path: Path) -> None:
    port = free_port()
    stream = Stream(broker, broker.fresh_topics(), "brands-notebook", HTTP__PORT=str(port))
    with prometheus(tmp_path, {"warble": [f"127.0.0.1:{port}"]}) as server, stream.worker():

        def ringing() -> set[str]:
            # Of all words this is the one that the bundle has learned the least about.
            stream.produce({f"t{number}": "anyway" for number in range(50)})
            return set(server.ringing())

        server.wait_until(ringing, lambda found: "WarbleConfidenceLow" in found, "a confidence that is low")

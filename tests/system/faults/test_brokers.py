"""Three brokers, of which some die, move or cannot be reached."""

import functools
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.system.faults.cluster import Cluster, Node
from tests.system.faults.workers import IMPATIENT, wait_until_committed
from tests.system.workers import Stream, WorkerProcess, get, numbered

pytestmark = [pytest.mark.slow, pytest.mark.kafka, pytest.mark.timeout(600)]

MODES = ("exactly-once", "at-least-once")
FIRST, LATER = 20_000, 2_000
OUTAGE_S = 30.0
"""How long two of three brokers stay away: longer than every timeout of a session or a transaction."""


@pytest.fixture(scope="module")
def one_cluster() -> Iterator[Cluster]:
    with Cluster() as cluster:
        yield cluster


@pytest.fixture
def cluster(one_cluster: Cluster) -> Iterator[Cluster]:
    yield one_cluster
    for node in one_cluster.nodes.values():
        node.link.heal()
    one_cluster.start_all()


@pytest.fixture
def stream(cluster: Cluster, bundle: Path) -> Stream:
    settings = IMPATIENT | {"KAFKA__BOOTSTRAP_SERVERS": cluster.workers_bootstrap}
    return Stream(cluster.broker, cluster.broker.fresh_topics(), bundle, **settings)


@contextmanager
def labelling(stream: Stream, mode: str) -> Iterator[WorkerProcess]:
    """A worker in mid-stream. When the block ends it must label everything, and end well when it is asked to."""
    stream.produce(numbered(FIRST))
    with stream.worker(KAFKA__DELIVERY=mode) as worker:
        wait_until_committed(stream, 1, worker)
        yield worker
        stream.produce({f"later{number}": "great app" for number in range(LATER)})
        wait_until_committed(stream, FIRST + LATER, worker)
        worker.send(signal.SIGTERM)
        assert worker.end() == 0, worker.last_words()
    if mode == "exactly-once":
        stream.assert_each_once()
        stream.assert_in_order()
    else:
        assert len(stream.outcomes()) == FIRST + LATER


def one_of(cluster: Cluster, stream: Stream, role: str) -> Node:
    match role:
        case "leader-of-the-input":
            return cluster.leader(stream.input, 0)
        case "leader-of-the-output":
            return cluster.leader(stream.output, 0)
        case "coordinator-of-the-group":
            return cluster.coordinator_of_group(stream.group)
        case _:
            return cluster.coordinator_of_transactions(f"warble-{stream.group}-one")


ROLES = ["leader-of-the-input", "leader-of-the-output", "coordinator-of-the-group", "coordinator-of-transactions"]


@pytest.mark.parametrize("role", ROLES)
def test_a_broker_that_is_killed_and_started_again_costs_no_tweet(cluster: Cluster, stream: Stream, role: str) -> None:
    with labelling(stream, "exactly-once") as worker:
        node = one_of(cluster, stream, role)
        node.kill()
        wait_until_committed(stream, stream.committed() + 1, worker)
        cluster.start_all()


@pytest.mark.parametrize("role", ROLES[1:3])
def test_a_broker_that_is_killed_and_started_again_costs_no_tweet_at_least_once(
    cluster: Cluster, stream: Stream, role: str
) -> None:
    with labelling(stream, "at-least-once") as worker:
        node = one_of(cluster, stream, role)
        node.kill()
        wait_until_committed(stream, stream.committed() + 1, worker)
        cluster.start_all()


@pytest.mark.parametrize("mode", MODES)
def test_with_two_of_three_brokers_down_the_worker_waits_alive_and_goes_on_when_they_are_back(
    cluster: Cluster, stream: Stream, mode: str
) -> None:
    with labelling(stream, mode) as worker:
        port = worker.wait_for("http_listening")["port"]
        for number in (1, 2):
            cluster.nodes[number].kill()
        threading.Event().wait(OUTAGE_S)
        assert get(port, "/livez")[0] == 200
        cluster.start_all()


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("fault", ["cut", "black-hole", "no-answers"])
def test_a_worker_cut_off_from_one_broker_goes_on_when_the_network_heals(
    cluster: Cluster, stream: Stream, mode: str, fault: str
) -> None:
    with labelling(stream, mode) as worker:
        link = cluster.leader(stream.output, 0).link
        {"cut": link.cut, "black-hole": link.black_hole, "no-answers": link.hold_answers}[fault]()
        threading.Event().wait(OUTAGE_S)
        assert worker.process.poll() is None
        link.heal()


@pytest.mark.parametrize("mode", MODES)
def test_every_partition_moved_to_other_brokers_under_a_worker_costs_no_tweet(
    cluster: Cluster, stream: Stream, mode: str
) -> None:
    with labelling(stream, mode):
        before = cluster.replicas([stream.input, stream.output, stream.dead])
        for wanted in (
            {at: nodes[1:] for at, nodes in before.items()},
            {at: [*nodes[1:], nodes[0]] for at, nodes in before.items()},
        ):
            assert cluster.reassign(wanted).wait() == 0
            cluster.wait_until(functools.partial(cluster.is_reassigned, wanted))
        cluster.elect_preferred_leaders()

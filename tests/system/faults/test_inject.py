"""Each fault meets whom it should, and its end undoes it; on stand-ins for brokers and workers."""

import signal
from pathlib import Path
from unittest.mock import ANY, Mock, call, create_autospec

import pytest

from tests.system.faults.cluster import SIZE, Cluster, Node
from tests.system.faults.inject import Injector
from tests.system.faults.pool import Pool, Slot
from tests.system.faults.proxy import Link, Mode
from tests.system.faults.schedule import WORKERS, Fault, Kind
from tests.system.faults.tweets import Tweets
from tests.system.faults.upstream import Feed, Fickle
from tests.system.kafka import Broker
from tests.system.workers import Stream

TOPICS = ("tweets", "labelled", "dead")


class Stage:
    """Everything that faults can meet."""

    def __init__(self, logs: Path) -> None:
        stream = Stream(Broker("127.0.0.1:1"), TOPICS, "brands")
        self.nodes = {
            number: create_autospec(
                Node, instance=True, name=f"node{number}", link=create_autospec(Link, instance=True)
            )
            for number in (1, 2, 3)
        }
        self.cluster = create_autospec(Cluster, instance=True, nodes=self.nodes)
        self.cluster.seen_leader.return_value = self.nodes[2]
        self.cluster.seen_coordinator_of_group.return_value = self.nodes[3]
        self.cluster.seen_coordinator_of_transactions.return_value = self.nodes[1]
        self.cluster.replicas.return_value = {("tweets", 0): [2, 3, 1], ("labelled", 0): [3, 1]}
        self.pool = Pool(stream, logs, 1 + WORKERS)
        self.pool.slots = [create_autospec(Slot, instance=True, process=None) for _ in range(1 + WORKERS)]
        for number, slot in enumerate(self.pool.slots):
            slot.name = f"w{number}"
        self.pool.guest = create_autospec(Slot, instance=True)
        self.feed = create_autospec(Feed, instance=True, tweets=Tweets("t"))
        self.fickle = create_autospec(Fickle, instance=True)
        self.injector = Injector(self.cluster, self.pool, stream, self.feed, self.fickle)

    def play(self, kind: Kind, pick: int = 0) -> None:
        self.injector.begin(Fault(0, kind, 5, pick), 100.0)()


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path)


def harmed(stage: Stage) -> list[int]:
    return [number for number, node in stage.nodes.items() if node.mock_calls or node.link.mock_calls]


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_can_happen_and_none_meets_the_worker_that_is_watched(stage: Stage, kind: Kind) -> None:
    for pick in range(7):
        stage.play(kind, pick)
    assert stage.pool.slots[0].mock_calls == []  # type: ignore[attr-defined]


@pytest.mark.parametrize(("kind", "node"), [(Kind.LEADER_KILL, 2), (Kind.GROUP_COORDINATOR_KILL, 3)])
def test_a_killed_broker_is_the_one_meant_and_starts_again(stage: Stage, kind: Kind, node: int) -> None:
    stage.play(kind)
    assert harmed(stage) == [node]
    assert stage.nodes[node].mock_calls == [call.kill(), call.start()]


def test_a_stopped_broker_may_hand_over_first(stage: Stage) -> None:
    stage.play(Kind.TRANSACTION_COORDINATOR_STOP)
    assert stage.nodes[1].mock_calls == [call.terminate(), call.kill(), call.start()]
    assert harmed(stage) == [1]


def test_where_nobody_leads_some_broker_is_killed(stage: Stage) -> None:
    stage.cluster.seen_leader.return_value = None
    stage.play(Kind.LEADER_KILL, pick=1)
    assert harmed(stage) == [2]


def test_a_paused_broker_goes_on(stage: Stage) -> None:
    stage.play(Kind.BROKER_PAUSE)
    assert stage.nodes[2].mock_calls == [call.pause(), call.resume()]


def test_two_of_three_go_down_and_come_back(stage: Stage) -> None:
    stage.play(Kind.TWO_DOWN, pick=1)
    assert harmed(stage) == [1, 3]
    for number in (1, 3):
        assert stage.nodes[number].mock_calls == [call.kill(), call.start()]


@pytest.mark.parametrize(
    ("kind", "mode"),
    [(Kind.CUT, Mode.CUT), (Kind.BLACK_HOLE, Mode.BLACK_HOLE), (Kind.ANSWERS_HELD, Mode.DEAF)],
)
def test_one_broker_is_cut_off_and_comes_back(stage: Stage, kind: Kind, mode: Mode) -> None:
    stage.play(kind, pick=2)
    assert harmed(stage) == [3]
    assert stage.nodes[3].link.mock_calls == [call.set(mode), call.heal()]


def test_a_slow_network_is_quick_again(stage: Stage) -> None:
    stage.play(Kind.SLOW)
    assert stage.nodes[1].link.mock_calls == [call.slow(ANY), call.heal()]


def test_a_full_reassignment_drops_each_leader_and_brings_it_back_as_the_last(stage: Stage) -> None:
    stage.play(Kind.REASSIGN)
    without, back = (made.args[0] for made in stage.cluster.reassign.call_args_list)
    assert without == {("tweets", 0): [3, 1], ("labelled", 0): [1, 2]}
    assert back == {("tweets", 0): [3, 1, 2], ("labelled", 0): [1, 2, 3]}
    assert {len(nodes) for nodes in back.values()} == {SIZE}


@pytest.mark.parametrize(("kind", "number"), [(Kind.WORKER_KILL, signal.SIGKILL), (Kind.WORKER_TERM, signal.SIGTERM)])
def test_a_worker_that_is_ended_comes_back_after_the_fault(stage: Stage, kind: Kind, number: signal.Signals) -> None:
    stage.play(kind, pick=1)
    assert stage.pool.slots[2].mock_calls == [call.send(number), call.start_at(105.0)]  # type: ignore[attr-defined]


def test_a_zombie_is_woken(stage: Stage) -> None:
    stage.play(Kind.WORKER_ZOMBIE)
    expected = [call.send(signal.SIGSTOP), call.send(signal.SIGCONT)]
    assert stage.pool.slots[1].mock_calls == expected  # type: ignore[attr-defined]


def test_a_replaced_zombie_itself_is_woken_and_not_its_successor(stage: Stage) -> None:
    zombie = Mock(name="zombie")
    stage.pool.slots[1].process = zombie
    stage.play(Kind.WORKER_ZOMBIE_REPLACED)
    calls = stage.pool.slots[1].mock_calls  # type: ignore[attr-defined]
    assert calls == [call.send(signal.SIGSTOP), call.replace()]
    assert zombie.mock_calls == [call.send_signal(signal.SIGCONT)]


def test_a_guest_leaves_for_good(stage: Stage) -> None:
    stage.play(Kind.WORKER_JOIN)
    calls = stage.pool.guest.mock_calls  # type: ignore[attr-defined]
    assert calls == [call.replace(), call.rest(), call.send(signal.SIGTERM)]


def test_what_upstream_takes_back_is_not_what_it_keeps(stage: Stage) -> None:
    stage.play(Kind.UPSTREAM_ABORT)
    ((kept, taken_back), _) = stage.fickle.send.call_args
    assert kept
    assert taken_back
    assert not {row.value for row in kept} & {row.value for row in taken_back}

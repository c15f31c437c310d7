"""Makes the faults of a schedule happen, and heals them."""

import signal
from collections.abc import Callable

from confluent_kafka import KafkaException

from tests.system.faults.cluster import SIZE, Cluster, Node, Replicas
from tests.system.faults.pool import Pool, Slot
from tests.system.faults.proxy import Link
from tests.system.faults.schedule import WORKERS, Fault, Kind
from tests.system.faults.upstream import Feed, Fickle
from tests.system.workers import Stream

Heal = Callable[[], None]

_POISON_ROWS = 60
_OVERSIZED_ROWS = 20
_UPSTREAM_ROWS = 200
_SLOW_S = 0.1


class Injector:
    """Knows for each kind of fault whom it meets and what ends it."""

    def __init__(self, cluster: Cluster, pool: Pool, stream: Stream, feed: Feed, fickle: Fickle) -> None:
        self._cluster = cluster
        self._pool = pool
        self._stream = stream
        self._feed = feed
        self._fickle = fickle
        self._begin: dict[Kind, Callable[[Fault, float], Heal]] = {
            Kind.WORKER_KILL: self._end_worker(signal.SIGKILL),
            Kind.WORKER_TERM: self._end_worker(signal.SIGTERM),
            Kind.WORKER_ZOMBIE: self._pause_worker,
            Kind.WORKER_ZOMBIE_REPLACED: self._pause_and_replace_worker,
            Kind.WORKER_CLASH: self._clash,
            Kind.WORKER_JOIN: self._join,
            Kind.LEADER_KILL: self._kill(self._leader),
            Kind.GROUP_COORDINATOR_KILL: self._kill(self._group_coordinator),
            Kind.TRANSACTION_COORDINATOR_STOP: self._stop_broker,
            Kind.BROKER_PAUSE: self._pause_broker,
            Kind.TWO_DOWN: self._two_down,
            Kind.CUT: self._on_link(Link.cut),
            Kind.BLACK_HOLE: self._on_link(Link.black_hole),
            Kind.ANSWERS_HELD: self._on_link(Link.hold_answers),
            Kind.SLOW: self._on_link(lambda link: link.slow(_SLOW_S)),
            Kind.REASSIGN: self._reassign,
            Kind.ELECT: self._elect,
            Kind.POISON: self._poison,
            Kind.OVERSIZED: self._oversized,
            Kind.UPSTREAM_ABORT: self._abort_upstream,
        }

    def begin(self, fault: Fault, now: float) -> Heal:
        """Let a fault happen; return what ends it. ``now``: seconds of a monotonic clock."""
        return self._begin[fault.kind](fault, now)

    def _slot(self, fault: Fault) -> Slot:
        return self._pool.slots[1 + fault.pick % WORKERS]

    def _any_node(self, fault: Fault) -> Node:
        return self._cluster.nodes[1 + fault.pick % SIZE]

    def _end_worker(self, number: signal.Signals) -> Callable[[Fault, float], Heal]:
        def begin(fault: Fault, now: float) -> Heal:
            slot = self._slot(fault)
            slot.send(number)
            slot.start_at(now + fault.lasts_s)
            return _nothing

        return begin

    def _pause_worker(self, fault: Fault, _: float) -> Heal:
        slot = self._slot(fault)
        slot.send(signal.SIGSTOP)
        return lambda: slot.send(signal.SIGCONT)

    def _pause_and_replace_worker(self, fault: Fault, _: float) -> Heal:
        slot = self._slot(fault)
        zombie = slot.process
        slot.send(signal.SIGSTOP)
        slot.replace()
        return _nothing if zombie is None else lambda: zombie.send_signal(signal.SIGCONT)

    def _clash(self, fault: Fault, _: float) -> Heal:
        self._slot(fault).replace()
        return _nothing

    def _join(self, _: Fault, __: float) -> Heal:
        guest = self._pool.guest
        guest.replace()

        def leave() -> None:
            guest.rest()
            guest.send(signal.SIGTERM)

        return leave

    def _leader(self, fault: Fault) -> Node | None:
        topics = (self._stream.input, self._stream.output)
        return self._cluster.seen_leader(topics[fault.pick % 2], fault.pick // 2)

    def _group_coordinator(self, _: Fault) -> Node | None:
        return self._cluster.seen_coordinator_of_group(self._stream.group)

    def _transaction_coordinator(self, fault: Fault) -> Node | None:
        name = f"warble-{self._stream.group}-{self._slot(fault).name}"
        return self._cluster.seen_coordinator_of_transactions(name)

    def _kill(self, find: Callable[[Fault], Node | None]) -> Callable[[Fault, float], Heal]:
        def begin(fault: Fault, _: float) -> Heal:
            node = find(fault) or self._any_node(fault)
            node.kill()
            return node.start

        return begin

    def _stop_broker(self, fault: Fault, _: float) -> Heal:
        node = self._transaction_coordinator(fault) or self._any_node(fault)
        node.terminate()

        def start() -> None:
            node.kill()
            node.start()

        return start

    def _pause_broker(self, fault: Fault, _: float) -> Heal:
        node = self._leader(fault) or self._any_node(fault)
        node.pause()
        return node.resume

    def _two_down(self, fault: Fault, _: float) -> Heal:
        survivor = self._any_node(fault)
        victims = [node for node in self._cluster.nodes.values() if node is not survivor]
        for node in victims:
            node.kill()

        def start() -> None:
            for node in victims:
                node.start()

        return start

    def _on_link(self, harm: Callable[[Link], None]) -> Callable[[Fault, float], Heal]:
        def begin(fault: Fault, _: float) -> Heal:
            link = self._any_node(fault).link
            harm(link)
            return link.heal

        return begin

    def _reassign(self, _: Fault, __: float) -> Heal:
        """Take each partition's leader away from it, then bring that node back as the last: data is copied anew."""
        topics = (self._stream.input, self._stream.output, self._stream.dead)
        try:
            before = self._cluster.replicas((*topics, "__consumer_offsets", "__transaction_state"))
        except KafkaException:
            return _nothing
        whole: Replicas = {at: _whole(nodes) for at, nodes in before.items()}
        self._cluster.reassign({at: nodes[1:] for at, nodes in whole.items()})

        def bring_back() -> None:
            self._cluster.reassign({at: nodes[1:] + nodes[:1] for at, nodes in whole.items()})

        return bring_back

    def _elect(self, _: Fault, __: float) -> Heal:
        self._cluster.elect_preferred_leaders()
        return _nothing

    def _poison(self, _: Fault, __: float) -> Heal:
        self._feed.put(self._feed.tweets.poison(_POISON_ROWS))
        return _nothing

    def _oversized(self, _: Fault, __: float) -> Heal:
        self._feed.put(self._feed.tweets.oversized(_OVERSIZED_ROWS))
        return _nothing

    def _abort_upstream(self, _: Fault, __: float) -> Heal:
        kept, taken_back = (list(self._feed.tweets.good(_UPSTREAM_ROWS)) for _ in range(2))
        self._fickle.send(kept, taken_back)
        return _nothing


def _whole(nodes: list[int]) -> list[int]:
    """Return all nodes, those that an unfinished move has left out at the end."""
    known = list(dict.fromkeys(nodes))
    return known + [number for number in range(1, SIZE + 1) if number not in known]


def _nothing() -> None:
    """What heals by itself."""

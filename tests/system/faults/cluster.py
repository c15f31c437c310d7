"""Three Kafka nodes that a test can kill, stop, pause and start again, each behind a proxy that it can break."""

import base64
import json
import os
import random
import shutil
import signal
import socket
import string
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple, Self

from confluent_kafka import ConsumerGroupState, ElectionType, KafkaException
from confluent_kafka.admin import TopicMetadata

from tests.system.faults.proxy import HOST, Network
from tests.system.kafka import SCRIPT, Broker

SIZE = 3
HERE = Path(__file__).parent
DEPLOY = SCRIPT.parent
LEASH = DEPLOY / "leash.py"
PATIENCE_S = 120.0
"""How long the cluster may take to become what a test waits for; some seconds on an idle machine."""
_STOP_S = 30.0
_ANSWER_S = 3.0
_LOOK_EVERY_S = 0.1
_BELOW_EPHEMERAL = (15_000, 32_000)
"""Where no outgoing connection takes the port of a node that is down."""
_FIND = """
import sys
from pathlib import Path
from jars import bring_jars
from java import find_java

java, libs = find_java(), Path("libs").absolute()
print(java, bring_jars(libs, java), bring_jars(libs, java, Path(sys.argv[1])), sep="\\n")
"""

Replicas = dict[tuple[str, int], list[int]]
"""The nodes that hold a (topic, partition), the preferred leader first."""


class Ports(NamedTuple):
    """What one node listens on, and the proxy before it."""

    internal: int
    client: int
    controller: int
    proxy: int


class Java(NamedTuple):
    """A Java and its class paths."""

    program: str
    libs: str
    tools: str

    @classmethod
    def find(cls) -> Self:
        """Find Java and bring the jars, as the broker's script does."""
        found = subprocess.run(
            [sys.executable, "-c", _FIND, str(HERE / "tools.xml")],
            cwd=DEPLOY,
            env=os.environ | {"PYTHONPATH": str(DEPLOY)},
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        return cls(*found.stdout.split("\n")[:3])

    def command(self, name: str, *options: str) -> list[str]:
        """Return how to run a class of Kafka's, with options for Java."""
        path = f"{self.libs}/*:{self.tools}/*"
        log = f"-Dlog4j2.configurationFile={DEPLOY / 'log4j2.properties'}"
        # Quick to start and few threads: three of them share a small machine with what they serve.
        return [self.program, *options, "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", log, "-cp", path, name]


class Node:
    """One broker and controller: a process on data that outlives it."""

    def __init__(self, java: Java, home: Path, number: int, all_ports: Mapping[int, Ports], network: Network) -> None:
        self._java = java
        self._log = home / "server.log"
        self._properties = home / "server.properties"
        self._process: subprocess.Popen[bytes] | None = None
        self.number = number
        self.ports = all_ports[number]
        self.link = network.link(self.ports.proxy, self.ports.client)
        """The workers' way to this node."""
        self._records = home / "records"
        home.mkdir(parents=True)
        voters = ",".join(f"{node}@{HOST}:{ports.controller}" for node, ports in all_ports.items())
        template = string.Template((HERE / "node.properties").read_text())
        ports = self.ports._asdict()
        self._properties.write_text(template.substitute(ports, node=number, voters=voters, records=self._records))

    def format(self, cluster_id: str) -> subprocess.Popen[bytes]:
        """Start to prepare the empty data directory."""
        arguments = ["format", "-t", cluster_id, "-c", str(self._properties)]
        with self._log.open("ab") as log:
            return subprocess.Popen(
                [*self._java.command("kafka.tools.StorageTool"), *arguments], stdout=log, stderr=log
            )

    def start(self) -> None:
        """Start Kafka on the data of its last life. From the main thread: it dies with the thread that started it."""
        if self.is_running:
            return
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [
                    *(sys.executable, str(LEASH), "--kill", str(os.getpid())),
                    *self._java.command("kafka.Kafka", "-Xmx400m"),
                    str(self._properties),
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    @property
    def is_running(self) -> bool:
        """Whether its process lives, also when it is paused."""
        return self._process is not None and self._process.poll() is None

    def kill(self) -> None:
        """``kill -9``."""
        self._send(signal.SIGKILL)
        self._reap()

    def terminate(self) -> None:
        """Ask it to hand over what it leads and to end; does not wait."""
        self._send(signal.SIGTERM)

    def stop(self) -> None:
        """End it in good order, by force if that takes too long."""
        self.terminate()
        try:
            self._reap()
        except subprocess.TimeoutExpired:
            self.kill()

    def pause(self) -> None:
        """Let it hang: connections stay open, nothing answers."""
        self._send(signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on after :meth:`pause`."""
        self._send(signal.SIGCONT)

    def forget(self) -> None:
        """Remove the records, but leave the log."""
        shutil.rmtree(self._records, ignore_errors=True)

    def last_words(self) -> str:
        """Return the end of its log."""
        return self._log.read_text(errors="replace")[-2_000:]

    def _send(self, number: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(number)

    def _reap(self) -> None:
        if self._process is not None:
            self._process.wait(_STOP_S)


class Cluster:
    """Three nodes on this host; use it as a context. Every topic has three copies, two of which must hold a record.

    ``broker`` is what the test's own clients use, past the proxies; workers get ``workers_bootstrap``.
    """

    def __init__(self, home: Path | None = None) -> None:
        self._java = Java.find()
        self.keeps_records = False
        """Whether its records stay in ``home`` when it closes, for somebody to look into."""
        self._commands: list[subprocess.Popen[bytes]] = []
        self._is_temporary = home is None
        self._home = home or Path(tempfile.mkdtemp(prefix="warble-cluster-"))
        self.network = Network()
        ports = dict(zip(range(1, SIZE + 1), _free_ports(), strict=True))
        self.nodes = {
            number: Node(self._java, self._home / f"node{number}", number, ports, self.network) for number in ports
        }
        self.broker = Broker(",".join(f"{HOST}:{its.internal}" for its in ports.values()), copies=SIZE)
        self.workers_bootstrap = ",".join(f"{HOST}:{its.proxy}" for its in ports.values())

    def __enter__(self) -> Self:
        try:
            # A first byte of 0: an id that starts with "-" would read as an option.
            cluster_id = base64.urlsafe_b64encode(b"\0" + os.urandom(15)).decode().rstrip("=")
            for formatting in [node.format(cluster_id) for node in self.nodes.values()]:
                assert formatting.wait(PATIENCE_S) == 0, self._last_words()
            self.start_all()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Kill what runs and remove the data, unless it is to be kept; in a ``home`` that was given the logs stay."""
        for command in self._commands:
            command.kill()
            command.wait()
        for node in self.nodes.values():
            node.kill()
            if not self.keeps_records:
                node.forget()
        self.network.close()
        if self._is_temporary:
            shutil.rmtree(self._home, ignore_errors=True)

    def start_all(self) -> None:
        """Start the nodes that do not run, let paused ones go on, and wait until all are there and in sync."""
        for node in self.nodes.values():
            node.resume()
            node.start()
        self.wait_until(self.is_whole)

    def wait_until(self, fact: Callable[[], bool]) -> None:
        """Ask until ``fact`` is so. Fails the test with the ends of the nodes' logs if it does not become so."""
        deadline, pause = time.monotonic() + PATIENCE_S, threading.Event()
        while not fact():
            assert time.monotonic() < deadline, self._last_words()
            pause.wait(_LOOK_EVERY_S)

    def is_whole(self) -> bool:
        """Whether every node is in the cluster, and every partition has all its copies in sync and a leader."""
        try:
            described = self.broker.admin.list_topics(timeout=_ANSWER_S)
        except KafkaException:
            return False
        return len(described.brokers) == SIZE and all(
            partition.leader > 0 and len(partition.isrs) == len(partition.replicas)
            for topic in described.topics.values()
            for partition in topic.partitions.values()
        )

    def leader(self, topic: str, partition: int) -> Node:
        """Return the node that leads a partition now; waits while there is none."""
        return self._awaited(lambda: self.seen_leader(topic, partition))

    def coordinator_of_group(self, group: str) -> Node:
        """Return the node that coordinates a consumer group now; waits while there is none."""
        return self._awaited(lambda: self.seen_coordinator_of_group(group))

    def coordinator_of_transactions(self, transactional_id: str) -> Node:
        """Return the node that coordinates a producer's transactions now; waits while there is none."""
        return self._awaited(lambda: self.seen_coordinator_of_transactions(transactional_id))

    def seen_leader(self, topic: str, partition: int) -> Node | None:
        """Return the leader of a partition, counted around beyond the last one; None if nobody leads or answers."""
        try:
            partitions = self._described(topic).partitions
        except KafkaException:
            return None
        at = partitions.get(partition % len(partitions)) if partitions else None
        return self.nodes.get(at.leader) if at is not None else None

    def seen_coordinator_of_group(self, group: str) -> Node | None:
        """Return the coordinator of a consumer group, None if there is none now."""
        return self.seen_leader("__consumer_offsets", abs(java_hash(group)))

    def seen_coordinator_of_transactions(self, transactional_id: str) -> Node | None:
        """Return the coordinator of a producer's transactions, None if there is none now."""
        return self.seen_leader("__transaction_state", abs(java_hash(transactional_id)))

    def is_empty_group(self, group: str) -> bool:
        """Whether a consumer group has no members, not even static ones that are away; False while nobody knows."""
        (described,) = self.broker.admin.describe_consumer_groups([group], request_timeout=_ANSWER_S).values()
        try:
            return described.result().state is ConsumerGroupState.EMPTY
        except KafkaException:
            return False

    def replicas(self, topics: Iterable[str]) -> Replicas:
        """Return which nodes hold each partition of the topics."""
        return {
            (topic, number): list(partition.replicas)
            for topic in topics
            for number, partition in self._described(topic).partitions.items()
        }

    def reassign(self, wanted: Replicas) -> subprocess.Popen[bytes]:
        """Start to move partitions to the nodes wanted, with Kafka's own command; it returns before data has moved."""
        plan = self._home / f"reassign-{time.monotonic_ns()}.json"
        partitions = [
            {"topic": topic, "partition": partition, "replicas": nodes} for (topic, partition), nodes in wanted.items()
        ]
        plan.write_text(json.dumps({"version": 1, "partitions": partitions}))
        self._commands = [command for command in self._commands if command.poll() is None]
        with (self._home / "reassign.log").open("ab") as log:
            command = subprocess.Popen(
                [
                    *self._java.command("org.apache.kafka.tools.reassign.ReassignPartitionsCommand", "-Xmx128m"),
                    *("--bootstrap-server", self.broker.bootstrap, "--reassignment-json-file", str(plan)),
                    *("--execute", "--additional"),
                ],
                stdout=log,
                stderr=log,
            )
        self._commands.append(command)
        return command

    def is_reassigned(self, wanted: Replicas) -> bool:
        """Whether the partitions are where :meth:`reassign` was asked to bring them, and in sync."""
        try:
            return self.replicas({topic for topic, _ in wanted}) == wanted and self.is_whole()
        except KafkaException:
            return False

    def elect_preferred_leaders(self) -> None:
        """Ask to give each partition back to the first of its replicas, where that one is in sync; does not wait."""
        # No timeout: confluent-kafka 2.16.1 fails on any keyword argument here.
        self.broker.admin.elect_leaders(ElectionType.PREFERRED, None)

    def _awaited(self, find: Callable[[], Node | None]) -> Node:
        found: list[Node] = []

        def is_found() -> bool:
            found.extend(node for node in (find(),) if node is not None)
            return bool(found)

        self.wait_until(is_found)
        return found[0]

    def _described(self, topic: str) -> TopicMetadata:
        return self.broker.admin.list_topics(topic, timeout=_ANSWER_S).topics[topic]

    def _last_words(self) -> str:
        return "\n\n".join(f"node {node.number}: {node.last_words()}" for node in self.nodes.values())


def java_hash(text: str) -> int:
    """Return what ``String.hashCode`` does, by which Kafka spreads groups and transactional ids."""
    unsigned = 0
    for character in text:
        unsigned = (31 * unsigned + ord(character)) & 0xFFFF_FFFF
    return unsigned - (1 << 32) if unsigned >> 31 else unsigned


def _free_ports() -> list[Ports]:
    """Choose the ports of every node, all different and free now."""
    wanted, chosen = SIZE * len(Ports._fields), set[int]()
    while len(chosen) < wanted:
        port = random.SystemRandom().randrange(*_BELOW_EPHEMERAL)
        with suppress(OSError), socket.socket() as probe:
            probe.bind((HOST, port))
            chosen.add(port)
    ports = iter(chosen)
    return [Ports(next(ports), next(ports), next(ports), next(ports)) for _ in range(SIZE)]

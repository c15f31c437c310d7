#!/usr/bin/env python3
"""Run a real Apache Kafka in the foreground, without Docker.

One node on 127.0.0.1, for development and tests. Once it answers, the line ``ready HOST:PORT`` is written to standard
output, and nothing else ever is. SIGINT and SIGTERM stop it.
"""

import argparse
import os
import re
import shutil
import signal
import sys
import threading
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import NamedTuple, NoReturn

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from errors import BrokerScriptError, DiedError, PortTakenError, RefusedError
from home import temporary
from jars import bring_jars
from java import find_java
from node import Node
from ports import HOST, USUAL, Ports, choose

PARTITIONS = 4
TOPICS = ("tweets", "tweets.labelled", "tweets.dead")
ATTEMPTS = 3
"""How often to look for free ports, as another program may take one before Kafka does."""


class Stopped(BaseException):
    """A signal asked this process to end."""


class Parser(argparse.ArgumentParser):
    """A parser whose error is one line, like every error here."""

    def error(self, message: str) -> NoReturn:
        """Print the error and exit with code 2."""
        self.exit(2, f"{self.prog}: error: {message}: see --help\n")


class Topic(NamedTuple):
    """A topic to create."""

    name: str
    partitions: int


def main() -> int:
    """Run until a signal comes. Returns the exit code."""
    arguments = _arguments()
    for wanted in (signal.SIGINT, signal.SIGTERM):
        signal.signal(wanted, _stop)
    if arguments.until_eof:
        threading.Thread(target=_stop_at_end_of_input, daemon=True).start()
    try:
        with ExitStack() as stack:
            _run(arguments, stack)
    except Stopped:
        return 0
    except BrokerScriptError as error:
        print(f"broker: error: {error}", file=sys.stderr)
        return error.exit_code


def _run(arguments: argparse.Namespace, stack: ExitStack) -> NoReturn:
    choose(arguments.port)  # refuses a taken port before anything is fetched
    java = find_java()
    libs = bring_jars(arguments.libs, java)
    node = Node(java, libs, arguments.data or _temporary_home(stack), arguments.set)
    if arguments.data is None:
        stack.callback(node.forget)
    stack.callback(node.stop)
    ports, admin = _start(node, arguments.port)
    _create(admin, arguments.topic)
    print(f"ready {HOST}:{ports.client}", flush=True)
    kept = f"kept in {arguments.data}" if arguments.data else "gone when it stops (keep it with --data DIR)"
    print(
        f"Kafka runs on {HOST}:{ports.client}, its data is {kept}; Ctrl-C stops it. In another terminal:\n"
        f"  WARBLE_KAFKA__BOOTSTRAP_SERVERS={HOST}:{ports.client} .venv/bin/warble worker",
        file=sys.stderr,
        flush=True,
    )
    node.wait()
    raise AssertionError("a node that ends raises")


def _temporary_home(stack: ExitStack) -> Path:
    """Directory that goes away again, except when Kafka failed: then its log is what the error points to."""
    home = temporary()

    def remove(kind: type[BaseException] | None, *_: object) -> None:
        if kind is None or not issubclass(kind, DiedError):
            shutil.rmtree(home, ignore_errors=True)

    stack.push(remove)
    return home


def _start(node: Node, wanted: int | None) -> tuple[Ports, AdminClient]:
    for _ in range(ATTEMPTS - 1):
        ports = choose(wanted)
        with suppress(PortTakenError):
            return ports, node.start(ports)
        node.stop()
    ports = choose(wanted)
    return ports, node.start(ports)


def _create(admin: AdminClient, topics: list[Topic]) -> None:
    """Create the topics that are not there yet. Raises RefusedError if Kafka refuses one."""
    futures = admin.create_topics([NewTopic(topic.name, topic.partitions, 1) for topic in topics])
    for name, future in futures.items():
        try:
            future.result()
        except KafkaException as error:
            cause = error.args[0]
            if cause.code() != KafkaError.TOPIC_ALREADY_EXISTS:
                raise RefusedError(f"topic '{name}' was refused: {cause.str()}") from None


def _stop(_signal: int, _frame: object) -> NoReturn:
    # What follows is bounded and must not be cut short.
    for wanted in (signal.SIGINT, signal.SIGTERM):
        signal.signal(wanted, signal.SIG_IGN)
    raise Stopped


def _stop_at_end_of_input() -> None:
    # Not sys.stdin: a thread that is blocked in there cannot be left behind when the interpreter ends.
    while os.read(0, 4096):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


def _topic(text: str) -> Topic:
    match = re.fullmatch(r"([a-zA-Z0-9._-]{1,249})(?::0*([1-9]\d{0,4}))?", text)
    if match is None:
        raise argparse.ArgumentTypeError(
            f"expected NAME or NAME:PARTITIONS with letters, digits, '.', '_' and '-' in the name, got '{text}'"
        )
    return Topic(match[1], int(match[2] or PARTITIONS))


def _property(text: str) -> str:
    if not re.fullmatch(r"[a-z0-9._-]+=[^\r\n]*", text):
        raise argparse.ArgumentTypeError(f"expected NAME=VALUE as in server.properties, got '{text}'")
    return text


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) >= 1 << 16:
        raise argparse.ArgumentTypeError(f"expected 0 to 65535, got '{text}'")
    return int(text)


def _arguments() -> argparse.Namespace:
    parser = Parser(prog="broker", description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "--port",
        type=_port,
        help=f"port for clients; 0 takes any free one (default: {USUAL}, or any free one if it is taken)",
    )
    parser.add_argument(
        "--data",
        type=lambda text: Path(text).absolute(),
        metavar="DIR",
        help="where the records stay, and are found again by the next start (default: a temporary directory)",
    )
    parser.add_argument(
        "--topic",
        action="append",
        type=_topic,
        metavar="NAME[:PARTITIONS]",
        help=f"topic to create, may be given again (default: {', '.join(TOPICS)}, {PARTITIONS} partitions each)",
    )
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        type=_property,
        metavar="NAME=VALUE",
        help="property of the broker, as in server.properties, above ours; may be given again",
    )
    parser.add_argument(
        "--libs",
        type=lambda text: Path(text).absolute(),
        default=Path(__file__).absolute().with_name("libs"),
        metavar="DIR",
        help="where Kafka's jars are, or will be fetched to (default: libs beside this script)",
    )
    parser.add_argument(
        "--until-eof",
        action="store_true",
        help="stop when standard input ends, so that nothing outlives a test run that is killed",
    )
    arguments = parser.parse_args()
    arguments.topic = arguments.topic or [Topic(name, PARTITIONS) for name in TOPICS]
    return arguments


if __name__ == "__main__":
    sys.exit(main())

"""Ports for Kafka to listen on."""

import socket
from typing import NamedTuple

from errors import RefusedError

HOST = "127.0.0.1"
USUAL = 9092
"""Where clients look for Kafka unless told otherwise."""


class Ports(NamedTuple):
    """What one node listens on: for its clients and as its own controller."""

    client: int
    controller: int


def choose(wanted: int | None) -> Ports:
    """Ports that are free now: ``wanted``; any if it is 0; if it is None, the usual one or else any.

    Another program may still take one before Kafka does. Raises RefusedError if ``wanted`` is taken.
    """
    if wanted and _taken(wanted):
        raise RefusedError(
            f"port {wanted} on {HOST} is taken: "
            "choose another with --port N ('make broker PORT=N'), or any free one with --port 0"
        )
    with socket.socket() as one, socket.socket() as other:
        one.bind((HOST, 0))
        other.bind((HOST, 0))
        client, controller = one.getsockname()[1], other.getsockname()[1]
    if wanted is None and not _taken(USUAL):
        client = USUAL
    return Ports(wanted or client, controller)


def _taken(port: int) -> bool:
    with socket.socket() as probe:
        # As Java does: a port whose last connections are still fading away is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return True
    return False

"""What can keep Kafka from running, each with the exit code it ends with."""

from typing import ClassVar


class BrokerScriptError(Exception):
    """Kafka does not run; the text is one line that says what to do next."""

    exit_code: ClassVar[int] = 1


class RefusedError(BrokerScriptError):
    """Something on this machine has to change first: a tool is missing, a port is taken."""

    exit_code = 2


class DiedError(BrokerScriptError):
    """Java ended by itself."""


class PortTakenError(DiedError):
    """Java found its port taken, although it was free just before."""

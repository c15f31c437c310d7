"""Errors of the streaming side that end the process."""

from typing import ClassVar

from model.errors import WarbleError


class BrokerError(WarbleError):
    """The broker refused or fenced us, a topic is missing, or no broker answered."""

    exit_code: ClassVar[int] = 4


class FencedError(BrokerError):
    """A transactional producer was fenced: by another one of its name, or by the coordinator for its age."""


class FencedMemberError(BrokerError):
    """The group calls this member fenced: another worker has its name, or an answer to its own return got lost."""


class LostTransactionError(BrokerError):
    """The coordinator knows nothing of the transaction that a producer has open, which is of no use any more."""

"""The steps of a worker, and what a test wants done at one of them."""

import json
import os
import signal
import threading
from enum import StrEnum


class Step(StrEnum):
    """A moment between the poll of a batch and the next one, in this order."""

    AFTER_POLL = "after-poll"
    DURING_PREDICT = "during-predict"
    BEFORE_BEGIN = "before-begin"
    AFTER_BEGIN = "after-begin"
    HALF_PRODUCED = "half-produced"  # the broker holds what is produced so far
    UNACKNOWLEDGED = "unacknowledged"  # at least once: the broker holds every result, the worker does not know
    ACKNOWLEDGED = "acknowledged"  # the broker holds every result
    OFFSETS_SENT = "offsets-sent"
    INSIDE_COMMIT = "inside-commit"  # the broker has committed, the worker does not know
    AFTER_COMMIT = "after-commit"


class Plan:
    """What to do, and when: at the ``nth`` time that step ``at`` is reached, once."""

    def __init__(self, at: Step, do: str, nth: int) -> None:
        self._at = at
        self._do = do
        self._left = nth

    def is_due(self, step: Step) -> bool:
        """Whether reaching ``step`` now is the moment."""
        if step is not self._at or self._left <= 0:
            return False
        self._left -= 1
        return self._left == 0

    def carry_out(self) -> None:
        """Tell, and act. Returns when the process goes on."""
        tell(event="step_reached", step=self._at, do=self._do)
        match self._do:
            case "kill":
                os.kill(os.getpid(), signal.SIGKILL)
            case "term":
                os.kill(os.getpid(), signal.SIGTERM)
            case "stop":
                os.kill(os.getpid(), signal.SIGSTOP)
            case "hang":
                threading.Event().wait()

    def at(self, step: Step) -> None:
        """Act if ``step`` is the one."""
        if self.is_due(step):
            self.carry_out()


def tell(**entry: object) -> None:
    """Write an entry into the worker's log, in one piece whatever other threads write."""
    os.write(2, json.dumps(entry).encode() + b"\n")

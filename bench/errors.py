"""What can go wrong with a benchmark."""

from model.errors import WarbleError


class BenchError(WarbleError):
    """The benchmark cannot go on as asked."""

    exit_code = 2


class ContenderError(Exception):
    """One contender did not run; the others do. Its text says why."""

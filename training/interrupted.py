"""What a command says that the user has stopped."""

from model.errors import WarbleError


class InterruptedRunError(WarbleError):
    """The user stopped a run; its text says what is kept and how it goes on."""

    exit_code = 130  # as a shell reports a process that SIGINT ended

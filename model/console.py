"""How every console script ends: one line and an exit code for what a user can cause, never a traceback."""

import errno
import os
import signal
import sys
from typing import NoReturn

import typer

from model.errors import WarbleError

_INTERRUPTED = 128 + signal.SIGINT
_FULL = (errno.ENOSPC, errno.EDQUOT)


def run(app: typer.Typer, program: str) -> NoReturn:
    """Run a command line and leave the process with its exit code.

    A :class:`~model.errors.WarbleError` and bad usage end in one line on stderr. A reader that closes our
    standard output early (``| head``) ends the program quietly, as it does any Unix filter; a full disk, in one line.
    """
    try:
        code = app(standalone_mode=False, prog_name=program)
        sys.stdout.flush()
    except WarbleError as error:
        _complain(program, str(error))
        code = error.exit_code
    except typer.TyperException as error:
        what = error.format_message().rstrip(".")
        if what:  # without any argument the help is there instead
            _complain(program, f"{what} (see '{program} --help')")
        code = error.exit_code
    except typer.Abort:
        code = _INTERRUPTED
    except (BrokenPipeError, SystemExit) as error:
        # Typer itself turns a closed pipe into exit code 1.
        if isinstance(error, SystemExit) and not isinstance(error.__context__, BrokenPipeError):
            raise
        _forget_stdout()
        code = 0
    except OSError as error:
        if error.errno not in _FULL:
            raise
        _complain(program, f"cannot write: {error.strerror}")
        _forget_stdout()
        code = WarbleError.exit_code
    sys.exit(code if isinstance(code, int) else 0)


def _forget_stdout() -> None:
    """Give the interpreter, which flushes stdout once more at exit, a place where that succeeds."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _complain(program: str, text: str) -> None:
    line = " ".join(text.split())
    sys.stderr.write(f"{program}: error: {line}\n")

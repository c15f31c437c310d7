"""How every console script ends: one line and an exit code for what a user can cause, never a traceback."""

import contextlib
import errno
import io
import os
import signal
import sys
from collections.abc import Callable, Container
from typing import NoReturn

import typer

from model.errors import WarbleError

_INTERRUPTED = 128 + signal.SIGINT
_UNWRITABLE = (errno.ENOSPC, errno.EDQUOT, errno.EBADF)


def run(
    app: typer.Typer, program: str, redact: Callable[[str], str] = str, *, at_once: Container[int] = ()
) -> NoReturn:
    """Run a command line and leave the process with its exit code.

    redact: what makes an error's text fit to be shown. at_once: exit codes of errors after which nothing is cleaned up
    and no object destroyed any more.

    A :class:`~model.errors.WarbleError` and bad usage end in one line on stderr. A reader that closes our
    standard output early (``| head``) ends the program quietly, as it does any Unix filter; a full disk or a standard
    output that was closed from the start, in one line. Where nobody hears standard error, the exit code still stands.
    """
    _mend_streams()
    try:
        code = app(standalone_mode=False, prog_name=program)
        sys.stdout.flush()
    except WarbleError as error:
        _complain(program, redact(str(error)))
        code = error.exit_code
        _leave_at_once(code, at_once)
    except typer.TyperException as error:
        what = error.format_message().rstrip(".")
        if what:  # without any argument the help is there instead
            _complain(program, redact(f"{what} (see '{program} --help')"))
        code = error.exit_code
    except typer.Abort:
        code = _INTERRUPTED
    except (BrokenPipeError, SystemExit) as error:
        # Typer itself turns a closed pipe into exit code 1.
        if isinstance(error, SystemExit) and not isinstance(error.__context__, BrokenPipeError):
            raise
        _forget(sys.stdout.fileno())
        code = 0
    except OSError as error:
        if error.errno not in _UNWRITABLE:
            raise
        _complain(program, f"cannot write: {error.strerror}")
        _forget(sys.stdout.fileno())
        code = WarbleError.exit_code
    try:
        sys.stderr.flush()
    except OSError:
        _forget(sys.stderr.fileno())
    sys.exit(code if isinstance(code, int) else 0)


def _leave_at_once(code: int, codes: Container[int]) -> None:
    if code not in codes:
        return
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError):
            stream.flush()
    os._exit(code)


def _mend_streams() -> None:
    """Make the standard streams usable, however the caller left them.

    A closed one gets the null device, so that no file or socket of ours takes its number: one that refuses what is
    written for standard output, whose loss must be told, and one that takes all for standard error.
    A locale that lacks a character gets a question mark in its place.
    """
    for descriptor, mode in enumerate((os.O_WRONLY, os.O_RDONLY, os.O_WRONLY)):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, mode)  # takes the lowest number that is free
    # The type says that they are never None, but Python leaves None where it found nothing open.
    sys.stdout = sys.stdout or open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115 -- it stays open
    sys.stderr = sys.stderr or open(2, "w", encoding="utf-8", errors="replace", closefd=False)  # noqa: SIM115
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")


def _forget(descriptor: int) -> None:
    """Give the interpreter, which flushes stdout and stderr once more at exit, a place where that succeeds."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), descriptor)


def _complain(program: str, text: str) -> None:
    line = " ".join(text.split())
    with contextlib.suppress(OSError):  # nobody can be told; the exit code still says it
        sys.stderr.write(f"{program}: error: {line}\n")

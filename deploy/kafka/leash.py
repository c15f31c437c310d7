"""Become another program that cannot outlive the process which started it.

``python leash.py [--kill] PARENT_PID PROGRAM [ARGUMENT ...]``: on Linux the kernel sends SIGTERM to the program when
its parent ends, even by SIGKILL; with ``--kill`` it sends SIGKILL, which ends a stopped program, too. Elsewhere the
program just runs. The parent is the thread that started it. Setting this between fork and exec in the parent instead
(``preexec_fn``) is unsafe in a process with threads.
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1
"""From linux/prctl.h."""


def main() -> None:
    """Tie this process to its parent, then run the program in its place."""
    arguments = sys.argv[1:]
    last = signal.SIGTERM
    if arguments[0] == "--kill":
        last = signal.SIGKILL
        del arguments[0]
    parent, program = int(arguments[0]), arguments[1:]
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, last)
        if os.getppid() != parent:  # it ended before the kernel knew
            sys.exit(1)
    os.execvp(program[0], program)  # noqa: S606 - no shell is wanted


if __name__ == "__main__":
    main()

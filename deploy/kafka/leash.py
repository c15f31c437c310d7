"""Become another program that cannot outlive the process which started it.

``python leash.py PARENT_PID PROGRAM [ARGUMENT ...]``: on Linux the kernel sends SIGTERM to the program when its parent
ends, even by SIGKILL. Elsewhere the program just runs. Setting this between fork and exec in the parent instead
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
    parent, program = int(sys.argv[1]), sys.argv[2:]
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:  # it ended before the kernel knew
            sys.exit(1)
    os.execvp(program[0], program)  # noqa: S606 - no shell is wanted


if __name__ == "__main__":
    main()

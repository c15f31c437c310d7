"""The temporary directories of the broker's script."""

import fcntl
import os
import subprocess
import sys
from pathlib import Path

from tests.system import kafka


def test_a_new_temporary_home_removes_what_killed_scripts_left_and_nothing_else(tmp_path: Path) -> None:
    killed, running, failed = (tmp_path / f"warble-kafka-{name}" for name in ("killed", "running", "failed"))
    for home in (killed, running):
        (home / "records").mkdir(parents=True)
        (home / ".lock").touch()
    failed.mkdir()
    (failed / "server.log").write_text("an error message points here")

    with (running / ".lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        made = subprocess.run(
            [sys.executable, "-c", "from home import temporary; print(temporary())"],
            env=os.environ | {"TMPDIR": str(tmp_path), "PYTHONPATH": str(kafka.SCRIPT.parent)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()

    assert sorted(tmp_path.iterdir()) == sorted([running, failed, Path(made)])

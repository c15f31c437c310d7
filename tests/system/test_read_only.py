"""A worker that may neither write nor do what only root may: as its container is started."""

import shutil
import subprocess
import sys

import pytest

from tests.system.kafka import Broker
from tests.system.workers import ROOT, Stream, numbered

READ_ONLY = "mount --bind / / && mount -o remount,bind,ro / && "
POWERLESS = "exec setpriv --no-new-privs --bounding-set=-all --inh-caps=-all "


def without_a_place_to_write(*command: str) -> list[str]:
    """Return a command line in which the root file system is read-only and all capabilities are gone."""
    quoted = " ".join(f"'{word}'" for word in command)
    return ["unshare", "--mount", "sh", "-c", f"{READ_ONLY}{POWERLESS}{quoted}"]


@pytest.fixture
def sealed() -> None:
    """Skip the test, saying so, where a file system cannot be made read-only."""
    missing = [name for name in ("unshare", "setpriv") if shutil.which(name) is None]
    if missing or subprocess.run(without_a_place_to_write("true"), capture_output=True, check=False).returncode:
        pytest.skip(f"NOT TESTED on a read-only file system: that takes root, unshare and setpriv; missing: {missing}")


@pytest.mark.usefixtures("sealed")
def test_the_seal_holds() -> None:
    here = str(ROOT / "written")
    done = subprocess.run(without_a_place_to_write("touch", here), capture_output=True, text=True, check=False)
    assert "Read-only file system" in done.stderr


@pytest.mark.usefixtures("sealed")
def test_a_worker_labels_on_a_read_only_file_system_without_any_capability(broker: Broker) -> None:
    stream = Stream(broker, broker.fresh_topics(), "brands")
    stream.produce(numbered(500))
    command = without_a_place_to_write(sys.executable, "-m", "stream", "worker", "--stop-at-end")
    env = stream.env() | {"HOME": "/tmp", "PYTHONDONTWRITEBYTECODE": "1"}  # noqa: S108 - as in the image
    done = subprocess.run(command, env=env, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    stream.assert_each_once()

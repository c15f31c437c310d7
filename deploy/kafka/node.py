"""One Kafka node as a child process."""

import base64
import logging
import os
import shutil
import signal
import string
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from errors import DiedError, PortTakenError
from home import hold
from ports import HOST, Ports

HERE = Path(__file__).parent
START_TIMEOUT = 60.0
"""Seconds until a node that does not answer is given up; it takes 3 on an idle machine."""
STOP_TIMEOUT = 15.0
"""Seconds until a node that does not end is killed."""


class Node:
    """A broker that is its own controller, on 127.0.0.1, with its files below ``home``.

    properties: further lines of ``server.properties``, which win over ours.

    ``home`` holds ``records/`` (what Kafka keeps), ``server.properties`` and ``server.log`` (of the latest start).
    """

    def __init__(self, java: str, libs: Path, home: Path, properties: Sequence[str] = ()) -> None:
        self._java = [java, f"-Dlog4j2.configurationFile={HERE / 'log4j2.properties'}", "-cp", f"{libs}/*"]
        self._home = home
        self._more = "".join(f"{line}\n" for line in properties)
        self._records = home / "records"
        self._properties = home / "server.properties"
        self._log = home / "server.log"
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = hold(home)

    def start(self, ports: Ports) -> AdminClient:
        """Start Kafka and wait until it answers. Returns the client that it answered.

        Raises PortTakenError or DiedError if it ends instead, DiedError if it does not answer in time.
        """
        template = string.Template((HERE / "server.properties").read_text())
        self._properties.write_text(
            template.substitute(port=ports.client, controller_port=ports.controller, records=self._records) + self._more
        )
        with self._log.open("wb") as log:
            if not (self._records / "meta.properties").exists():
                self._format(log)
            leash = [sys.executable, str(HERE / "leash.py"), str(os.getpid())]
            self._process = subprocess.Popen(
                [*leash, self._java[0], "-Xmx512m", *self._java[1:], "kafka.Kafka", str(self._properties)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                # Ctrl-C in a terminal reaches the whole group: when Kafka stops is for this process to say.
                start_new_session=True,
            )
        return self._answering(f"{HOST}:{ports.client}", self._process)

    def wait(self) -> None:
        """Block until Kafka ends by itself, which is an error: DiedError."""
        if self._process is not None:
            self._process.wait()
            raise self._death()

    def stop(self) -> None:
        """End Kafka if it runs, by force if it does not end in time."""
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        try:
            process.wait(STOP_TIMEOUT)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def forget(self) -> None:
        """Remove the records, but leave the log."""
        shutil.rmtree(self._records, ignore_errors=True)

    def _format(self, log: IO[bytes]) -> None:
        # The first byte is fixed because an id that starts with "-" would read as an option.
        cluster = base64.urlsafe_b64encode(b"\0" + os.urandom(15)).decode().rstrip("=")
        arguments = ["format", "--standalone", "-t", cluster, "-c", str(self._properties)]
        done = subprocess.run([*self._java, "kafka.tools.StorageTool", *arguments], stdout=log, stderr=log, check=False)
        if done.returncode != 0:
            raise self._death()

    def _answering(self, address: str, process: subprocess.Popen[bytes]) -> AdminClient:
        quiet = logging.getLogger("kafka-start")
        quiet.addHandler(logging.NullHandler())
        quiet.propagate = False
        settings: dict[str, str | int | float | bool] = {
            "bootstrap.servers": address,
            "reconnect.backoff.ms": 50,
            "reconnect.backoff.max.ms": 200,
        }
        admin = AdminClient(settings, logger=quiet)
        deadline = time.monotonic() + START_TIMEOUT
        while process.poll() is None:
            with suppress(KafkaException):
                admin.list_topics(timeout=1)
                return admin
            if time.monotonic() > deadline:
                raise DiedError(f"Kafka did not answer within {START_TIMEOUT:.0f} s: see {self._log}")
        raise self._death()

    def _death(self) -> DiedError:
        text = self._log.read_text(errors="replace")
        if "Address already in use" in text:
            return PortTakenError(f"Kafka found its port taken: see {self._log}")
        status = self._process.returncode if self._process else 1
        how = f"signal {signal.Signals(-status).name}" if status < 0 else f"exit code {status}"
        told = next((line for line in text.splitlines() if "ERROR" in line or "Exception" in line), "")
        return DiedError(f"Kafka ended with {how}: {told.strip()[:200] or 'it said nothing'}: see {self._log}")

"""Workers as a supervisor keeps them: started again when they end, counted by how they ended."""

import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.system.faults.cluster import LEASH
from tests.system.workers import Stream

ALLOWED_EXITS = frozenset({0, 4, -signal.SIGKILL, -signal.SIGTERM})
"""Done, fenced or refused by the broker, or ended by a fault; SIGTERM before a worker listens for it ends it, too."""
WORKER = ("-m", "stream", "worker")
_AGAIN_AFTER_S = 0.5
_TELL = 2_000


class Slot:
    """One worker by its name; its process changes. program: what Python runs."""

    def __init__(self, name: str, stream: Stream, logs: Path, program: Sequence[str] = WORKER) -> None:
        self._program = program
        self._stream = stream
        self._log = logs / f"worker-{name}.log"
        self._restart_at: float | None = None
        self.name = name
        self.process: subprocess.Popen[bytes] | None = None
        self.former: list[subprocess.Popen[bytes]] = []
        """Replaced while they lived: they must find out that they are fenced, and end."""

    def start(self, *arguments: str, **settings: str) -> subprocess.Popen[bytes]:
        """Start a process under this name. From the main thread: it dies with the thread that started it."""
        self._restart_at = None
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(
                [
                    *(sys.executable, str(LEASH), "--kill", str(os.getpid())),
                    *(sys.executable, *self._program, *arguments),
                ],
                env=self._stream.env(KAFKA__INSTANCE_ID=self.name, **settings),
                stdout=subprocess.DEVNULL,
                stderr=log,
            )
        return self.process

    def replace(self) -> None:
        """Start a second process of this name while the first one still lives."""
        if self.process is not None and self.process.poll() is None:
            self.former.append(self.process)
        self.start()

    def send(self, number: signal.Signals) -> None:
        """Send a signal, if it runs."""
        if self.process is not None:
            self.process.send_signal(number)

    def start_at(self, now: float) -> None:
        """Start it at a time, whatever becomes of it until then."""
        self._restart_at = now

    def look_after(self, now: float, exits: Counter[str]) -> None:
        """Start it again if it has ended, and note how those before it ended."""
        for process in [process for process in self.former if process.poll() is not None]:
            self.former.remove(process)
            exits[f"{process.returncode}"] += 1
        if self.process is not None and self.process.poll() is not None:
            exits[f"{self.process.returncode}"] += 1
            self.process = None
            self._restart_at = self._restart_at or now + _AGAIN_AFTER_S
        if self.process is None and self._restart_at is not None and now >= self._restart_at:
            self.start()

    def rest(self) -> None:
        """Do not start it again."""
        self._restart_at = float("inf")

    def kill(self) -> None:
        """End every process of this name."""
        for process in (*self.former, self.process):
            if process is not None:
                process.kill()
                process.wait()

    def resident_kib(self) -> int | None:
        """Memory that the process holds now, in KiB; None where Linux does not tell or it does not run."""
        if self.process is None:
            return None
        try:
            status = Path(f"/proc/{self.process.pid}/status").read_text()
        except OSError:
            return None
        fields = dict(line.split(":", 1) for line in status.splitlines())
        return int(fields["VmRSS"].split()[0]) if "VmRSS" in fields else None

    def last_words(self) -> str:
        """Return the end of its log."""
        return self._log.read_text(errors="replace")[-_TELL:] if self._log.exists() else ""


class Pool:
    """The workers of a segment; number 0 is the one that no fault aims at, the last one joins and leaves."""

    def __init__(self, stream: Stream, logs: Path, workers: int, program: Sequence[str] = WORKER) -> None:
        self.exits: Counter[str] = Counter()
        self.slots = [Slot(f"w{number}", stream, logs, program) for number in range(workers)]
        self.guest = Slot("guest", stream, logs, program)

    def start(self) -> None:
        """Start all but the guest."""
        for slot in self.slots:
            slot.start()

    def look_after(self, now: float) -> None:
        """Start again what has ended. ``now``: seconds of a monotonic clock."""
        for slot in (*self.slots, self.guest):
            slot.look_after(now, self.exits)

    def wrong_exits(self) -> Mapping[str, int]:
        """Return the exit codes that are bugs."""
        return {code: times for code, times in self.exits.items() if int(code) not in ALLOWED_EXITS}

    def stop(self, within_s: float) -> list[str]:
        """Wake and stop every worker; return the names of those that did not end in time and had to be killed.

        A worker that was fenced meanwhile ends with 4, the others with 0.
        """
        stubborn = []
        slots = (*self.slots, self.guest)
        living = [
            (slot, process)
            for slot in slots
            for process in (slot.process, *slot.former)
            if process is not None and process.poll() is None
        ]
        for _, process in living:
            process.send_signal(signal.SIGCONT)
            process.terminate()
        for slot, process in living:
            try:
                process.wait(within_s)
            except subprocess.TimeoutExpired:
                stubborn.append(slot.name)
                process.kill()
                process.wait()
            self.exits[f"{process.returncode}"] += 1
        for slot in slots:
            slot.rest()
            slot.process = None
            slot.former.clear()
        return stubborn

    def kill(self) -> None:
        """End everything at once."""
        for slot in (*self.slots, self.guest):
            slot.kill()

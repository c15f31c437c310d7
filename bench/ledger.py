"""Finished measurements as JSON lines, so that a benchmark that was cut short goes on where it was."""

import json
from pathlib import Path
from typing import Any

Measured = dict[str, Any]
"""What one measurement found, as JSON values."""


class Ledger:
    """Measurements by key. A line is written whole when its measurement is done, and never again.

    fingerprint: what decides whether an earlier line may stand beside a new one: code, machine, options. Lines of
    another one are thrown away.
    """

    def __init__(self, file: Path, fingerprint: str, *, fresh: bool = False) -> None:
        self._file = file
        self._fingerprint = fingerprint
        self._done: dict[str, Measured] = {}
        if not fresh:
            self._done = {line["key"]: line["measured"] for line in self._lines() if line["of"] == fingerprint}
        file.parent.mkdir(parents=True, exist_ok=True)
        # Written anew, so that a line that a crash cut off is not continued by the next one.
        file.write_text("".join(self._line(key, measured) for key, measured in self._done.items()))

    def __contains__(self, key: str) -> bool:
        return key in self._done

    def __getitem__(self, key: str) -> Measured:
        return self._done[key]

    def add(self, key: str, measured: Measured) -> None:
        """Keep a measurement. Raises ValueError for a key that is there."""
        if key in self._done:
            raise ValueError(f"'{key}' was measured already")
        self._done[key] = measured
        with self._file.open("a") as lines:
            lines.write(self._line(key, measured))

    def below(self, prefix: str) -> dict[str, Measured]:
        """Return measurements whose key begins with ``prefix``, by the rest of the key."""
        return {key.removeprefix(prefix): found for key, found in self._done.items() if key.startswith(prefix)}

    def _line(self, key: str, measured: Measured) -> str:
        return json.dumps({"of": self._fingerprint, "key": key, "measured": measured}) + "\n"

    def _lines(self) -> list[dict[str, Any]]:
        if not self._file.exists():
            return []
        whole = []
        for line in self._file.read_text().splitlines():
            try:
                whole.append(json.loads(line))
            except json.JSONDecodeError:  # cut off by a crash: that measurement is made again
                continue
        return whole

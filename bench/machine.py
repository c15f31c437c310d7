"""What the figures were measured on, and with."""

import hashlib
import os
import platform
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Final

from bench.environments import versions
from bench.ledger import Measured
from bench.tweets import ROOT
from model.cpus import usable_cores

_FRAMEWORKS: Final = {
    "quix": "quixstreams",
    "faststream": "faststream",
    "faust": "faust-streaming",
    "bytewax": "bytewax",
    "spark": "pyspark",
    "mlserver": "mlserver",
}
_OURS: Final = ("warble", "confluent-kafka", "onnxruntime", "tensorflow-cpu", "numpy")
_DECIDING: Final = ("model", "stream", "bench", "deploy/kafka")
"""Code whose change makes earlier measurements those of something else."""


def description() -> Measured:
    """Return the class of this machine, the date and the versions."""
    return {
        "cores": usable_cores(),
        "processor": _processor(Path("/proc/cpuinfo")),
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9),
        "system": platform.system(),
        "date": datetime.now(UTC).date().isoformat(),
        "versions": {
            "python": platform.python_version(),
            **{name: metadata.version(name) for name in _OURS},
            **{package: versions(name).get(package, "?") for name, package in _FRAMEWORKS.items()},
        },
    }


def fingerprint(options: str) -> str:
    """Return what must be the same for two measurements to stand side by side: code, machine, options."""
    digest = hashlib.sha256(options.encode())
    digest.update(f"{usable_cores()} {_processor(Path('/proc/cpuinfo'))}".encode())
    for package in _DECIDING:
        for file in sorted((ROOT / package).rglob("*")):
            parts = file.relative_to(ROOT).parts
            hidden = any(part.startswith((".", "__pycache__")) or part == "libs" for part in parts)
            if file.is_file() and not hidden and file.suffix in {".py", ".txt", ".json", ".npz", ".xml", ".properties"}:
                digest.update("/".join(parts).encode() + file.read_bytes())
    return digest.hexdigest()[:16]


def _processor(cpuinfo: Path) -> str:
    """Return the family of the processor: what it is sold as."""
    try:
        lines = cpuinfo.read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())

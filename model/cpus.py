"""How many processor cores this process may really use: a container's quota, not the host's cores."""

import os
from pathlib import Path

_CGROUPS = Path("/sys/fs/cgroup")
_MEMBERSHIP = Path("/proc/self/cgroup")


def usable_cores(cgroups: Path = _CGROUPS, membership: Path = _MEMBERSHIP) -> int:
    """Whole cores, at least 1, that affinity and the quotas of cgroup v2 or v1 leave to this process.

    A quota is rounded down: a thread more than the quota pays for is throttled in every period.
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    for directory in _directories(cgroups, membership):
        quota = _quota(directory)
        if quota is not None:
            cores = min(cores, int(quota))
    return max(1, cores)


def _directories(cgroups: Path, membership: Path) -> list[Path]:
    """Directories whose quota counts: the process's own group and each one above it, up to the root."""
    found: list[Path] = []
    for line in _read(membership).splitlines():
        _, controllers, group = line.split(":", 2)
        if controllers not in ("", "cpu", "cpu,cpuacct", "cpuacct,cpu"):
            continue
        root = cgroups / controllers
        own = root / group.lstrip("/")
        found += [own, *(parent for parent in own.parents if parent.is_relative_to(root))]
    # Inside a container, the group's path is often the host's, and the quota lies at the root.
    return [*found, cgroups, cgroups / "cpu", cgroups / "cpu,cpuacct"]


def _quota(directory: Path) -> float | None:
    match _read(directory / "cpu.max").split():
        case [quota, period] if quota != "max":
            return int(quota) / int(period)
    quota, period = _read(directory / "cpu.cfs_quota_us"), _read(directory / "cpu.cfs_period_us")
    return int(quota) / int(period) if quota and period and int(quota) > 0 else None


def _read(file: Path) -> str:
    try:
        return file.read_text().strip()
    except OSError:
        return ""

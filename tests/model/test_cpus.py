import os
from pathlib import Path

import pytest

from model.cpus import usable_cores


@pytest.fixture(autouse=True)
def _sixteen_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(16)), raising=False)


def written(file: Path, content: str) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(content)
    return file


def test_without_a_quota_affinity_counts(tmp_path: Path) -> None:
    assert usable_cores(tmp_path, tmp_path / "absent") == 16


@pytest.mark.parametrize(
    ("quota", "cores"),
    [("max 100000", 16), ("200000 100000", 2), ("250000 100000", 2), ("50000 100000", 1), ("9900000 100000", 16)],
)
def test_a_quota_of_cgroup_v2_counts_in_whole_cores(tmp_path: Path, quota: str, cores: int) -> None:
    written(tmp_path / "cpu.max", f"{quota}\n")
    assert usable_cores(tmp_path, tmp_path / "absent") == cores


def test_the_smallest_quota_on_the_way_to_the_root_counts(tmp_path: Path) -> None:
    membership = written(tmp_path / "cgroup", "0::/kube/pod/box\n")
    written(tmp_path / "fs/kube/pod/box/cpu.max", "max 100000")
    written(tmp_path / "fs/kube/pod/cpu.max", "300000 100000")
    written(tmp_path / "fs/kube/cpu.max", "800000 100000")
    assert usable_cores(tmp_path / "fs", membership) == 3


def test_a_quota_of_cgroup_v1_counts_where_the_controller_is_mounted(tmp_path: Path) -> None:
    membership = written(tmp_path / "cgroup", "9:memory:/box\n4:cpu,cpuacct:/box\n")
    written(tmp_path / "fs/cpu,cpuacct/box/cpu.cfs_quota_us", "400000\n")
    written(tmp_path / "fs/cpu,cpuacct/box/cpu.cfs_period_us", "100000\n")
    assert usable_cores(tmp_path / "fs", membership) == 4


def test_minus_one_is_no_quota_in_cgroup_v1(tmp_path: Path) -> None:
    written(tmp_path / "cpu/cpu.cfs_quota_us", "-1\n")
    written(tmp_path / "cpu/cpu.cfs_period_us", "100000\n")
    assert usable_cores(tmp_path, tmp_path / "absent") == 16


def test_a_quota_at_the_root_of_a_container_counts_although_its_own_group_is_not_there(tmp_path: Path) -> None:
    membership = written(tmp_path / "cgroup", "0::/docker/of/the/host\n")
    written(tmp_path / "fs/cpu.max", "200000 100000")
    assert usable_cores(tmp_path / "fs", membership) == 2

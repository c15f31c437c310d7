"""The seeded schedule on three brokers; ``make faults`` runs it for longer and explains a failure.

FAULTS_MINUTES says for how long (3 unless set), in segments of ten minutes. With a directory in FAULTS_OUT a run that
was stopped goes on where it was, and its results stay.
"""

import os
from pathlib import Path

import pytest

from tests.system.faults import summary
from tests.system.faults.__main__ import MODES, main
from tests.system.faults.checker import Mode

MINUTES = os.environ.get("FAULTS_MINUTES", "3")
OVERHEAD = 2
"""A segment needs time beside its faults; so does a busy machine."""


@pytest.mark.kafka
@pytest.mark.slow
@pytest.mark.timeout(600 + OVERHEAD * 60 * float(MINUTES))
@pytest.mark.parametrize("mode", MODES)
def test_a_seeded_schedule_of_faults_loses_doubles_and_disorders_nothing(
    bundle: Path, tmp_path: Path, mode: Mode
) -> None:
    out = Path(os.environ.get("FAULTS_OUT") or tmp_path)
    options = ["--seed", "7", "--mode", mode, "--minutes", MINUTES, "--two-down", "10" if float(MINUTES) < 10 else "30"]
    segment_minutes = str(min(float(MINUTES), 10))

    code = main(
        [*options, "--segment-minutes", segment_minutes, "--bundle", str(bundle), "--out", str(out), "--shrink", "0"]
    )

    lines = [line for line in summary.read(out / "segments.jsonl") if line["mode"] == mode]
    assert [violation for line in lines for violation in line["violations"]] == []
    assert code == 0
    report = lines[0]["report"]
    assert report["results"] > 10_000
    assert report["dead"] > 0
    assert lines[0]["upstream"]["aborted"] > 0
    assert min(lines[0]["faults"].values()) >= 1

import json
import sys

import pytest

from bench import gpu
from bench.gpu import KINDS, Job, measure
from model.errors import WarbleError

SHORT = Job("model", "brands-notebook", "onnx", "cpu", max_tokens=4_096, threads=1, seconds=0.05)


@pytest.mark.parametrize("kind", KINDS)
def test_processes_label_side_by_side(kind: str) -> None:
    found = measure(SHORT._replace(kind=kind), processes=2)
    assert (found.kind, found.processes, found.kernel) == (kind, 2, "onnxruntime-cpu")
    assert found.per_second > 0


def test_the_engine_of_a_gpu_runs_on_a_processor_too() -> None:
    pytest.importorskip("tensorflow")
    assert measure(SHORT._replace(engine="tensorflow"), processes=1).kernel == "tensorflow-cpu"


def test_what_a_process_cannot_do_is_said(tmp_path: object) -> None:
    with pytest.raises(WarbleError, match="nowhere"):
        measure(SHORT._replace(bundle=f"{tmp_path}/nowhere"), processes=2)


def test_the_figures_are_printed_for_people_and_as_json(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    options = "gpu --engine onnx --device cpu --bundle brands-notebook --processes 1 --seconds 0.05 --max-tokens 4096"
    monkeypatch.setattr(sys, "argv", options.split())
    gpu.main()
    *lines, last = capsys.readouterr().out.splitlines()
    assert [line.split(",")[0] for line in lines] == list(KINDS.values())
    assert [found["kind"] for found in json.loads(last)] == list(KINDS)

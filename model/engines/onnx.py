"""ONNX Runtime on a CPU: the default there, and all that a base install needs."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import onnxruntime as ort

from model.architecture.config import Architecture
from model.architecture.onnx_builder import build_onnx
from model.engines.base import Ids, Lengths, Outputs
from model.engines.shapes import as_trained

_ERRORS_ONLY = 3


class OnnxEngine:
    """Our own ONNX graph in an ONNX Runtime session."""

    name = "onnx"
    device = "cpu"
    kernel = "onnxruntime-cpu"

    def __init__(
        self, architecture: Architecture, weights: Mapping[str, npt.NDArray[np.float32]], *, threads: int
    ) -> None:
        self._columns = architecture.columns
        options = ort.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = _ERRORS_ONLY
        # Idle threads would spin on the cores that poll, encode and publish.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._session = ort.InferenceSession(
            build_onnx(architecture, weights), options, providers=["CPUExecutionProvider"]
        )

    def warm(self, longest: int, max_tokens: int) -> None:
        """Run one full batch, so that the memory it takes is there."""
        longest = self._columns or longest
        rows = max(1, max_tokens // longest)
        self.predict(np.ones((rows, longest), np.int32), np.full(rows, longest, np.int32))

    def cells(self, rows: int, longest: int) -> int:
        """See :meth:`model.engines.base.Engine.cells`."""
        return rows * (self._columns or longest)

    def predict(self, ids: Ids, lengths: Lengths) -> Outputs:
        """See :meth:`model.engines.base.Engine.predict`."""
        inputs = {"ids": as_trained(ids, self._columns), "lengths": lengths}
        outputs: Outputs = self._session.run(["outputs"], inputs)[0]
        return outputs

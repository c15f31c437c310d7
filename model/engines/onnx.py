"""ONNX Runtime on a CPU: the default there, and all that a base install needs."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import onnxruntime as ort

from model.architecture.config import Architecture, Pooling
from model.architecture.onnx_builder import build_onnx
from model.engines.base import Ids, Lengths, Outputs
from model.engines.crew import Crew
from model.engines.shapes import as_trained

_ERRORS_ONLY = 3
_TOKENS = 2_048
"""What a network reads at once; more leave a core's cache. The notebook's took 6.3 us of processor time a tweet for
16,384 tokens at once on two cores, and 5.1 us for 4,096."""
_POOLED_TOKENS = 512
"""The same where pooling keeps a vector for every token until the end: 64 units a side took 31 us a tweet for 16,384
tokens at once on two cores, and 22 us for 2,048; the shipped ``brands`` 45 us for 1,024, and 42 us for 512."""


class OnnxEngine:
    """Our own ONNX graph in an ONNX Runtime session.

    threads: each reads pieces of a batch by itself. That takes less than to share each step of the network among them,
    where all wait for the slowest each time: two threads beside a polling one gave 12 % more tweets.
    """

    name = "onnx"
    device = "cpu"
    kernel = "onnxruntime-cpu"

    def __init__(
        self, architecture: Architecture, weights: Mapping[str, npt.NDArray[np.float32]], *, threads: int
    ) -> None:
        self._columns = architecture.columns
        pools = any(isinstance(layer, Pooling) for layer in architecture.layers)
        self._most_tokens = _POOLED_TOKENS if pools else _TOKENS
        options = ort.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = _ERRORS_ONLY
        self._session = ort.InferenceSession(
            build_onnx(architecture, weights), options, providers=["CPUExecutionProvider"]
        )
        self._crew: Crew[tuple[Ids, Lengths], Outputs] = Crew(self._run, threads)

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
        ids = as_trained(ids, self._columns)
        rows, columns = ids.shape
        if rows * columns <= self._most_tokens:
            return self._run((ids, lengths))
        step = max(1, self._most_tokens // columns)
        parts = [slice(start, start + step) for start in range(0, rows, step)]
        return np.concatenate(self._crew.do([(ids[part], lengths[part]) for part in parts]))

    def _run(self, piece: tuple[Ids, Lengths]) -> Outputs:
        ids, lengths = piece
        outputs: Outputs = self._session.run(["outputs"], {"ids": ids, "lengths": lengths})[0]
        return outputs

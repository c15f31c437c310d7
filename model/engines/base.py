"""What an engine promises."""

from typing import Protocol

import numpy as np
import numpy.typing as npt

Ids = npt.NDArray[np.int32]
"""Word ids: [rows, columns], padded on the right with 0."""
Lengths = npt.NDArray[np.int32]
"""Ids in each row that are no padding: [rows], each at least 1."""
Outputs = npt.NDArray[np.float32]
"""[rows, outputs]"""


class Engine(Protocol):
    """Runs one network on one device; a row's outputs do not depend on its neighbours or its padding (1e-5)."""

    @property
    def name(self) -> str:
        """``onnx`` or ``tensorflow``."""

    @property
    def device(self) -> str:
        """``cpu`` or ``gpu``."""

    @property
    def kernel(self) -> str:
        """What computes the network's layers, for people: ``onnxruntime-cpu``, ``tensorflow-cudnn``, ..."""

    def warm(self, longest: int, max_tokens: int) -> None:
        """Meet the shapes to come, so that the first tweets do not pay for it.

        longest: most columns of a batch; max_tokens: most padded tokens of one.
        """

    def cells(self, rows: int, longest: int) -> int:
        """Cells of the array that the network is run on for ``rows`` rows, the longest of ``longest`` ids."""

    def predict(self, ids: Ids, lengths: Lengths) -> Outputs:
        """Run the network once over a batch.

        Errors are the runtime's own: of an id beyond the embedding, or of memory.
        """

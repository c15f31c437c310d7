"""Texts to rows of word-piece ids, and rows to batches that are hardly wider than what is in them."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from model.errors import UsageError
from training.flagship.bert import PADDING

Rows = Sequence[npt.NDArray[np.int32]]
Places = npt.NDArray[np.intp]


class WordPieces:
    """A tokenizer, as its file describes it."""

    def __init__(self, file: Path, most: int) -> None:
        """Read the file; a text becomes at most ``most`` ids, the marks at both ends included.

        Raises UsageError for a file that is missing or no tokenizer.
        """
        from tokenizers import Tokenizer  # noqa: PLC0415 - in the extra `flagship` only

        try:
            self._tokenizer = Tokenizer.from_file(str(file))
        except Exception as error:  # noqa: BLE001 - the library raises nothing narrower
            raise UsageError(f"{file} is no tokenizer ({error}): fetch the encoder anew with 'make minilm'") from None
        self._tokenizer.enable_truncation(most)
        self._tokenizer.no_padding()

    def rows(self, texts: Sequence[str]) -> list[npt.NDArray[np.int32]]:
        """Return each text's ids, int32 [ids]."""
        return [np.array(found.ids, dtype=np.int32) for found in self._tokenizer.encode_batch_fast(list(texts))]


def padded(rows: Rows, places: Places, step: int) -> npt.NDArray[np.int32]:
    """Return one batch: int32 [places, columns], filled up on the right with ``PADDING``.

    It is as wide as its longest row, rounded up to a multiple of ``step``: every width is one more shape that some
    backends compile for.
    """
    longest = max(len(rows[place]) for place in places)
    batch = np.full((len(places), -(-longest // step) * step), PADDING, dtype=np.int32)
    for line, place in enumerate(places):
        batch[line, : len(rows[place])] = rows[place]
    return batch


def by_length(rows: Rows, size: int) -> Iterator[Places]:
    """Yield the places of all rows, each once, in batches of ``size`` (the last one of what is left), longest first.

    What takes most memory comes first, so that what does not fit fails at once.
    """
    order = np.argsort([-len(row) for row in rows], kind="stable").astype(np.intp)
    for start in range(0, len(order), size):
        yield order[start : start + size]

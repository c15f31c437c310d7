"""TensorFlow as training wants it: with its quick kernels, and without its greetings."""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from model.architecture.tensorflow_runtime import import_tensorflow
from training.dependencies import require_training_packages

_KERNELS: Final = "TF_ENABLE_ONEDNN_OPTS"
_STDERR: Final = 2


def prepare_runtime() -> None:
    """Refuse to start without the packages that training needs, and let TensorFlow use oneDNN's kernels.

    They use a processor's vector and matrix units: an epoch of a large LSTM takes two thirds of the time. They round
    differently from one kind of processor to the next, as any training does. Serving leaves them off.
    To be called before TensorFlow is imported.
    """
    require_training_packages()
    prepare_kernels()


def prepare_kernels() -> None:
    """Choose TensorFlow's quick kernels, and what it greets with; see :func:`prepare_runtime`."""
    os.environ.setdefault(_KERNELS, "1")
    # What goes wrong comes as an exception; the lines below that are about kernels that do not apply here.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


def tensorflow() -> Any:  # noqa: ANN401 - TensorFlow ships no types
    """Import TensorFlow. Raises UsageError where it is not installed."""
    if "tensorflow" in sys.modules or os.environ.get(_KERNELS) != "1":
        return import_tensorflow()
    with _greetings_kept_back():
        found = import_tensorflow()
        found.constant(0) + 0  # the second greeting comes with the first operation
    return found


@contextmanager
def _greetings_kept_back() -> Iterator[None]:
    """Keep back what C++ writes to stderr, which no setting silences; after an error, show it."""
    sys.stderr.flush()
    stderr = os.dup(_STDERR)
    with tempfile.TemporaryFile() as kept:
        os.dup2(kept.fileno(), _STDERR)
        try:
            yield
        except BaseException:
            os.dup2(stderr, _STDERR)
            kept.seek(0)
            os.write(_STDERR, kept.read())
            raise
        finally:
            os.dup2(stderr, _STDERR)
            os.close(stderr)

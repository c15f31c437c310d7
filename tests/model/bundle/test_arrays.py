import io
import zipfile
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from model.bundle.arrays import read_arrays, write_arrays
from tests.factories import random_weights, tiny_architecture

ARCHITECTURE = tiny_architecture()


def test_numbers_that_fit_into_16_bits_are_kept_in_16_bits_without_loss() -> None:
    weights = random_weights(ARCHITECTURE)
    whole = write_arrays(weights)
    weights["embedding"] = weights["embedding"].astype(np.float16).astype(np.float32)
    halved = write_arrays(weights)
    assert len(whole) - len(halved) == 2 * weights["embedding"].size
    received = read_arrays(halved, ARCHITECTURE)
    for name, array in weights.items():
        assert received[name].dtype == np.float32
        np.testing.assert_array_equal(received[name], array)


@pytest.mark.parametrize("odd", [1e-9, 70_000.0, 1.0001, -1e38])
def test_one_number_that_does_not_fit_keeps_its_array_in_32_bits(odd: float) -> None:
    weights = random_weights(ARCHITECTURE)
    weights["dense_4.bias"] = np.array([0, 1, 2, odd], np.float32)
    with np.load(io.BytesIO(write_arrays(weights))) as stored:
        assert stored["dense_4.bias"].dtype == np.float32
    received = read_arrays(write_arrays(weights), ARCHITECTURE)["dense_4.bias"]
    np.testing.assert_array_equal(received, weights["dense_4.bias"])


@pytest.mark.parametrize(
    ("values", "complaint"),
    [
        (np.array([0, 1, 2, np.inf], np.float16), "not finite"),
        (np.zeros(4, ">f2"), r"should be float32 '<f4' \[4\], received '>f2' \[4\]"),
        (np.zeros(8, np.float16), r"should be float32 '<f4' \[4\], received '<f2' \[8\]"),
        (np.zeros(4, np.int16), "received '<i2'"),
    ],
)
def test_an_array_of_16_bits_is_looked_at_as_closely(values: npt.NDArray[Any], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        read_arrays(_with_member(values), ARCHITECTURE)


def test_numbers_that_are_missing_or_too_many_are_refused() -> None:
    for length in (7, 9):
        with pytest.raises(ValueError, match=f"should hold 8 bytes of numbers, received {length}"):
            read_arrays(_with_member(np.zeros(4, np.float16), length), ARCHITECTURE)


def _with_member(values: npt.NDArray[Any], length: int | None = None) -> bytes:
    """Write arrays with another one in place of ``dense_4.bias``; length: of its numbers, in bytes."""
    content, member = io.BytesIO(write_arrays(random_weights(ARCHITECTURE))), io.BytesIO()
    np.save(member, values)
    raw = member.getvalue()
    if length is not None:
        raw = (raw + b"\0")[: len(raw) - values.nbytes + length]
    with zipfile.ZipFile(content) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    changed = io.BytesIO()
    with zipfile.ZipFile(changed, "w") as archive:
        for name, old in members.items():
            archive.writestr(name, raw if name == "dense_4.bias.npy" else old)
    return changed.getvalue()

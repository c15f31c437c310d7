"""Weights as ``.npz``: float32 arrays of declared names and shapes, and nothing else.

``numpy.load`` would believe the file about its sizes; this reader believes the architecture.
"""

import io
import zipfile
import zlib
from collections.abc import Mapping
from math import prod

import numpy as np
import numpy.typing as npt
from numpy.lib import format as npy

from model.architecture.config import Architecture, Shape
from model.architecture.weights import Weights, checked

_MAX_HEADER = 1024
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


def write_arrays(weights: Mapping[str, npt.NDArray[np.float32]]) -> bytes:
    """Serialise arrays; the same arrays give the same bytes."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_STORED) as archive:
        for name, array in weights.items():
            member = io.BytesIO()
            npy.write_array(member, np.ascontiguousarray(array, "<f4"), version=(1, 0), allow_pickle=False)
            archive.writestr(zipfile.ZipInfo(f"{name}.npy"), member.getvalue())
    return content.getvalue()


def read_arrays(content: bytes, architecture: Architecture) -> Weights:
    """Read the arrays that an architecture declares.

    No more memory is taken than they need. Raises ValueError for anything else than just those arrays.
    """
    shapes = architecture.weight_shapes()
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = archive.infolist()
            expected = {f"{name}.npy" for name in shapes}
            names = [member.filename for member in members]
            if len(names) != len(expected) or set(names) != expected:
                odd = sorted(expected.symmetric_difference(names)) or sorted(names)
                raise ValueError(f"it should hold {len(expected)} arrays, received {len(names)}; look at {odd[0]!r}")
            weights = {
                member.filename.removesuffix(".npy"): _read_member(
                    archive, member, shapes[member.filename.removesuffix(".npy")]
                )
                for member in members
            }
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise ValueError(f"it is no intact npz archive ({error})") from None
    return checked(architecture, weights)


def _read_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, shape: Shape) -> npt.NDArray[np.float32]:
    encrypted = member.flag_bits & 1
    if encrypted or member.compress_type not in _METHODS:
        raise ValueError(f"member {member.filename!r} is encrypted or compressed in an unusual way")
    size = 4 * prod(shape)
    if not size <= member.file_size <= size + _MAX_HEADER:
        raise ValueError(
            f"member {member.filename!r} should hold {size} bytes of float32 {list(shape)}, received {member.file_size}"
        )
    with archive.open(member) as stream:
        raw = io.BytesIO(stream.read(size + _MAX_HEADER + 1))
    npy.read_magic(raw)
    received, fortran_order, dtype = npy.read_array_header_1_0(raw, max_header_size=_MAX_HEADER)
    if received != shape or dtype != np.dtype("<f4") or fortran_order:
        raise ValueError(
            f"member {member.filename!r} should be float32 {list(shape)}, received {dtype} {list(received)}"
        )
    values = raw.read()
    if len(values) != size:
        raise ValueError(f"member {member.filename!r} should hold {size} bytes of numbers, received {len(values)}")
    return np.frombuffer(values, "<f4").reshape(shape).astype(np.float32, copy=False)

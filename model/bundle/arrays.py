"""Weights as ``.npz``: float32 arrays of declared names and shapes, and nothing else.

An array whose every number has a place in 16 bits is kept in 16 bits, at half the size and without loss; who wants that
rounds it before the network answers the golden texts.

``numpy.load`` would believe the file about its sizes, and parse each array's header as Python; this reader believes the
architecture, and knows one form of header: the one that numpy writes.
"""

import io
import re
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
_FLAGS = 0x80E
"""Of a member: how it was deflated, sizes that follow the data, a name in UTF-8; no encryption, no patches."""
_BYTES = {"'<f4'": 4, "'<f2'": 2}
_HEADER = re.compile(
    rb"\x93NUMPY\x01\x00(?P<length>..)"
    rb"(?P<text>\{'descr': (?P<type>[^{}\n]+), 'fortran_order': (?P<fortran>True|False), "
    rb"'shape': \((?P<shape>[0-9, ]*)\), \} *\n)",
    re.DOTALL,
)
"""Array format 1.0, see ``numpy.lib.format``."""


def write_arrays(weights: Mapping[str, npt.NDArray[np.float32]]) -> bytes:
    """Serialise arrays; the same arrays give the same bytes."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_STORED) as archive:
        for name, array in weights.items():
            member = io.BytesIO()
            npy.write_array(member, _smallest(array), version=(1, 0), allow_pickle=False)
            archive.writestr(zipfile.ZipInfo(f"{name}.npy"), member.getvalue())
    return content.getvalue()


def _smallest(array: npt.NDArray[np.float32]) -> npt.NDArray[np.floating]:
    whole = np.ascontiguousarray(array, "<f4")
    with np.errstate(over="ignore"):
        half = whole.astype("<f2")
    return half if np.array_equal(half.astype("<f4"), whole) else whole


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
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise ValueError(f"it is no intact npz archive ({error})") from None
    return checked(architecture, weights)


def _read_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, shape: Shape) -> npt.NDArray[np.float32]:
    if member.flag_bits & ~_FLAGS or member.compress_type not in _METHODS:
        raise ValueError(f"member {member.filename!r} is encrypted or compressed in an unusual way")
    size = 4 * prod(shape)
    if not size // 2 <= member.file_size <= size + _MAX_HEADER:
        raise ValueError(
            f"member {member.filename!r} should hold {size} bytes of float32 {list(shape)}, received {member.file_size}"
        )
    with archive.open(member) as stream:
        raw = stream.read(size + _MAX_HEADER + 1)
    header = _HEADER.match(raw)
    if header is None or len(header["text"]) != int.from_bytes(header["length"], "little"):
        raise ValueError(f"member {member.filename!r} has no header of format 1.0 such as numpy writes")
    kind = header["type"].decode("ascii", "backslashreplace")
    order = " by columns" if header["fortran"] == b"True" else ""
    received = [int(length) for length in header["shape"].replace(b",", b" ").split()]
    if received != list(shape) or kind not in _BYTES or order:
        raise ValueError(
            f"member {member.filename!r} should be float32 '<f4' {list(shape)}, received {kind} {received}{order}"
        )
    values = memoryview(raw)[header.end() :]
    size = _BYTES[kind] * prod(shape)
    if len(values) != size:
        raise ValueError(f"member {member.filename!r} should hold {size} bytes of numbers, received {len(values)}")
    return np.frombuffer(values, kind.strip("'")).reshape(shape).astype(np.float32, copy=False)

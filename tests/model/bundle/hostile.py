"""Ways to spoil a bundle on purpose, as an author of ill will can: the manifest fits what is there."""

import hashlib
import io
import os
import socket
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import orjson

from model.bundle.files import MANIFEST, SIGNATURE, WEIGHTS

Spoil = Callable[[Path], None]
GIB = 1024**3


def fit_manifest(path: Path) -> None:
    """Write a manifest that fits."""
    contents = {file.name: file.read_bytes() for file in path.iterdir() if file.name not in (MANIFEST, SIGNATURE)}
    digests = {name: hashlib.sha256(content).hexdigest() for name, content in contents.items()}
    (path / MANIFEST).write_bytes(orjson.dumps(digests))


def lists(name: str) -> Spoil:
    """A manifest that lists one file more, under any name, with the right hash of whatever is there."""

    def spoil(path: Path) -> None:
        manifest = orjson.loads((path / MANIFEST).read_bytes())
        (path.parent / "x").write_bytes(b"secret")
        (path / MANIFEST).write_bytes(orjson.dumps(manifest | {name: hashlib.sha256(b"secret").hexdigest()}))

    return spoil


def links(name: str, target: str) -> Spoil:
    """A link in place of a file; the content is right where the target is ``other``, within or beside the bundle."""

    def spoil(path: Path) -> None:
        if Path(target).name == "other":
            (path / target).write_bytes((path / name).read_bytes())
        (path / name).unlink()
        (path / name).symlink_to(target)
        if target == "other":
            fit_manifest(path)

    return spoil


def a_socket(path: Path) -> None:
    (path / "golden.json").unlink()
    before = Path.cwd()
    os.chdir(path)  # a socket's path is at most 108 bytes long
    try:
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind("golden.json")
    finally:
        os.chdir(before)


def a_pipe(path: Path) -> None:
    (path / WEIGHTS).unlink()
    os.mkfifo(path / WEIGHTS)


def a_pipe_for_a_manifest(path: Path) -> None:
    (path / MANIFEST).unlink()
    os.mkfifo(path / MANIFEST)


def a_directory(path: Path) -> None:
    (path / "bundle.json").unlink()
    (path / "bundle.json").mkdir()


def sparse(name: str, size: int) -> Spoil:
    """A file of any size that takes no room on the disk."""
    return lambda path: os.truncate(path / name, size)


def many_sparse_files(path: Path) -> None:
    manifest = orjson.loads((path / MANIFEST).read_bytes())
    for number in range(30):
        (path / f"extra-{number}").touch()
        os.truncate(path / f"extra-{number}", 64 * 1024 * 1024)
        manifest[f"extra-{number}"] = "0" * 64
    (path / MANIFEST).write_bytes(orjson.dumps(manifest))


def rewritten(path: Path, edit: Callable[[dict[str, bytes]], object], method: int = zipfile.ZIP_STORED) -> None:
    """Change the members of the weights' archive."""
    with zipfile.ZipFile(path / WEIGHTS) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    edit(members)
    with zipfile.ZipFile(path / WEIGHTS, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    fit_manifest(path)


def npy(array: object, *, pickled: bool = False) -> bytes:
    content = io.BytesIO()
    np.save(content, np.asanyarray(array), allow_pickle=pickled)
    return content.getvalue()


def array(values: object, name: str = "dense_4.bias") -> Spoil:
    """Another array in place of a declared one; ``dense_4.bias`` is float32 [4]."""
    return lambda path: rewritten(path, lambda members: members.update({f"{name}.npy": npy(values)}))


def a_header(text: bytes) -> Spoil:
    """The right numbers under a header of one's own."""
    header = text + b" " * (117 - len(text)) + b"\n"
    member = b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + bytes(16)
    return lambda path: rewritten(path, lambda members: members.update({"dense_4.bias.npy": member}))


class _Opens:
    """Writes a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, ...]:
        return Path.touch, (self.path,)


def a_pickle_that_acts(path: Path) -> None:
    holds = np.empty(1, object)
    holds[0] = _Opens(path.parent / "was-run")
    content = npy(holds, pickled=True)
    rewritten(path, lambda members: members.update({"dense_4.bias.npy": content}))


def a_bare_pickle(path: Path) -> None:
    (path / WEIGHTS).write_bytes(b"\x80\x04\x95" + bytes(8) + b"N.")
    fit_manifest(path)


def a_bomb(path: Path) -> None:
    """An archive of some 100 KB that inflates to 64 MiB, and says so."""
    with zipfile.ZipFile(path / WEIGHTS) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path / WEIGHTS, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, content in members.items():
            with archive.open(name, "w") as member:
                member.write(content)
                for _ in range(64 if name == "dense_4.bias.npy" else 0):
                    member.write(bytes(1024 * 1024))
    fit_manifest(path)


def central(offset: int, value: bytes) -> Spoil:
    """Overwrite a field of the first entry in the archive's directory."""

    def spoil(path: Path) -> None:
        content = bytearray((path / WEIGHTS).read_bytes())
        start = content.index(b"PK\x01\x02") + offset
        content[start : start + len(value)] = value
        (path / WEIGHTS).write_bytes(content)
        fit_manifest(path)

    return spoil


def json_with(name: str, old: bytes, new: bytes) -> Spoil:
    """Replace the first occurrence of a text in a JSON file."""

    def spoil(path: Path) -> None:
        content = (path / name).read_bytes()
        assert old in content
        (path / name).write_bytes(content.replace(old, new, 1))
        fit_manifest(path)

    return spoil


def manifest_with(old: bytes, new: bytes) -> Spoil:
    """Replace the first occurrence of a text in the manifest."""

    def spoil(path: Path) -> None:
        content = (path / MANIFEST).read_bytes()
        assert old in content
        (path / MANIFEST).write_bytes(content.replace(old, new, 1))

    return spoil

"""A bundle from a stranger: refused in one line, quickly, and with nothing of it run, unpacked or followed."""

import hashlib
import os
import shutil
import sys
import tarfile
import tracemalloc
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from model.bundle import files
from model.bundle.read import load_bundle
from model.classifier import Classifier
from model.cli import app
from model.console import run
from model.errors import BundleError
from tests.model.bundle import hostile
from tests.model.bundle.hostile import GIB, Spoil, array, central, json_with, links, lists, manifest_with, sparse

MIB = 1024 * 1024
NOT_BESIDE = "which is no file beside it"
PLAIN = "a bundle holds plain files only"

ATTACKS: dict[str, tuple[Spoil, str]] = {
    "a name that climbs out": (lists("../x"), NOT_BESIDE),
    "a name that climbs out later": (lists("a/../../x"), NOT_BESIDE),
    "an absolute name": (lists("/etc/hostname"), NOT_BESIDE),
    "a name with backslashes": (lists("..\\x"), NOT_BESIDE),
    "a name with a drive": (lists("C:x"), NOT_BESIDE),
    "a name with a null": (lists("x\0.json"), NOT_BESIDE),
    "a name with a line feed": (lists("x\nbundle 'y' is good"), NOT_BESIDE),
    "a name that colours the terminal": (lists("\x1b[2Jx"), NOT_BESIDE),
    "a name of other scripts": (lists("\uff0e\uff0e/x"), NOT_BESIDE),
    "a name without end": (lists("x" * 300), NOT_BESIDE),
    "a hidden name": (lists(".x"), NOT_BESIDE),
    "a signature that the manifest lists": (lists("manifest.json.sig"), NOT_BESIDE),
    "a link to a file within": (links("golden.json", "other"), f"golden.json is a link, {PLAIN}"),
    "a link to a file outside": (links("weights.npz", "../other"), f"weights.npz is a link, {PLAIN}"),
    "a link to a device": (links("weights.npz", "/dev/zero"), f"weights.npz is a link, {PLAIN}"),
    "a link to nothing": (links("bundle.json", "nowhere"), f"bundle.json is a link, {PLAIN}"),
    "a link for a manifest": (links("manifest.json", "../other"), f"manifest.json is a link, {PLAIN}"),
    "a link for a signature": (
        lambda path: (path / "manifest.json.sig").symlink_to("/dev/zero"),
        f"manifest.json.sig is a link, {PLAIN}",
    ),
    "a pipe": (hostile.a_pipe, f"weights.npz is no plain file, {PLAIN}"),
    "a pipe for a manifest": (hostile.a_pipe_for_a_manifest, f"manifest.json is no plain file, {PLAIN}"),
    "a pipe for a signature": (
        lambda path: os.mkfifo(path / "manifest.json.sig"),
        f"manifest.json.sig is no plain file, {PLAIN}",
    ),
    "a socket": (hostile.a_socket, f"golden.json is no plain file, {PLAIN}"),
    "a directory": (hostile.a_directory, f"bundle.json is no plain file, {PLAIN}"),
    "10 GiB of weights": (sparse("weights.npz", 10 * GIB), f"has {10 * GIB} bytes, at most {1100 * MIB} are read"),
    "10 GiB of manifest": (sparse("manifest.json", 10 * GIB), f"has {10 * GIB} bytes, at most {MIB} are read"),
    "10 GiB of model card": (sparse("MODEL_CARD.md", 10 * GIB), f"has {10 * GIB} bytes, at most {64 * MIB} are read"),
    "many large files": (hostile.many_sparse_files, f"bytes in all, at most {1700 * MIB} are read"),
    "an archive that inflates": (hostile.a_bomb, "should hold 16 bytes of float32 [4], received 67109008"),
    "a pickled array": (hostile.a_pickle_that_acts, "weights.npz does not fit bundle.json"),
    "a pickle for weights": (hostile.a_bare_pickle, "it is no intact npz archive"),
    "an encrypted member": (central(8, b"\x01"), "is encrypted or compressed in an unusual way"),
    "a strongly encrypted member": (central(8, b"\x40"), "weights.npz does not fit bundle.json"),
    "a patched member": (central(8, b"\x20"), "weights.npz does not fit bundle.json"),
    "an archive of a later version": (central(6, b"\xff"), "weights.npz does not fit bundle.json"),
    "a member without end": (central(24, b"\xff\xff\xff\xff"), "weights.npz does not fit bundle.json"),
    "a member elsewhere": (central(42, b"\xff\xff\xff\x7f"), "weights.npz does not fit bundle.json"),
    "a clean-up that its vocabulary is not made for": (
        json_with("bundle.json", b'"brands-notebook"', b'"tweet"'),
        "vocabulary.json is malformed: the vocabulary must be an object with the keys 'pieces', 'words'",
    ),
    "a layer where there are no tokens": (
        json_with("bundle.json", b'"type": "dropout"', b'"type": "token_dropout"'),
        "a token_dropout must stand where there is one vector a token",
    ),
    "a pooling of one vector": (
        json_with(
            "bundle.json", b'"type": "dropout",\n        "rate": 0.5', b'"type": "pooling",\n        "kinds": ["max"]'
        ),
        "at most one pooling, then one or more dense",
    ),
    "numbers from the last end": (array(np.zeros(4, ">f4")), "should be float32 '<f4' [4], received '>f4' [4]"),
    "whole numbers": (array(np.zeros(4, "<i4")), "received '<i4' [4]"),
    "double numbers": (array(np.zeros(2, "<f8")), "received '<f8' [2]"),
    "numbers by columns": (
        array(np.zeros((13, 4), "<f4", order="F"), "embedding"),
        "received '<f4' [13, 4] by columns",
    ),
    "raw bytes": (array(np.zeros(4, "V4")), "received '|V4' [4]"),
    "records": (array(np.zeros(4, [("a", "<f4")])), "received [('a', '<f4')] [4]"),
    "another shape": (array(np.zeros((2, 2), "<f4")), "should be float32 '<f4' [4], received '<f4' [2, 2]"),
    "a header without end": (hostile.a_header(b"{'descr': " + b"(" * 90), "weights.npz does not fit bundle.json"),
    "a header of signs": (hostile.a_header(b"-" * 110 + b"1"), "weights.npz does not fit bundle.json"),
    "a header that is code": (hostile.a_header(b"__import__('os').abort()"), "weights.npz does not fit bundle.json"),
    "a header of a negative shape": (
        hostile.a_header(b"{'descr': '<f4', 'fortran_order': False, 'shape': (-4,), }"),
        "weights.npz does not fit bundle.json",
    ),
    "a name twice in the metadata": (
        json_with("bundle.json", b'"version": "1.0.0"', b'"version": "9", "version": "1.0.0"'),
        "bundle.json has the name 'version' twice in one object",
    ),
    "a name twice in the vocabulary": (
        json_with("vocabulary.json", b'"forms": {', b'"forms": {"ipads": 1,'),
        "vocabulary.json has the name 'ipads' twice in one object",
    ),
    "a name twice in the golden answers": (
        json_with("golden.json", b'"text":', b'"text": "other", "text":'),
        "golden.json has the name 'text' twice in one object",
    ),
    "a name twice in the manifest": (
        manifest_with(b"{", b'{"weights.npz": "' + b"0" * 64 + b'",'),
        "manifest.json has the name 'weights.npz' twice in one object",
    ),
    "a number without end": (
        json_with("bundle.json", b'"max_length": 20', b'"max_length": ' + b"9" * 100_000),
        "bundle.json",
    ),
    "a length without end": (json_with("bundle.json", b'"max_length": 20', b'"max_length": 2000000'), "max_length"),
    "a network beyond any memory": (
        json_with("bundle.json", b'"rows": 13,\n      "dimension": 4', b'"rows": 9999999, "dimension": 999999'),
        "at most 268435456 parameters are served",
    ),
    "a label that colours the terminal": (
        json_with("bundle.json", b'"negative"', rb'"\u001b[2Jnegative"'),
        "bundle.json is malformed: labels.1",
    ),
    "a field that colours the terminal": (
        json_with("bundle.json", b'"name"', rb'"\u001b[2J": "\u202e", "name"'),
        r"bundle.json is malformed: \x1b[2J: Extra inputs",
    ),
    "a field without end": (
        json_with("bundle.json", b'"name"', b'"' + b"x" * 100_000 + b'": "y", "name"'),
        "bundle.json is malformed: xxx",
    ),
    "a digest without end": (manifest_with(b'": "', b'": "' + b"0" * 100_000), "should give 64 hexadecimal digits"),
    "a number beyond all": (json_with("bundle.json", b"0.59", b"1e999"), "bundle.json"),
    "brackets 1,000 deep": (
        json_with("bundle.json", b'"metrics": {}', b'"metrics": {"a": ' + b"[" * 1000 + b"]" * 1000 + b"}"),
        "bundle.json is nested too deeply",
    ),
}


def verdict(path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> tuple[object, str]:
    """Exit code of ``warble-model verify`` and what it says on standard error."""
    monkeypatch.setattr(sys, "argv", ["warble-model", "verify", str(path)])
    with pytest.raises(SystemExit) as left:
        run(app, "warble-model")
    said = capsys.readouterr()
    assert said.out == ""
    return left.value.code, said.err


@pytest.fixture
def path(bundle_path: Path, tmp_path: Path) -> Path:
    """A copy that a test may spoil."""
    return Path(shutil.copytree(bundle_path, tmp_path / "spoiled"))


@pytest.mark.parametrize("attack", ATTACKS)
def test_it_is_refused_in_one_line_by_whatever_loads_it(
    attack: str, path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    spoil, complaint = ATTACKS[attack]
    spoil(path)
    tracemalloc.start()
    with pytest.raises(BundleError) as raised:
        Classifier.load(str(path), engine="onnx", threads=1)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    text = str(raised.value)
    assert text.startswith(f"bundle '{path}' was refused: ")
    assert complaint in text
    assert text.isprintable()
    assert len(text) < 1000
    assert peak < 16 * MIB
    assert not (path.parent / "was-run").exists()
    code, said = verdict(path, monkeypatch, capsys)
    assert (code, said) == (3, f"warble-model: error: {text}\n")


def test_a_device_is_refused(path: Path) -> None:
    (path / "weights.npz").unlink()
    try:
        os.mknod(path / "weights.npz", 0o20666, os.makedev(1, 5))
    except PermissionError:
        pytest.skip("NOT TESTED: this user may not make devices")
    with pytest.raises(BundleError, match=r"weights\.npz is no plain file"):
        load_bundle(path)


def test_an_unlisted_name_cannot_draw_on_the_terminal(path: Path) -> None:
    (path / "\x1b[2Jx\n\udcff").touch()
    with pytest.raises(BundleError) as raised:
        load_bundle(path)
    assert r"'\x1b[2Jx\n\udcff' is in the directory" in str(raised.value)
    assert str(raised.value).isprintable()


def test_a_hard_link_is_a_file_like_any_other(path: Path) -> None:
    os.link(path / "weights.npz", path.parent / "weights.npz")
    assert load_bundle(path).weights


def test_what_numpy_itself_writes_is_read_in_either_size_of_archive(path: Path) -> None:
    weights: dict[str, Any] = dict(load_bundle(path).weights)
    np.savez(path / "weights.npz", **weights)
    assert b"\x01\x00\x10\x00" in (path / "weights.npz").read_bytes()[:100]  # the extra field of Zip64
    hostile.fit_manifest(path)
    assert load_bundle(path).weights.keys() == weights.keys()


@pytest.mark.parametrize("kind", ["zip", "tar"])
def test_an_archive_is_no_bundle(
    kind: str, path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    packed = path.parent / f"bundle.{kind}"
    if kind == "zip":
        with zipfile.ZipFile(packed, "w") as archive:
            archive.write(path, "bundle")
    else:
        with tarfile.open(packed, "w") as archive:
            archive.add(path, "bundle")
    code, said = verdict(packed, monkeypatch, capsys)
    assert code == 3
    assert "is no directory: give a bundle's directory or a name" in said


@pytest.mark.parametrize("value", ["NaN", "Infinity", "1e999", "2", "-0.1", '"0.5"', "true"])
def test_a_threshold_that_is_no_probability_is_refused(path: Path, value: str) -> None:
    json_with("bundle.json", b'"threshold": null', f'"threshold": {{"label": "a", "value": {value}}}'.encode())(path)
    with pytest.raises(BundleError, match=r"bundle\.json is (malformed: threshold\.value|no valid JSON)"):
        load_bundle(path)


def test_what_is_parsed_is_what_was_hashed_though_the_files_are_swapped_meanwhile(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = load_bundle(path)

    def hashed(content: bytes) -> Any:  # noqa: ANN401 - a hash object
        for file in path.iterdir():
            if file.read_bytes() == content:
                file.write_bytes(b"swapped")
        return sha256(content)

    sha256 = hashlib.sha256
    monkeypatch.setattr(hashlib, "sha256", hashed)
    after = load_bundle(path)
    monkeypatch.undo()
    assert {name: (path / name).read_bytes() for name in files.REQUIRED} == dict.fromkeys(files.REQUIRED, b"swapped")
    assert (after.metadata, after.vocabulary, after.golden) == (before.metadata, before.vocabulary, before.golden)
    for name, weights in before.weights.items():
        np.testing.assert_array_equal(after.weights[name], weights)

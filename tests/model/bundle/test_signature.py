"""Signed bundles: who signs, who asks for it, and what is refused."""

import base64
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from model.bundle import signature
from model.bundle.read import load_bundle
from model.classifier import Classifier
from model.cli import app
from model.console import run
from model.errors import BundleError, UsageError
from tests.factories import tiny_bundle
from tests.model.bundle.hostile import fit_manifest
from tests.model.bundle.keys import KeyPair

SIGNATURE = "manifest.json.sig"

WarbleModel = Callable[..., tuple[object, str]]


@pytest.fixture
def keys(tmp_path: Path) -> KeyPair:
    return KeyPair(tmp_path)


@pytest.fixture
def path(bundle_path: Path, tmp_path: Path) -> Path:
    """A copy that a test may sign and spoil."""
    return Path(shutil.copytree(bundle_path, tmp_path / "bundle"))


@pytest.fixture
def warble_model(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> WarbleModel:
    """Run a command in this process; returns its exit code and the one stream that it wrote to."""

    def call(*arguments: str | Path) -> tuple[object, str]:
        monkeypatch.setattr(sys, "argv", ["warble-model", *map(str, arguments)])
        with pytest.raises(SystemExit) as left:
            run(app, "warble-model")
        said = capfd.readouterr()
        assert "" in said
        return left.value.code, said.out or said.err

    return call


def change(path: Path, **fields: object) -> None:
    """Change fields of a signature; None takes a field away."""
    value = orjson.loads((path / SIGNATURE).read_bytes()) | fields
    kept = {name: field for name, field in value.items() if field is not None}
    (path / SIGNATURE).write_bytes(orjson.dumps(kept))


def refusal(path: Path, keys: KeyPair) -> str:
    with pytest.raises(BundleError) as raised:
        Classifier.load(str(path), engine="onnx", threads=1, public_key=keys.public)
    assert str(raised.value).isprintable()
    return str(raised.value)


def test_a_bundle_that_the_key_signed_is_loaded(path: Path, keys: KeyPair, warble_model: WarbleModel) -> None:
    code, said = warble_model("sign", path, "--key", keys.private)
    name = load_bundle(path, public_key=keys.public).signed_by
    assert (code, said) == (0, f"bundle tiny@1.0.0 is signed by key {name}: {SIGNATURE}\n")
    code, said = warble_model("verify", path, "--public-key", keys.public)
    assert code == 0
    assert f"signed   by key {name}\n" in said
    code, said = warble_model("classify", "meh", "--bundle", path, "--public-key", keys.public)
    assert (code, "label" in orjson.loads(said)) == (0, True)
    code, said = warble_model("show", path, "--public-key", keys.public)
    assert (code, orjson.loads(said)["signed_by"]) == (0, name)


def test_a_signature_is_what_openssl_would_make_and_check(
    path: Path, keys: KeyPair, warble_model: WarbleModel, tmp_path: Path
) -> None:
    if shutil.which("openssl") is None:
        pytest.skip("NOT TESTED: no openssl on this machine")
    private, public, raw = tmp_path / "private.pem", tmp_path / "public.pem", tmp_path / "raw"
    subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", private], check=True, capture_output=True)
    subprocess.run(["openssl", "pkey", "-in", private, "-pubout", "-out", public], check=True, capture_output=True)
    assert warble_model("sign", path, "--key", private)[0] == 0
    assert load_bundle(path, public_key=public).signed_by
    raw.write_bytes(base64.b64decode(orjson.loads((path / SIGNATURE).read_bytes())["signature"]))
    command = ["openssl", "pkeyutl", "-verify", "-rawin", "-pubin"]
    files = ["-inkey", str(public), "-in", str(path / "manifest.json"), "-sigfile", str(raw)]
    subprocess.run([*command, *files], check=True, capture_output=True)
    assert keys.public.exists()


def test_without_a_public_key_a_signature_is_not_looked_at(path: Path, warble_model: WarbleModel) -> None:
    (path / SIGNATURE).write_bytes(b"anything")
    assert load_bundle(path).signed_by is None
    code, said = warble_model("verify", path)
    assert code == 0
    assert "signed   not asked" in said


@pytest.mark.parametrize("command", [["show"], ["verify"], ["classify", "meh", "--bundle"]])
def test_an_unsigned_bundle_is_refused_where_a_key_is_given(
    command: list[str], path: Path, keys: KeyPair, warble_model: WarbleModel
) -> None:
    code, said = warble_model(*command, path, "--public-key", keys.public)
    assert code == 3
    assert said.count("\n") == 1
    assert f"bundle '{path}' was refused: {SIGNATURE} is missing, and a public key is set" in said


def test_a_shipped_bundle_is_no_exception(keys: KeyPair) -> None:
    with pytest.raises(BundleError, match=f"bundle 'brands' was refused: {SIGNATURE} is missing"):
        load_bundle("brands", public_key=keys.public)


def test_another_keys_signature_is_refused(path: Path, keys: KeyPair, warble_model: WarbleModel) -> None:
    other = KeyPair(keys.private.parent, number=2)
    warble_model("sign", path, "--key", other.private)
    theirs, ours = (load_bundle(path, public_key=other.public).signed_by, signature.read_public_key(keys.public).name)
    assert f"no signature of manifest.json by the public key that is set ({ours}), it names key {theirs}" in refusal(
        path, keys
    )
    change(path, key=ours)
    assert f"no signature of manifest.json by the public key that is set ({ours}): fetch" in refusal(path, keys)


def test_a_manifest_that_fits_other_files_is_refused_before_they_are_read(
    path: Path, keys: KeyPair, warble_model: WarbleModel
) -> None:
    warble_model("sign", path, "--key", keys.private)
    (path / "MODEL_CARD.md").write_text("Trust me.")
    fit_manifest(path)
    assert load_bundle(path).metadata.name == "tiny"
    (path / "weights.npz").unlink()
    assert "is no signature of manifest.json" in refusal(path, keys)


def test_a_signed_manifest_does_not_excuse_its_files(path: Path, keys: KeyPair, warble_model: WarbleModel) -> None:
    warble_model("sign", path, "--key", keys.private)
    (path / "MODEL_CARD.md").write_text("Trust me.")
    assert "MODEL_CARD.md has SHA-256" in refusal(path, keys)


def test_another_layout_of_the_same_manifest_is_not_what_was_signed(
    path: Path, keys: KeyPair, warble_model: WarbleModel
) -> None:
    warble_model("sign", path, "--key", keys.private)
    (path / "manifest.json").write_bytes((path / "manifest.json").read_bytes() + b"\n")
    assert "is no signature of manifest.json" in refusal(path, keys)


def test_the_signature_of_another_bundle_is_refused(
    path: Path, keys: KeyPair, warble_model: WarbleModel, tmp_path: Path
) -> None:
    other = tiny_bundle(tmp_path / "other", seed=2)
    warble_model("sign", other, "--key", keys.private)
    shutil.copy(other / SIGNATURE, path)
    assert "is no signature of manifest.json" in refusal(path, keys)


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"algorithm": "none"}, "is malformed: algorithm"),
        ({"algorithm": "hmac"}, "is malformed: algorithm"),
        ({"key": "x"}, "is malformed: key"),
        ({"signature": ""}, "is malformed: signature"),
        ({"signature": None}, "is malformed: signature"),
        ({"signature": "A" * 86 + "=="}, "is no signature of"),
        ({"signature": "é" * 86 + "=="}, "is malformed: signature"),
        ({"signature": 3}, "is malformed: signature"),
        ({"surprise": 1}, "is malformed: surprise"),
        ({"\x1b[2J": 1}, r"is malformed: \x1b[2J"),
    ],
)
def test_a_signature_that_is_none_is_refused(
    fields: dict[str, Any], complaint: str, path: Path, keys: KeyPair, warble_model: WarbleModel
) -> None:
    warble_model("sign", path, "--key", keys.private)
    change(path, **fields)
    assert complaint in refusal(path, keys)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b"\xff", bytes(64), b"[" * 2000, b"x" * 5000])
def test_what_is_no_json_object_is_no_signature(content: bytes, path: Path, keys: KeyPair) -> None:
    (path / SIGNATURE).write_bytes(content)
    assert SIGNATURE in refusal(path, keys)


def pem(kind: str, keys: KeyPair) -> bytes:
    elliptic = generate_private_key(SECP256R1())
    made: dict[str, bytes] = {
        "empty": b"",
        "text": b"ssh-ed25519 AAAA",
        "endless": b"x" * 100_000,
        "broken": keys.public.read_bytes().replace(b"MCow", b"AAAA"),
        "a private key": keys.private.read_bytes(),
        "a public key": keys.public.read_bytes(),
        "another public kind": elliptic.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
        "another private kind": elliptic.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
        "encrypted": keys.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"hunter2")),
    }
    return made[kind]


@pytest.mark.parametrize(
    ("kind", "complaint"),
    [
        ("empty", "holds no public key in PEM"),
        ("text", "holds no public key in PEM"),
        ("endless", "has more than 65536 bytes"),
        ("broken", "holds no public key in PEM"),
        ("a private key", "holds a private key"),
        ("another public kind", "of another kind than ed25519"),
    ],
)
def test_a_public_key_that_is_none_is_bad_usage_whatever_the_bundle(
    kind: str, complaint: str, path: Path, keys: KeyPair, warble_model: WarbleModel
) -> None:
    keys.public.write_bytes(pem(kind, keys))
    shutil.rmtree(path)
    code, said = warble_model("verify", path, "--public-key", keys.public)
    assert (code, said.count("\n")) == (2, 1)
    assert f"public key '{keys.public}' {complaint}" in said or complaint in said
    assert "openssl pkey" in said
    assert "BEGIN" not in said


@pytest.mark.parametrize("where", ["nowhere.pem", "."])
def test_a_public_key_that_cannot_be_read_is_bad_usage(where: str, path: Path, warble_model: WarbleModel) -> None:
    code, said = warble_model("verify", path, "--public-key", path.parent / where)
    assert (code, said.count("\n")) == (2, 1)
    assert "cannot be read: " in said


@pytest.mark.parametrize(
    ("kind", "complaint"),
    [
        ("empty", "holds no private key in PEM"),
        ("a public key", "holds no private key in PEM"),
        ("another private kind", "of another kind than ed25519"),
        ("encrypted", "is encrypted: give it in the clear and on no disk, as in 'openssl pkey"),
    ],
)
def test_a_private_key_that_is_none_signs_nothing(
    kind: str, complaint: str, path: Path, keys: KeyPair, warble_model: WarbleModel
) -> None:
    keys.private.write_bytes(pem(kind, keys))
    code, said = warble_model("sign", path, "--key", keys.private)
    assert (code, said.count("\n")) == (2, 1)
    assert complaint in said
    assert "BEGIN" not in said
    assert not (path / SIGNATURE).exists()


def test_a_bundle_that_would_be_refused_is_not_signed(path: Path, keys: KeyPair, warble_model: WarbleModel) -> None:
    (path / "golden.json").write_bytes(b"{}")
    code, said = warble_model("sign", path, "--key", keys.private)
    assert code == 3
    assert "golden.json has SHA-256" in said
    assert not (path / SIGNATURE).exists()


def test_signing_again_takes_the_place_of_the_old_signature_and_leaves_nothing_beside(
    path: Path, keys: KeyPair, warble_model: WarbleModel
) -> None:
    other = KeyPair(keys.private.parent, number=2)
    link = path.parent / "link"
    link.symlink_to(path)
    before = {file.name for file in path.parent.iterdir()}
    warble_model("sign", path, "--key", other.private)
    old = (path / SIGNATURE).read_bytes()
    with (path / SIGNATURE).open("rb") as being_read:
        assert warble_model("sign", link, "--key", keys.private)[0] == 0
        assert being_read.read() == old
    assert load_bundle(path, public_key=keys.public).signed_by
    assert {file.name for file in path.parent.iterdir()} == before
    assert {file.name for file in path.iterdir()} == {*load_bundle(path).digests, "manifest.json", SIGNATURE}


def test_a_signature_that_cannot_be_put_in_place_leaves_the_old_one(
    path: Path, keys: KeyPair, warble_model: WarbleModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    warble_model("sign", path, "--key", keys.private)
    before = (path / SIGNATURE).read_bytes()

    def full(_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    code, said = warble_model("sign", path, "--key", KeyPair(keys.private.parent, number=2).private)
    assert (code, said.count("\n")) == (2, 1)
    assert "could not be written into" in said
    assert "No space left on device" in said
    assert (path / SIGNATURE).read_bytes() == before
    assert [file.name for file in path.parent.iterdir() if file.name.endswith(".partial")] == []


def test_a_bundle_written_anew_is_unsigned(path: Path, keys: KeyPair, warble_model: WarbleModel) -> None:
    warble_model("sign", path, "--key", keys.private)
    tiny_bundle(path, seed=3, overwrite=True)
    assert f"{SIGNATURE} is missing" in refusal(path, keys)


def test_the_key_is_read_before_the_bundle(path: Path, tmp_path: Path) -> None:
    shutil.rmtree(path)
    with pytest.raises(UsageError, match=r"public key .* cannot be read"):
        load_bundle(path, public_key=tmp_path / "nowhere.pem")


def test_who_asks_for_no_signature_needs_no_cryptography(path: Path) -> None:
    code = "import sys; from model.bundle.read import load_bundle; load_bundle(sys.argv[1]); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code, path], check=True, capture_output=True, text=True)
    assert "cryptography" not in done.stdout.split()

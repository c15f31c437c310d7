"""Every way to spoil a bundle, and the line that says so."""

import hashlib
import io
import os
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pytest

from model.bundle.read import Bundle, load_bundle
from model.errors import BundleError
from tests.factories import BRAND_LABELS, WORDS


@pytest.fixture
def path(bundle_path: Path, tmp_path: Path) -> Path:
    """A copy that a test may spoil."""
    return Path(shutil.copytree(bundle_path, tmp_path / "spoiled"))


def sign(path: Path) -> None:
    """Write a manifest that fits, as an author of ill will can."""
    contents = {file.name: file.read_bytes() for file in path.iterdir() if file.name != "manifest.json"}
    digests = {name: hashlib.sha256(content).hexdigest() for name, content in contents.items()}
    (path / "manifest.json").write_bytes(orjson.dumps(digests))


def change(path: Path, name: str, edit: Callable[[Any], object]) -> None:
    """Edit a JSON file in place, and sign."""
    value = orjson.loads((path / name).read_bytes())
    changed = edit(value)
    (path / name).write_bytes(orjson.dumps(value if changed is None else changed))
    sign(path)


def refusal(path: Path) -> str:
    with pytest.raises(BundleError) as raised:
        load_bundle(path)
    text = str(raised.value)
    assert "\n" not in text
    assert f"bundle '{path}'" in text
    return text


def test_a_good_bundle_is_read_whole(bundle: Bundle) -> None:
    assert bundle.metadata.labels == BRAND_LABELS
    assert bundle.vocabulary.words == WORDS
    assert list(bundle.weights) == list(bundle.metadata.architecture.weight_shapes())
    assert len(bundle.golden.cases) == 9
    assert sorted(bundle.digests) == [
        "MODEL_CARD.md",
        "bundle.json",
        "golden.json",
        "vocabulary.json",
        "weights.npz",
    ]


@pytest.mark.parametrize(
    "name", ["bundle.json", "vocabulary.json", "weights.npz", "golden.json", "MODEL_CARD.md", "manifest.json"]
)
def test_a_missing_file_is_named(path: Path, name: str) -> None:
    (path / name).unlink()
    assert f"{name} is missing" in refusal(path)


@pytest.mark.parametrize("name", ["bundle.json", "vocabulary.json", "weights.npz", "golden.json", "MODEL_CARD.md"])
def test_a_flipped_bit_is_found_by_its_hash(path: Path, name: str) -> None:
    content = bytearray((path / name).read_bytes())
    expected = hashlib.sha256(content).hexdigest()[:12]
    content[len(content) // 2] ^= 1
    (path / name).write_bytes(content)
    received = hashlib.sha256(content).hexdigest()[:12]
    assert f"{name} has SHA-256 {received}..., the manifest says {expected}...: fetch" in refusal(path)


def test_an_unlisted_file_is_refused(path: Path) -> None:
    (path / "sitecustomize.py").touch()
    assert "sitecustomize.py is in the directory, but manifest.json does not list it" in refusal(path)


def test_a_listed_file_of_any_name_is_hashed_too(path: Path) -> None:
    (path / "history.json").write_text("{}")
    sign(path)
    assert "history.json" in load_bundle(path).digests
    (path / "history.json").write_text("[]")
    assert "history.json has SHA-256" in refusal(path)


@pytest.mark.parametrize("name", ["weights.npz", "manifest.json"])
def test_a_link_is_refused_even_to_the_right_content(path: Path, name: str) -> None:
    (path / name).rename(path.parent / name)
    (path / name).symlink_to(path.parent / name)
    assert f"{name} is a link" in refusal(path)


def test_a_directory_within_is_refused(path: Path) -> None:
    (path / "weights.npz").unlink()
    (path / "weights.npz").mkdir()
    assert "weights.npz is no plain file" in refusal(path)


def test_a_pipe_within_is_refused_rather_than_waited_for(path: Path) -> None:
    (path / "golden.json").unlink()
    os.mkfifo(path / "golden.json")
    assert "golden.json is no plain file" in refusal(path)


def test_a_link_to_the_directory_is_followed(path: Path) -> None:
    (path.parent / "current").symlink_to(path)
    assert load_bundle(path.parent / "current").metadata.name == "tiny"


@pytest.mark.parametrize(
    ("manifest", "complaint"),
    [
        (b"{", "manifest.json is no valid JSON"),
        (b"[]", "manifest.json should be an object"),
        (b'{"../secret": "00"}', "lists '../secret', which is no file beside it"),
        (b'{"..": "00"}', "lists '..'"),
        (b'{"bundle.json": 3}', "should give 64 hexadecimal digits for bundle.json, received 3"),
        (b"{}", "bundle.json is in the directory, but manifest.json does not list it"),
    ],
)
def test_a_manifest_that_is_none_is_refused(path: Path, manifest: bytes, complaint: str) -> None:
    (path / "manifest.json").write_bytes(manifest)
    if complaint.startswith("bundle.json is in"):
        complaint = "manifest.json does not list bundle.json"
    assert complaint in refusal(path)


def test_a_manifest_of_too_many_files_is_refused(path: Path) -> None:
    (path / "manifest.json").write_bytes(orjson.dumps({f"f{i}": "0" * 64 for i in range(65)}))
    assert "lists 65 files, at most 64" in refusal(path)


def test_a_file_beyond_all_measure_is_refused_unread(path: Path) -> None:
    os.truncate(path / "bundle.json", 65 * 1024 * 1024)
    assert "bundle.json has 68157440 bytes, at most 67108864 are read" in refusal(path)


@pytest.mark.parametrize("version", [0, 2, "1", 1.0, True, None, [1]])
def test_an_unknown_format_version_is_refused(path: Path, version: object) -> None:
    change(path, "bundle.json", lambda metadata: metadata.update(format_version=version))
    assert f"bundle.json has format version {version!r}, this Warble reads 1: install" in refusal(path)


@pytest.mark.parametrize(
    ("edit", "complaint"),
    [
        ({"surprise": 1}, "surprise: Extra inputs are not permitted"),
        ({"name": "../../etc"}, "name: String should match pattern"),
        ({"labels": ["positive", "negative", "neutral", "zero"]}, "labels should be sorted"),
        ({"labels": ["a", "b"], "prior": [0.5, 0.5]}, "the last layer should be a softmax over the 2 labels"),
        ({"prior": [0.5, 0.5]}, "prior should be one probability a label"),
        ({"prior": [1.0, 1.0, 1.0, 1.0]}, "prior should be one probability a label, 1 in all"),
        ({"threshold": {"label": "negative", "value": 0.5}}, "a threshold needs two labels"),
        ({"preprocessing": {"cleanup": "none"}}, "preprocessing.cleanup"),
        ({"architecture": {"layers": []}}, "architecture.embedding: Field required"),
    ],
)
def test_metadata_that_contradict_themselves_are_refused(path: Path, edit: dict[str, object], complaint: str) -> None:
    change(path, "bundle.json", lambda metadata: metadata.update(edit))
    text = refusal(path)
    assert "bundle.json is malformed" in text
    assert complaint in text


def test_an_embedding_of_another_width_than_the_rows_is_refused(path: Path) -> None:
    change(path, "bundle.json", lambda metadata: metadata["architecture"]["embedding"].update(columns=19))
    assert "embedding.columns should equal preprocessing.max_length, received 19 and 20" in refusal(path)


def test_fields_that_came_later_may_be_missing(path: Path) -> None:
    """Bundles of format version 1 were published before these fields were there."""

    def older(metadata: Any) -> None:  # noqa: ANN401 - any JSON value
        del metadata["architecture"]["embedding"]["columns"]
        for layer in metadata["architecture"]["layers"]:
            layer.pop("dropout", None)
            layer.pop("l2", None)

    before = load_bundle(path).metadata
    change(path, "bundle.json", older)
    assert load_bundle(path).metadata == before


@pytest.mark.parametrize(
    ("cleanup", "form", "is_read"),
    [
        ("brands-notebook", "ipad2", True),
        ("brands-notebook", "café", False),
        ("keras-tokenizer", "café", True),
        ("keras-tokenizer", "caf#", False),
        ("keras-tokenizer", "Cafe", False),
    ],
)
def test_a_form_that_the_clean_up_never_makes_is_refused(path: Path, cleanup: str, form: str, *, is_read: bool) -> None:
    change(path, "bundle.json", lambda metadata: metadata["preprocessing"].update(cleanup=cleanup))
    change(path, "vocabulary.json", lambda vocabulary: vocabulary["forms"].update({form: 1}))
    if is_read:
        assert load_bundle(path).vocabulary.forms[form] == 1
    else:
        assert f"vocabulary.json is malformed: the vocabulary has the form {form!r}, which no token" in refusal(path)


@pytest.mark.parametrize("name", ["bundle.json", "vocabulary.json", "golden.json"])
@pytest.mark.parametrize("content", [b"", b"{", b"\xff", b"[" * 100_000, b'{"a": NaN}'])
def test_what_is_no_json_is_refused(path: Path, name: str, content: bytes) -> None:
    (path / name).write_bytes(content)
    sign(path)
    assert f"{name} is no valid JSON" in refusal(path)


@pytest.mark.parametrize("name", ["bundle.json", "vocabulary.json", "golden.json"])
@pytest.mark.parametrize("content", [b"null", b"[]", b"{}", b'"x"', b"1"])
def test_json_of_another_kind_is_refused(path: Path, name: str, content: bytes) -> None:
    (path / name).write_bytes(content)
    sign(path)
    assert name in refusal(path)


def test_a_vocabulary_larger_than_the_embedding_is_refused(path: Path) -> None:
    change(path, "vocabulary.json", lambda vocabulary: vocabulary["words"].append("one"))
    assert "vocabulary.json has 13 words, the embedding in bundle.json has rows for 12" in refusal(path)


@pytest.mark.parametrize(
    ("edit", "complaint"),
    [
        (lambda golden: golden["cases"].pop(), None),
        (lambda golden: golden.update(cases=golden["cases"][:7]), "at least 8 texts"),
        (lambda golden: golden.update(cases=golden["cases"][:1] * 9), "an empty tweet among them"),
        (lambda golden: golden.update(cases=golden["cases"][-1:] * 9), "an empty tweet among them"),
        (lambda golden: golden["cases"][0]["probabilities"].pop(), "should give 4 probabilities a text"),
        (lambda golden: golden["cases"][0].update(ids=[0]), "cases.0.ids.0"),
        (lambda golden: golden["cases"][0].update(ids=[2**31]), "cases.0.ids.0"),
    ],
)
def test_golden_answers_that_show_nothing_are_refused(
    path: Path, edit: Callable[[Any], object], complaint: str | None
) -> None:
    def in_place(golden: object) -> None:
        edit(golden)

    change(path, "golden.json", in_place)
    if complaint is None:
        assert len(load_bundle(path).golden.cases) == 8
    else:
        assert complaint in refusal(path)


def rewrite_weights(path: Path, edit: Callable[[dict[str, bytes]], None], method: int = zipfile.ZIP_STORED) -> None:
    with zipfile.ZipFile(path / "weights.npz") as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    edit(members)
    with zipfile.ZipFile(path / "weights.npz", "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    sign(path)


def npy(array: object) -> bytes:
    content = io.BytesIO()
    np.save(content, array)  # type: ignore[arg-type]
    return content.getvalue()


@pytest.mark.parametrize(
    ("member", "array", "complaint"),
    [
        ("dense_4.bias.npy", np.array([0, np.nan, 0, 0], np.float32), "'dense_4.bias' has values that are not finite"),
        ("dense_4.bias.npy", np.zeros(5, np.float32), "should be float32 '<f4' [4], received '<f4' [5]"),
        ("dense_4.bias.npy", np.zeros(2, np.float64), "should be float32 '<f4' [4], received '<f8' [2]"),
        ("dense_4.bias.npy", np.zeros(4, ">f4"), "should be float32 '<f4' [4], received '>f4' [4]"),
        ("dense_4.bias.npy", np.zeros(3000, np.float32), "should hold 16 bytes of float32 [4], received 12128"),
        ("dense_4.bias.npy", np.array([{"a": 1}], object), "dense_4.bias.npy"),
        ("dense_4.bias", np.zeros(4, np.float32), "should hold 14 arrays, received 15; look at 'dense_4.bias'"),
        ("../dense_4.bias.npy", np.zeros(4, np.float32), "received 15; look at '../dense_4.bias.npy'"),
    ],
)
def test_an_array_that_is_not_as_declared_is_refused(path: Path, member: str, array: object, complaint: str) -> None:
    rewrite_weights(path, lambda members: members.update({member: npy(array)}))
    text = refusal(path)
    assert "weights.npz does not fit bundle.json" in text
    assert complaint in text


def test_an_array_missing_is_named(path: Path) -> None:
    rewrite_weights(path, lambda members: members.__delitem__("dense_2.bias.npy"))
    assert "should hold 14 arrays, received 13; look at 'dense_2.bias.npy'" in refusal(path)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"\x93NUMPY\x01\x00", b"\x80\x04N."])
def test_weights_that_are_no_archive_are_refused(path: Path, content: bytes) -> None:
    (path / "weights.npz").write_bytes(content)
    sign(path)
    assert "it is no intact npz archive" in refusal(path)


def test_compressed_weights_are_read(path: Path) -> None:
    rewrite_weights(path, lambda _: None, zipfile.ZIP_DEFLATED)
    assert load_bundle(path).weights


def test_weights_compressed_in_an_unusual_way_are_refused(path: Path) -> None:
    rewrite_weights(path, lambda _: None, zipfile.ZIP_BZIP2)
    assert "compressed in an unusual way" in refusal(path)


def test_a_bomb_that_lies_about_its_size_is_not_unpacked(path: Path) -> None:
    rewrite_weights(path, lambda members: members.update({"dense_4.bias.npy": bytes(50_000_000)}), zipfile.ZIP_DEFLATED)
    content = (path / "weights.npz").read_bytes()
    size = (50_000_000).to_bytes(4, "little")
    assert content.count(size) == 2
    (path / "weights.npz").write_bytes(content.replace(size, (144).to_bytes(4, "little")))
    sign(path)
    assert "weights.npz does not fit" in refusal(path)


def test_a_member_twice_in_the_archive_is_refused(path: Path) -> None:
    with zipfile.ZipFile(path / "weights.npz", "a") as archive, pytest.warns(UserWarning, match="Duplicate name"):
        archive.writestr("dense_2.bias.npy", npy(np.zeros(4, np.float32)))
    sign(path)
    assert "should hold 14 arrays, received 15" in refusal(path)


@pytest.mark.parametrize("kind", ["file", "absent"])
def test_a_path_that_is_no_directory_says_so(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "it"
    if kind == "file":
        path.touch()
    with pytest.raises(BundleError, match="is no directory: give a bundle's directory or a name"):
        load_bundle(str(path))


def test_a_directory_that_may_not_be_read_says_so(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match=r"could not be read: .*No such file or directory"):
        load_bundle(tmp_path / "gone")


REFERENCE = {
    "tweets": 2,
    "labels": dict(zip(BRAND_LABELS, (0, 0, 2, 0), strict=True)),
    **{name: {"edges": [0.0, 1.0], "counts": [2]} for name in ("confidence", "words", "unknown")},
}


def with_reference(path: Path, reference: object) -> Path:
    change(path, "bundle.json", lambda value: value | {"reference": reference})
    return path


@pytest.mark.parametrize("none", [{}, None])
def test_an_older_bundle_without_a_reference_is_read(path: Path, none: object) -> None:
    assert load_bundle(with_reference(path, none)).metadata.reference is None


def test_a_reference_is_read(path: Path) -> None:
    reference = load_bundle(with_reference(path, REFERENCE)).metadata.reference
    assert reference is not None
    assert reference.model_dump(mode="json") == REFERENCE


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"labels": {"negative": 2}}, "reference.labels should name the labels in their order"),
        ({"tweets": 3}, "the counts of labels sum to 2, expected 3 tweets"),
        ({"words": None}, "reference.words"),
        ({"confidence": {"edges": [1.0, 0.0], "counts": [2]}}, "ascending edges"),
    ],
)
def test_a_reference_that_does_not_fit_is_refused(path: Path, changes: dict[str, object], said: str) -> None:
    assert said in refusal(with_reference(path, REFERENCE | changes))

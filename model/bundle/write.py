"""Publishing a bundle: all or nothing, and nothing that would be refused when it is read."""

import os
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from model.bundle import files as names
from model.bundle.arrays import write_arrays
from model.bundle.golden import make_golden
from model.bundle.metadata import Metadata, to_json
from model.bundle.read import Bundle, load_bundle
from model.bundle.refused import RefusedError
from model.bundle.verify import verify
from model.engines.base import Engine
from model.engines.choose import load_engine
from model.errors import UsageError
from model.preprocessing.encoder import Encoder
from model.preprocessing.vocabulary import Vocabulary
from model.replace import allowed, replace_directory


def write_bundle(
    target: Path,
    *,
    metadata: Metadata,
    vocabulary: Vocabulary,
    weights: Mapping[str, npt.NDArray[np.float32]],
    golden_texts: Sequence[str],
    model_card: str,
    golden_engine: Engine | None = None,
    overwrite: bool = False,
) -> Path:
    """Write a bundle beside its target, read it back, verify it, and rename it into place.

    golden_texts: at least 8 of our own writing, with and without words of the vocabulary.
    golden_engine: what answers them, best the network as it was trained; default: ONNX Runtime over ``weights``.
    overwrite: whether a bundle at ``target`` may be replaced; anything else there never is.
    Returns ``target``. Raises UsageError if something is in the way there, ValueError for weights or texts that do not
    fit, and BundleError if the bundle would be refused. Whatever is raised, the target is as it was.
    """
    target = target.absolute()
    _check_free(target, overwrite=overwrite)
    engine = load_engine(metadata.architecture, weights, engine="onnx", device="cpu")
    encoder = Encoder(metadata.preprocessing, vocabulary)
    golden = make_golden(golden_texts, metadata, encoder, golden_engine or engine)
    contents = {
        names.METADATA: metadata.to_json(),
        names.VOCABULARY: to_json(vocabulary.to_json()),
        names.WEIGHTS: write_arrays(weights),
        names.GOLDEN: golden.to_json(),
        names.MODEL_CARD: model_card.encode(),
    }
    _write_and_publish(target, contents, encoder, engine, overwrite=overwrite)
    return target


def replace_metadata(bundle: Bundle, metadata: Metadata) -> None:
    """Give a bundle other metadata about the same network; all other files stay as they are, byte by byte.

    A signature does not outlast this: it was made over another manifest. Raises BundleError if the bundle would be
    refused, or has changed since it was read. Whatever is raised, it is as it was.
    """
    target = bundle.path.resolve()
    try:
        contents = names.read_files(target).files
    except RefusedError as refused:
        raise refused.of(str(bundle.path)) from None
    if names.digests(contents) != bundle.digests:
        raise RefusedError("it has changed since it was read", "run the command again").of(str(bundle.path))
    contents[names.METADATA] = metadata.to_json()
    engine = load_engine(metadata.architecture, bundle.weights, engine="onnx", device="cpu")
    _write_and_publish(target, contents, Encoder(metadata.preprocessing, bundle.vocabulary), engine, overwrite=True)


def _write_and_publish(
    target: Path, contents: dict[str, bytes], encoder: Encoder, engine: Engine, *, overwrite: bool
) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=f".{target.name}.", suffix=".partial", dir=target.parent))
    try:
        for name, content in contents.items():
            _write(draft / name, content)
        _write(draft / names.MANIFEST, to_json(names.digests(contents)))
        draft.chmod(allowed(0o777))
        _sync(draft)
        verify(load_bundle(draft), encoder, engine)
        _publish(draft, target, overwrite=overwrite)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _check_free(target: Path, *, overwrite: bool) -> None:
    if not os.path.lexists(target) or _is_empty_directory(target):
        return
    if not overwrite:
        raise UsageError(f"{target} exists: choose another directory, or allow it to be overwritten")
    if target.is_symlink() or not (target / names.MANIFEST).is_file():
        raise UsageError(f"{target} exists and is no bundle, so it is not overwritten: choose another directory")


def _is_empty_directory(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink() and not any(path.iterdir())


def _write(file: Path, content: bytes) -> None:
    with file.open("xb") as opened:
        opened.write(content)
        opened.flush()
        os.fsync(opened.fileno())


def _publish(draft: Path, target: Path, *, overwrite: bool) -> None:
    """Put a draft in the place of whatever may be replaced."""
    _check_free(target, overwrite=overwrite)
    replace_directory(target, draft)
    _sync(target.parent)


def _sync(directory: Path) -> None:
    """Make a directory's entries outlast a power cut."""
    opened = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)

"""``warble-model``: label texts at the command line, look at a bundle, verify one, sign one."""

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import orjson
import typer

from model.console import run
from model.engines.choose import DeviceChoice, EngineChoice
from model.errors import UsageError
from model.json_input import InputError, decode_object, text_of
from model.lines import Line, read_chunks

if TYPE_CHECKING:
    from model.classifier import Classified, Classifier

CHUNK_LINES = 1024
MAX_LINE_BYTES = 4 * 1024 * 1024
"""A line longer than this is no tweet, and would not fit the memory we promise to keep to."""

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Label texts at the command line, look at a bundle, verify one, sign one.",
)

BundleArgument = Annotated[str, typer.Argument(help="A shipped bundle's name, or a path.", show_default=False)]
EngineOption = Annotated[
    EngineChoice, typer.Option(help="What runs the network; auto: TensorFlow on a GPU, else ONNX.")
]
DeviceOption = Annotated[DeviceChoice, typer.Option(help="Where it runs.")]
PublicKeyOption = Annotated[
    Path | None,
    typer.Option(metavar="PEM", help="An ed25519 public key; a bundle that it has not signed is refused."),
]


@app.command()
def classify(
    texts: Annotated[
        list[str] | None,
        typer.Argument(metavar="TEXT...|-", help="Tweets to label; - reads one a line from standard input."),
    ] = None,
    *,
    bundle: Annotated[str, typer.Option(help="A shipped bundle's name, or a path.")] = "brands",
    jsonl: Annotated[
        bool, typer.Option("--jsonl", help="With -: each line is a JSON object with the tweet in its field text.")
    ] = False,
    engine: EngineOption = "auto",
    device: DeviceOption = "auto",
    public_key: PublicKeyOption = None,
) -> None:
    """Label tweets: one JSON object a line, in order, with label, score and probabilities.

    What is no tweet gets a line with error and detail in its place.
    """
    if not texts:
        raise UsageError("no text was given: give one or more TEXT, or - to read standard input")
    from_stdin = texts == ["-"]
    if "-" in texts and not from_stdin:
        raise UsageError("- reads standard input and stands alone, received other texts beside it")
    if jsonl and not from_stdin:
        raise UsageError("--jsonl is about standard input: give - in place of the texts")
    if from_stdin and sys.stdin is None:
        raise UsageError("standard input is closed: give a file or a pipe, or the texts as arguments")
    from model.classifier import Classifier  # noqa: PLC0415 - `--help` need not load an engine

    classifier = Classifier.load(bundle, engine=engine, device=device, public_key=public_key)
    chunks: Iterable[list[Line]] = (
        read_chunks(sys.stdin.fileno(), max_lines=CHUNK_LINES, max_bytes=MAX_LINE_BYTES)
        if from_stdin
        else [[text.encode(errors="surrogateescape") for text in texts]]
    )
    for chunk in chunks:
        for result in _results(classifier, chunk, jsonl=jsonl):
            sys.stdout.buffer.write(orjson.dumps(result, option=orjson.OPT_APPEND_NEWLINE))
        sys.stdout.buffer.flush()


@app.command()
def show(
    bundle: BundleArgument = "brands",
    *,
    json: Annotated[bool, typer.Option("--json", help="JSON also on a terminal.")] = False,
    public_key: PublicKeyOption = None,
) -> None:
    """Show what a bundle is: its labels, network, preprocessing, metrics and files; in full, as JSON, when piped."""
    from model.bundle.read import load_bundle  # noqa: PLC0415 - as above
    from model.description import describe, print_description  # noqa: PLC0415

    description = describe(load_bundle(bundle, public_key=public_key))
    if json or not sys.stdout.isatty():
        sys.stdout.buffer.write(orjson.dumps(description, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
        return
    print_description(description)


@app.command()
def verify(
    bundle: BundleArgument = "brands",
    *,
    engine: EngineOption = "auto",
    device: DeviceOption = "auto",
    public_key: PublicKeyOption = None,
) -> None:
    """Verify a bundle: its files against the manifest, its weights, and its golden answers on this machine.

    With --public-key, its signature too; without, a signature is not looked at.
    """
    from model.bundle.golden import TOLERANCE  # noqa: PLC0415 - as above
    from model.bundle.read import load_bundle  # noqa: PLC0415
    from model.classifier import Classifier  # noqa: PLC0415

    loaded = load_bundle(bundle, public_key=public_key)
    classifier = Classifier.build(loaded, engine=engine, device=device)
    texts, difference = classifier.verified
    arrays = loaded.metadata.architecture.weight_shapes()
    typer.echo(
        f"bundle {classifier.name}@{classifier.version} in {loaded.path} is good\n"
        f"files    {len(loaded.digests)} as manifest.json lists them, SHA-256 equal, no links, nothing else there\n"
        f"signed   {f'by key {loaded.signed_by}' if loaded.signed_by else 'not asked: no public key was given'}\n"
        f"weights  {len(arrays)} arrays, all finite, named and shaped as bundle.json declares\n"
        f"golden   {texts} texts: the same ids; probabilities at most {difference:.1e} apart "
        f"(allowed: {TOLERANCE:g}) on {classifier.engine.name} ({classifier.engine.device})"
    )


@app.command()
def sign(
    bundle: BundleArgument,
    *,
    key: Annotated[Path, typer.Option(metavar="PEM", help="The ed25519 private key to sign with.", show_default=False)],
) -> None:
    """Sign a bundle whose files match its manifest: writes manifest.json.sig, in place of an old one.

    A key pair: openssl genpkey -algorithm ed25519 -out private.pem, and
    openssl pkey -in private.pem -pubout -out public.pem
    """
    from model.bundle.read import load_bundle  # noqa: PLC0415 - as above
    from model.bundle.signature import signed, write_signature  # noqa: PLC0415

    loaded = load_bundle(bundle)
    signature = signed(loaded.manifest, key)
    written = write_signature(loaded.path, signature)
    typer.echo(
        f"bundle {loaded.metadata.name}@{loaded.metadata.version} is signed by key {signature.key}: {written.name}"
    )


def _results(classifier: "Classifier", chunk: list[Line], *, jsonl: bool) -> Iterator[dict[str, Any]]:
    texts: list[str | InputError] = []
    for line in chunk:
        try:
            texts.append(_text(line, jsonl=jsonl))
        except InputError as error:
            texts.append(error)
    classified = iter(classifier.classify([text for text in texts if isinstance(text, str)]))
    for text in texts:
        if isinstance(text, InputError):
            yield {"error": text.reason, "detail": text.detail}
        else:
            yield _result(next(classified))


def _text(line: Line, *, jsonl: bool) -> str:
    if line is None:
        raise InputError("too-large", f"the line is longer than {MAX_LINE_BYTES} bytes")
    if jsonl:
        return text_of(decode_object(line))
    try:
        return line.decode()
    except UnicodeDecodeError as error:
        raise InputError.not_utf8(line, error) from None


def _result(classified: "Classified") -> dict[str, Any]:
    if classified.failure is not None:
        return {"error": "predict-failed", "detail": classified.failure}
    result: dict[str, Any] = {
        "label": classified.label,
        "score": classified.score,
        "probabilities": classified.probabilities,
    }
    return result | {"empty": True} if classified.empty else result


def main() -> NoReturn:
    """Run ``warble-model``."""
    run(app, "warble-model")

import json
import os
import pty
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.factories import BRAND_LABELS

PROGRAM = (sys.executable, "-m", "model")


def warble_model(*arguments: str | Path, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([*PROGRAM, *map(str, arguments)], input=stdin, capture_output=True, check=False)


def results(done: subprocess.CompletedProcess[bytes]) -> list[dict[str, Any]]:
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.endswith(b"\n")
    return [json.loads(line) for line in done.stdout.removesuffix(b"\n").split(b"\n")]


def complaint(done: subprocess.CompletedProcess[bytes], code: int) -> str:
    """The one line on stderr of a program that failed with an exit code."""
    assert (done.returncode, done.stdout) == (code, b"")
    text = done.stderr.decode()
    assert text.count("\n") == 1
    assert text.startswith("warble-model: error: ")
    return text


def test_texts_are_labelled_one_a_line(bundle_path: Path) -> None:
    first, second = results(warble_model("classify", "--bundle", bundle_path, "I love my ipad", "meh"))
    assert list(first) == ["label", "score", "probabilities"]
    assert list(first["probabilities"]) == list(BRAND_LABELS)
    assert first["score"] == first["probabilities"][first["label"]] == max(first["probabilities"].values())
    assert second["probabilities"] != first["probabilities"]


def test_standard_input_is_labelled_line_by_line(bundle_path: Path) -> None:
    stdin = b"I love my ipad\r\n\nmeh\x0bmeh\xc2\x85meh\n\xff\nlast"
    lines = results(warble_model("classify", "--bundle", bundle_path, "-", stdin=stdin))
    assert ["error" in line for line in lines] == [False, False, False, True, False]
    (alone,) = results(warble_model("classify", "--bundle", bundle_path, "I love my ipad"))
    assert lines[0]["probabilities"] == pytest.approx(alone["probabilities"], abs=1e-5)
    assert lines[1] == {
        "label": "neutral",
        "score": pytest.approx(0.59),
        "probabilities": pytest.approx(dict(zip(BRAND_LABELS, (0.02, 0.06, 0.59, 0.33), strict=True))),
        "empty": True,
    }
    assert lines[3] == {"error": "not-utf8", "detail": "byte 0 is no UTF-8: 0xff (invalid start byte)"}


def test_bad_json_lines_keep_their_place(bundle_path: Path) -> None:
    stdin = b"\n".join(
        [
            b'{"text": "I love my ipad", "id": 123456789012345678901234567890}',
            b"{",
            b"",
            b"[]",
            b"{}",
            b'{"text": null}',
            b'{"text": 3}',
            b'{"text": "\xff"}',
            b'{"text": "\\ud800"}',
            b'\xef\xbb\xbf{"text": "a"}',
            b'{"text": NaN}',
            b"[" * 100_000,
            b'{"text": ""}\r',
            b'{"text": "\\u0000 love"}',
        ]
    )
    lines = results(warble_model("classify", "--bundle", bundle_path, "--jsonl", "-", stdin=stdin))
    assert [line.get("error") for line in lines] == [
        None,
        "not-json",
        "not-json",
        "not-object",
        "no-text",
        "no-text",
        "text-not-string",
        "not-utf8",
        "not-json",
        "not-json",
        "not-json",
        "not-json",
        None,
        None,
    ]
    assert all(line["detail"] for line in lines if "error" in line)
    assert "surrogate" in lines[8]["detail"]
    assert [index for index, line in enumerate(lines) if line.get("empty")] == [12]


def test_a_line_of_many_megabytes_is_too_large_and_the_rest_goes_on(bundle_path: Path) -> None:
    stdin = b"x" * (5 * 1024 * 1024) + b"\nmeh\n" + b"love " * 20_000
    large, *others = results(warble_model("classify", "--bundle", bundle_path, "-", stdin=stdin))
    assert large["error"] == "too-large"
    assert [line["label"] in BRAND_LABELS for line in others] == [True, True]


def test_no_input_gives_no_output(bundle_path: Path) -> None:
    done = warble_model("classify", "--bundle", bundle_path, "-")
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_an_input_that_cannot_be_read_is_one_line_and_exit_code_2(bundle_path: Path, tmp_path: Path) -> None:
    write_only = os.open(tmp_path / "file", os.O_WRONLY | os.O_CREAT)
    command = [*PROGRAM, "classify", "--bundle", os.fspath(bundle_path), "-"]
    done = subprocess.run(command, stdin=write_only, capture_output=True, check=False)
    os.close(write_only)
    assert "the input could not be read: Bad file descriptor" in complaint(done, 2)


def test_a_closed_input_is_one_line_and_exit_code_2(bundle_path: Path) -> None:
    command = ["sh", "-c", 'exec "$@" <&-', "sh", *PROGRAM, "classify", "--bundle", os.fspath(bundle_path), "-"]
    done = subprocess.run(command, capture_output=True, check=False)
    assert "standard input is closed" in complaint(done, 2)


def test_a_line_is_answered_before_the_next_one_comes(bundle_path: Path) -> None:
    command = [*PROGRAM, "classify", "--bundle", os.fspath(bundle_path), "-"]
    buffered = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0, env=buffered) as program:
        assert program.stdin is not None
        assert program.stdout is not None
        for _ in range(3):
            program.stdin.write(b"I love my ipad\n")
            assert json.loads(program.stdout.readline())["label"] in BRAND_LABELS
        program.stdin.close()
        assert program.stdout.read() == b""
    assert program.returncode == 0


def test_a_reader_that_leaves_early_ends_it_quietly(bundle_path: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    command = [*PROGRAM, "classify", "--bundle", os.fspath(bundle_path), "meh"]
    done = subprocess.run(command, stdout=writing, stderr=subprocess.PIPE, check=False)
    os.close(writing)
    assert (done.returncode, done.stderr) == (0, b"")


def test_an_argument_that_is_no_utf8_has_its_error_in_its_place(bundle_path: Path) -> None:
    bad, good = results(warble_model("classify", "--bundle", bundle_path, os.fsdecode(b"\xff"), "meh"))
    assert bad["error"] == "not-utf8"
    assert good["label"] in BRAND_LABELS


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["classify"], "no text was given: give one or more TEXT, or -"),
        (["classify", "-", "meh"], "- reads standard input and stands alone"),
        (["classify", "--jsonl", "meh"], "--jsonl is about standard input"),
        (["classify", "--device", "gpu", "--engine", "onnx", "meh"], "engine 'onnx' runs on the CPU only"),
        (["classify", "--device", "npu", "meh"], "'npu' is not one of 'auto', 'cpu', 'gpu'"),
        (["classify", "--sideways", "meh"], "--sideways"),
        (["sing"], "sing"),
    ],
)
def test_bad_usage_is_one_line_and_exit_code_2(bundle_path: Path, arguments: list[str], text: str) -> None:
    command, *rest = arguments
    named = ["--bundle", os.fspath(bundle_path)] if command == "classify" else []
    assert text in complaint(warble_model(command, *named, *rest), 2)


@pytest.mark.parametrize("command", [["show"], ["verify"], ["classify", "meh", "--bundle"]])
def test_a_bundle_that_is_not_there_is_exit_code_3(command: list[str]) -> None:
    assert "bundle 'nowhere' was not found: shipped are" in complaint(warble_model(*command, "nowhere"), 3)


@pytest.mark.parametrize("command", [["show"], ["verify"], ["classify", "meh", "--bundle"]])
def test_a_spoiled_bundle_is_exit_code_3(bundle_path: Path, tmp_path: Path, command: list[str]) -> None:
    spoiled = Path(shutil.copytree(bundle_path, tmp_path / "spoiled"))
    with (spoiled / "weights.npz").open("r+b") as weights:
        weights.write(b"PX")
    text = complaint(warble_model(*command, spoiled), 3)
    assert f"bundle '{spoiled}' was refused: weights.npz has SHA-256" in text


def test_verify_says_what_it_checked(bundle_path: Path) -> None:
    done = warble_model("verify", bundle_path)
    assert (done.returncode, done.stderr) == (0, b"")
    text = done.stdout.decode()
    assert f"bundle tiny@1.0.0 in {bundle_path} is good" in text
    for checked in ("SHA-256", "14 arrays", "9 texts: the same ids", "on onnx (cpu)"):
        assert checked in text


def test_show_is_json_when_piped(bundle_path: Path) -> None:
    done = warble_model("show", bundle_path)
    shown = json.loads(done.stdout)
    assert (shown["name"], shown["labels"], shown["vocabulary"]) == ("tiny", list(BRAND_LABELS), 12)
    assert shown["architecture"]["layers"][0]["type"] == "lstm"


@pytest.mark.parametrize("options", [[], ["--json"]])
def test_show_is_a_table_on_a_terminal_unless_json_is_asked_for(bundle_path: Path, options: list[str]) -> None:
    terminal, program = pty.openpty()
    environment = os.environ | {"COLUMNS": "200", "TERM": "xterm"}
    command = [*PROGRAM, "show", os.fspath(bundle_path), *options]
    subprocess.run(command, stdout=program, check=True, env=environment)
    os.close(program)
    shown = b""
    while data := _read(terminal):
        shown += data
    os.close(terminal)
    if options:
        assert json.loads(shown)["name"] == "tiny"
    else:
        assert b"bidirectional LSTM 3, sequences -> LSTM 5 -> dense 4 swish" in shown
        assert b"neutral (59.0% of training)" in shown


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # Linux's way to say that the other side is closed
        return b""

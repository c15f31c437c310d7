"""How console scripts end: an exit code, at most one line, never a traceback."""

import os
import subprocess
import sys
from collections.abc import Callable

import pytest
import typer

from model.console import run
from model.errors import BundleError, EngineError, UsageError, WarbleError

PROGRAM = """
import sys
import typer
from model.console import run

app = typer.Typer(pretty_exceptions_enable=False)

@app.command()
def lines(number: int) -> None:
    sys.stdin.readline()
    for _ in range(number):
        print("x" * 100)

run(app, "prog")
"""


def end(
    command: Callable[..., object], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *arguments: str
) -> tuple[object, str, str]:
    """Run a command line of one command and return its exit code, stdout and stderr."""
    app = typer.Typer(pretty_exceptions_enable=False, add_completion=False)
    app.command()(command)
    monkeypatch.setattr(sys, "argv", ["prog", *arguments])
    with pytest.raises(SystemExit) as caught:
        run(app, "prog")
    out, err = capsys.readouterr()
    return caught.value.code, out, err


@pytest.mark.parametrize(("kind", "code"), [(WarbleError, 1), (UsageError, 2), (BundleError, 3), (EngineError, 1)])
def test_an_error_of_ours_is_one_line_and_its_exit_code(
    kind: type[WarbleError], code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail() -> None:
        raise kind("what was wrong:\n  what to do\tnext")

    assert end(fail, monkeypatch, capsys) == (code, "", "prog: error: what was wrong: what to do next\n")


def test_success_is_0(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def succeed() -> None:
        sys.stdout.write("result\n")

    assert end(succeed, monkeypatch, capsys) == (0, "result\n", "")


@pytest.mark.parametrize("package", ["model", "stream", "training"])
def test_without_a_command_the_help_is_all_there_is(package: str) -> None:
    ended = subprocess.run([sys.executable, "-m", package], capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 2
    assert "Usage:" in ended.stdout + ended.stderr
    assert "error" not in ended.stderr


def test_a_command_may_choose_its_exit_code(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def leave() -> None:
        raise typer.Exit(5)

    assert end(leave, monkeypatch, capsys)[0] == 5


def test_what_a_command_returns_is_no_exit_code(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def answer() -> str:
        return "text"

    assert end(answer, monkeypatch, capsys)[0] == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--nosuch"], "No such option"),
        (["--number"], "requires an argument"),
        (["--number", "many"], "should be a valid integer"),
        (["extra"], "unexpected extra argument"),
    ],
)
def test_bad_usage_is_one_line_and_2(
    arguments: list[str], said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def count(number: int = 1) -> None:
        assert number

    code, out, err = end(count, monkeypatch, capsys, *arguments)
    assert (code, out) == (2, "")
    assert err.startswith("prog: error: ")
    assert err.endswith("(see 'prog --help')\n")
    assert said in err
    assert err.count("\n") == 1


def test_help_is_no_error(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def explain() -> None:
        """Explain everything."""

    code, out, err = end(explain, monkeypatch, capsys, "--help")
    assert (code, err) == (0, "")
    assert "Explain everything." in out


def test_an_interrupt_is_130(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    code, _, err = end(interrupt, monkeypatch, capsys)
    assert code == 130
    assert "Traceback" not in err


def test_a_bug_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    app = typer.Typer(pretty_exceptions_enable=False)

    @app.command()
    def fail() -> None:
        raise KeyError("a bug")

    monkeypatch.setattr(sys, "argv", ["prog"])
    with pytest.raises(KeyError):
        run(app, "prog")


@pytest.mark.parametrize("lines", [1, 10_000])
def test_a_reader_that_leaves_early_ends_the_program_quietly(lines: int) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(lines)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        process.stdin.write("go\n")
        process.stdin.close()
        complaint = process.stderr.read()
        assert (process.wait(), complaint) == (0, "")


@pytest.mark.parametrize("lines", [1, 10_000])
def test_a_full_disk_is_one_line(lines: int) -> None:
    with open("/dev/full", "w", encoding="utf-8") as full:  # noqa: PTH123 -- a device, not a path of ours
        ended = subprocess.run(
            [sys.executable, "-c", PROGRAM, str(lines)],
            input="go\n",
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert ended.returncode == 1
    assert ended.stderr == "prog: error: cannot write: No space left on device\n"


def shell(redirection: str, program: str = PROGRAM, **env: str) -> "subprocess.CompletedProcess[str]":
    """Run the program for one line with its standard streams as a shell leaves them."""
    return subprocess.run(
        ["/bin/bash", "-c", f'"$0" -c "$1" 1 {redirection}', sys.executable, program],
        input="go\n",
        capture_output=True,
        text=True,
        env=os.environ | env,
        check=False,
    )


def test_a_closed_standard_output_is_one_line() -> None:
    ended = shell(">&-")
    assert (ended.returncode, ended.stderr) == (1, "prog: error: cannot write: Bad file descriptor\n")


def test_a_closed_standard_output_does_not_matter_to_a_program_that_prints_nothing() -> None:
    ended = shell(">&-", PROGRAM.replace("range(number)", "range(0)"))
    assert (ended.returncode, ended.stderr) == (0, "")


FAILING = PROGRAM.replace("sys.stdin.readline()", "raise BundleError('refused')").replace(
    "import run", "import run\nfrom model.errors import BundleError"
)


@pytest.mark.parametrize("redirection", ["2>&-", "2>/dev/full", "2> >(exit 0)", "<&- >&- 2>&-"])
def test_the_exit_code_stands_where_nobody_hears_the_complaint(redirection: str) -> None:
    assert shell(redirection, FAILING).returncode == 3


def test_results_come_out_where_standard_error_is_closed() -> None:
    ended = shell("2>&-", PROGRAM.replace("for _", "print('progress', file=sys.stderr)\n    for _"))
    assert (ended.returncode, ended.stdout) == (0, f"{'x' * 100}\n")


@pytest.mark.parametrize("encoding", ["ascii", "ascii:surrogateescape", "latin-1"])
def test_a_character_that_the_locale_lacks_becomes_a_question_mark(encoding: str) -> None:
    ended = shell("", PROGRAM.replace('"x" * 100', "chr(9472)"), PYTHONIOENCODING=encoding)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "?\n", "")


@pytest.mark.parametrize(("codes", "said"), [("{3}", "printed\n"), ("{1}", "printed\ndestroyed\n")])
def test_an_error_after_which_nothing_may_be_destroyed_ends_the_process_at_once(codes: str, said: str) -> None:
    program = """
import typer
from model.console import run
from model.errors import BundleError

class Fragile:
    def __del__(self):
        print("destroyed")

app = typer.Typer(pretty_exceptions_enable=False)

@app.command()
def fail() -> None:
    fragile = Fragile()
    print("printed")
    raise BundleError("refused")

run(app, "prog", at_once=CODES)
"""
    ended = subprocess.run(
        [sys.executable, "-c", program.replace("CODES", codes)], capture_output=True, text=True, check=False
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (3, said, "prog: error: refused\n")

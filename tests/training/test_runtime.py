import os
import subprocess
import sys

import pytest

from training.runtime import _greetings_kept_back


def run(code: str) -> "subprocess.CompletedProcess[str]":
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TF_")}
    return subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True, env=environment)


def test_the_quick_kernels_are_used_and_say_nothing() -> None:
    done = run(
        "import os; from training.runtime import prepare_runtime, tensorflow\n"
        "prepare_runtime(); tf = tensorflow(); tf.matmul(tf.ones((4, 4)), tf.ones((4, 4)))\n"
        "print(os.environ['TF_ENABLE_ONEDNN_OPTS'])"
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "1\n", "")


def test_what_was_kept_back_is_shown_after_an_error(capfd: pytest.CaptureFixture[str]) -> None:
    def fail() -> None:
        with _greetings_kept_back():
            os.write(2, b"the reason\n")
            raise ImportError

    with pytest.raises(ImportError):
        fail()
    os.write(2, b"after it\n")
    assert capfd.readouterr().err == "the reason\nafter it\n"


def test_what_is_kept_back_is_gone_where_all_goes_well(capfd: pytest.CaptureFixture[str]) -> None:
    with _greetings_kept_back():
        os.write(2, b"hello\n")
    os.write(2, b"after it\n")
    assert capfd.readouterr().err == "after it\n"

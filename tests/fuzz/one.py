"""Feed one target by libFuzzer: python -m tests.fuzz.one TARGET CORPUS [libFuzzer's options]."""

import sys

import atheris


def main() -> None:
    """Run until libFuzzer ends the process."""
    # What is imported inside is rewritten to report which branches an input takes.
    with atheris.instrument_imports(include=["model", "stream"], enable_loader_override=False):
        from tests.fuzz.targets import TARGETS  # noqa: PLC0415
    name, *arguments = sys.argv[1:]
    atheris.Setup([sys.argv[0], *arguments], TARGETS[name].feed)
    atheris.Fuzz()


if __name__ == "__main__":
    main()

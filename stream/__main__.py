"""``python -m stream`` is ``warble``."""

from stream.cli import main

main()

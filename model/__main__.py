"""``python -m model`` is ``warble-model``."""

from model.cli import main

main()

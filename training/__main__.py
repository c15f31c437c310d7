"""`python -m training` is `warble-train`."""

from training.cli import main

main()

"""The program's version."""

from importlib.metadata import version as installed_version


def version() -> str:
    """Return the installed version of Warble."""
    return installed_version("warble")

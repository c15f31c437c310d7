"""Training needs more than serving does; say so before a long run rather than in its middle."""

from collections.abc import Sequence
from importlib.util import find_spec

from model.errors import UsageError

_PACKAGES = (
    "tensorflow",
    "keras",
    "keras_tuner",
    "nltk",
    "pandas",
    "scipy",
    "sklearn",
    "matplotlib",
    "wordcloud",
    "ftfy",
    "jinja2",
)


def require_training_packages() -> None:
    """Raise UsageError, naming the extra to install, unless everything that training imports is there."""
    if missing := _missing(_PACKAGES):
        raise UsageError(
            f"training needs {missing}, which the base install leaves out: "
            "install the extra 'train' with 'make install-train'"
        )


def require_packages(packages: Sequence[str], extra: str) -> None:
    """Raise UsageError, naming an extra to install, unless these packages are there."""
    if missing := _missing(packages):
        raise UsageError(f"this needs {missing}: install the extra '{extra}' beside 'train', or 'make install-dev'")


def _missing(packages: Sequence[str]) -> str:
    return ", ".join(package for package in packages if find_spec(package) is None)

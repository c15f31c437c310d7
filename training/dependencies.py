"""Training needs more than serving does; say so before a long run rather than in its middle."""

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
    missing = [package for package in _PACKAGES if find_spec(package) is None]
    if missing:
        raise UsageError(
            f"training needs {', '.join(missing)}, which the base install leaves out: "
            "install the extra 'train' with 'make install-train'"
        )

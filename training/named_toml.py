"""TOML files that come with the program, by their names, and a user's own, by their paths."""

import json
import tomllib
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from model.errors import UsageError

_T = TypeVar("_T")


def packaged_names(package: str) -> list[str]:
    """Names of the files that come with a package, without ``.toml``."""
    names = (entry.name for entry in files(package).iterdir())
    return sorted(name.removesuffix(".toml") for name in names if name.endswith(".toml"))


def load_named(kind: str, package: str, name_or_path: str, validated: Callable[[str], _T]) -> _T:
    """Read a packaged file by its name, or one of the user's own by its path (ending in .toml).

    kind: what errors call it. validated: takes JSON text, and raises pydantic's ValidationError.
    Raises UsageError in one line for an unknown name, a missing file, bad TOML, and what is not valid.
    """
    if name_or_path.endswith(".toml"):
        source = Path(name_or_path)
    elif name_or_path in packaged_names(package):
        source = Path(str(files(package) / f"{name_or_path}.toml"))
    else:
        raise UsageError(
            f"there is no {kind} {name_or_path!r}: there are {', '.join(packaged_names(package))}, "
            "or give the path of your own .toml file"
        )
    try:
        # Through JSON, because strict validation takes a list for a tuple only there.
        return validated(json.dumps(tomllib.loads(source.read_text(encoding="utf-8"))))
    except OSError as error:
        raise UsageError(f"the {kind} {name_or_path} cannot be read: {error.strerror or error}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, TypeError) as error:
        raise UsageError(f"the {kind} {name_or_path} is not TOML that we can read: {error}") from None
    except ValidationError as error:
        problems = "; ".join(
            f"{'.'.join(map(str, problem['loc']))}: {problem['msg']}".removeprefix(": ")
            for problem in error.errors(include_url=False, include_context=False)
        )
        raise UsageError(f"the {kind} {name_or_path} is not valid: {problems}") from None


def left_out(model: BaseModel) -> list[str]:
    """Name the fields, at any depth, that were not given and took their default."""
    return sorted(_left_out(model, ""))


def _left_out(model: BaseModel, prefix: str) -> list[str]:
    names = [f"{prefix}{name}" for name in type(model).model_fields.keys() - model.model_fields_set]
    for name, value in model:
        for index, part in enumerate(value if isinstance(value, tuple) else (value,)):
            if isinstance(part, BaseModel):
                place = f"{name}.{index}" if isinstance(value, tuple) else name
                names += _left_out(part, f"{prefix}{place}.")
    return names

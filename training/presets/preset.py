"""Presets by name or path."""

import json
import tomllib
from importlib.resources import files
from pathlib import Path
from typing import Annotated

from pydantic import Field, TypeAdapter, ValidationError

from model.errors import UsageError
from training.presets.schema import Preset, RecurrentPreset, TfidfPreset

_PRESET: TypeAdapter[Preset] = TypeAdapter(Annotated[RecurrentPreset | TfidfPreset, Field(discriminator="kind")])


def packaged_presets() -> list[str]:
    """Names of the presets that come with the program."""
    names = (entry.name for entry in files("training.presets").iterdir())
    return sorted(name.removesuffix(".toml") for name in names if name.endswith(".toml"))


def load_preset(name_or_path: str) -> Preset:
    """Read a packaged preset by its name, or one of your own by its path (ending in .toml).

    Raises UsageError in one line for an unknown name, a missing file, bad TOML, and missing or unknown fields.
    """
    if name_or_path.endswith(".toml"):
        source = Path(name_or_path)
    elif name_or_path in packaged_presets():
        source = Path(str(files("training.presets") / f"{name_or_path}.toml"))
    else:
        raise UsageError(
            f"there is no preset {name_or_path!r}: there are {', '.join(packaged_presets())}, "
            "or give the path of your own .toml file"
        )
    try:
        # Through JSON, because strict validation takes a list for a tuple only there.
        text = json.dumps(tomllib.loads(source.read_text(encoding="utf-8")))
        return _PRESET.validate_json(text)
    except OSError as error:
        raise UsageError(f"the preset {name_or_path} cannot be read: {error.strerror or error}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, TypeError) as error:
        raise UsageError(f"the preset {name_or_path} is not TOML that we can read: {error}") from None
    except ValidationError as error:
        raise UsageError(f"the preset {name_or_path} is not valid: {_one_line(error)}") from None


def _one_line(error: ValidationError) -> str:
    return "; ".join(
        f"{'.'.join(map(str, problem['loc']))}: {problem['msg']}".removeprefix(": ")
        for problem in error.errors(include_url=False, include_context=False)
    )

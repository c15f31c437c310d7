"""Presets by name or path."""

from typing import Annotated

from pydantic import Field, TypeAdapter

from training.named_toml import load_named, packaged_names
from training.presets.schema import Preset, RecurrentPreset, TfidfPreset

_PRESET: TypeAdapter[Preset] = TypeAdapter(Annotated[RecurrentPreset | TfidfPreset, Field(discriminator="kind")])
_PACKAGE = "training.presets"


def packaged_presets() -> list[str]:
    """Names of the presets that come with the program."""
    return packaged_names(_PACKAGE)


def load_preset(name_or_path: str) -> Preset:
    """Read a packaged preset by its name, or one of your own by its path (ending in .toml).

    Raises UsageError in one line for an unknown name, a missing file, bad TOML, and missing or unknown fields.
    """
    return load_named("preset", _PACKAGE, name_or_path, _PRESET.validate_json)

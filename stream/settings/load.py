"""Read, explain and show the settings."""

import difflib
import os
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal, get_args

from pydantic import BaseModel, ValidationError

from model.errors import UsageError
from stream.redaction import hide
from stream.settings.schema import DELIMITER, PREFIX, Settings
from stream.settings.secrets import masked_properties, secrets_in


class SettingRow(BaseModel, frozen=True):
    """One setting as documentation: its environment name, default, allowed values and sentence."""

    name: str
    default: str
    choices: tuple[str, ...]
    meaning: str


def setting_rows() -> Iterator[SettingRow]:
    """Yield every setting in the order of the contract; the README's table and ``--help`` come from it."""
    for section, section_field in Settings.model_fields.items():
        section_type = section_field.annotation
        assert isinstance(section_type, type)  # noqa: S101 -- narrows the type: every section is a model
        assert issubclass(section_type, BaseModel)  # noqa: S101
        for name, field in section_type.model_fields.items():
            extra = field.json_schema_extra
            shown = extra.get("shown") if isinstance(extra, dict) else None
            default = str(field.default).lower() if isinstance(field.default, bool) else str(field.default)
            yield SettingRow(
                name=environment_name(section, name),
                default=str(shown) if shown else default,
                choices=tuple(str(choice) for choice in get_args(field.annotation))
                if getattr(field.annotation, "__origin__", None) is Literal
                else (),
                meaning=field.description or "",
            )


def environment_name(*path: str | int) -> str:
    """Return the name in the environment of the setting at ``path``: ('kafka', 'group_id') and so on."""
    return PREFIX + DELIMITER.join(str(part) for part in path).upper()


def load_settings(config: Path | None = None, **overrides: Any) -> Settings:  # noqa: ANN401 -- sections by name
    """Read the settings from the environment and, below it, from a TOML file.

    Raises UsageError for a file that cannot be read, for a name that nothing reads (with the nearest real one)
    and for a value that does not fit. A received value is repeated only where it cannot be a secret; from here on, the
    secrets among the properties are masked in all that goes to stderr.
    """
    _refuse_unknown_names(os.environ)
    if config is not None:
        _check_file(config)
    configured = type("Settings", (Settings,), {"config_file": config, "__module__": __name__})
    try:
        settings = configured(**overrides)
    except ValidationError as error:
        raise UsageError(_explain(error)) from None
    assert isinstance(settings, Settings)  # noqa: S101 -- narrows the type
    hide(secrets_in(settings.kafka.properties))
    return settings


def masked(settings: Settings) -> dict[str, Any]:
    """Return all settings as plain data, with asterisks in place of every property that may be a secret."""
    shown = settings.model_dump()
    shown["kafka"]["properties"] = masked_properties(settings.kafka.properties)
    return shown


def _refuse_unknown_names(environ: Mapping[str, str]) -> None:
    known = [row.name for row in setting_rows()]
    for name in sorted(environ):
        if name.upper().startswith(PREFIX) and name not in known:
            nearest = difflib.get_close_matches(name.upper(), known, n=1, cutoff=0)[0]
            raise UsageError(
                f"unknown setting {name} in the environment: did you mean {nearest}? (see 'warble settings')"
            )


def _check_file(config: Path) -> None:
    try:
        with config.open("rb") as file:
            tomllib.load(file)
    except OSError as error:
        raise UsageError(f"settings file {config} cannot be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"settings file {config} is not TOML: {error}") from None


def _explain(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_context=False)[0]
    location = [part for part in first["loc"] if isinstance(part, str)]
    name = environment_name(*location)
    if first["type"] == "extra_forbidden":
        known = [row.name for row in setting_rows()]
        nearest = difflib.get_close_matches(name, known, n=1, cutoff=0)[0]
        return f"unknown setting {'.'.join(location)}: did you mean {_dotted(nearest)}? (see 'warble settings')"
    reason = first["msg"].removeprefix("Value error, ")
    reason = f"{reason[:1].lower()}{reason[1:]}"
    if len(location) == 1:
        # A whole section: its input is not repeated, since it holds the properties.
        return f"settings {name}{DELIMITER}*: {reason}"
    received = "" if "properties" in location or first["type"] == "value_error" else f", received {first['input']!r}"
    return f"setting {name}: {reason}{received}"


def _dotted(name: str) -> str:
    return name.removeprefix(PREFIX).lower().replace(DELIMITER, ".")

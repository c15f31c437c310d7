"""What an operator may set: the environment first, then a TOML file, then the defaults."""

from stream.settings.load import environment_name, load_settings, masked, setting_rows
from stream.settings.schema import (
    BatchSettings,
    BreakerSettings,
    DriftSettings,
    HttpSettings,
    InputSettings,
    KafkaSettings,
    ModelSettings,
    OutputSettings,
    Settings,
)

__all__ = [
    "BatchSettings",
    "BreakerSettings",
    "DriftSettings",
    "HttpSettings",
    "InputSettings",
    "KafkaSettings",
    "ModelSettings",
    "OutputSettings",
    "Settings",
    "environment_name",
    "load_settings",
    "masked",
    "setting_rows",
]

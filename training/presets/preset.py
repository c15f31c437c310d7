"""What a preset file must say: everything that decides a training run, and nothing else."""

import json
import tomllib
from importlib.resources import files
from pathlib import Path
from typing import Literal, Self

from pydantic import (
    BaseModel,
    Field,
    NonNegativeInt,
    PositiveFloat,
    PositiveInt,
    ValidationError,
    model_validator,
)

from model.architecture.config import Layer
from model.errors import UsageError
from model.preprocessing.config import Preprocessing
from model.strict import Strict
from training.data.splits import SplitConfig
from training.weighting import ClassWeighting


class TokenizerConfig(Strict):
    """How words become ids."""

    num_words: int = Field(gt=1)
    """Ids stay below this, the most frequent words first (the semantics of Keras' Tokenizer)."""


class PretrainedEmbedding(Strict):
    """The word vectors that the network starts from."""

    file: str
    """Name of the GloVe file, looked for beside the data file unless --glove names another."""
    dimension: PositiveInt
    trainable: bool


class FitConfig(Strict):
    """How the network learns."""

    batch_size: PositiveInt
    learning_rate: PositiveFloat
    """Adam's; its other settings are Keras' own."""
    max_epochs: PositiveInt
    patience: PositiveInt
    """Epochs without a better validation loss after which training stops; the best epoch's weights are kept."""
    class_weighting: ClassWeighting
    """Where the balanced class weights go."""


class Preset(Strict):
    """One training run. Every field is required, whatever its own class would default to."""

    name: str
    description: str
    data: Literal["brands"]
    """Which reader the data file needs."""
    seed: NonNegativeInt
    """Decides the initial weights, the order of the tweets and the dropout."""
    preprocessing: Preprocessing
    tokenizer: TokenizerConfig
    embedding: PretrainedEmbedding
    layers: tuple[Layer, ...]
    split: SplitConfig
    fit: FitConfig

    @model_validator(mode="after")
    def _nothing_is_left_to_a_default(self) -> Self:
        left_out = sorted(_left_out(self, ""))
        if left_out:
            raise ValueError(f"missing {', '.join(left_out)}")
        return self

    def changed(self, *, seed: int | None = None, weighting: ClassWeighting | None = None) -> "Preset":
        """Return the preset with what the command line overrides."""
        fit = self.fit if weighting is None else self.fit.model_copy(update={"class_weighting": weighting})
        return self.model_copy(update={"fit": fit, "seed": self.seed if seed is None else seed})


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
        return Preset.model_validate_json(text)
    except OSError as error:
        raise UsageError(f"the preset {name_or_path} cannot be read: {error.strerror or error}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, TypeError) as error:
        raise UsageError(f"the preset {name_or_path} is not TOML that we can read: {error}") from None
    except ValidationError as error:
        raise UsageError(f"the preset {name_or_path} is not valid: {_one_line(error)}") from None


def _left_out(model: BaseModel, prefix: str) -> list[str]:
    names = [f"{prefix}{name}" for name in type(model).model_fields.keys() - model.model_fields_set]
    for name, value in model:
        for index, part in enumerate(value if isinstance(value, tuple) else (value,)):
            if isinstance(part, BaseModel):
                place = f"{name}.{index}" if isinstance(value, tuple) else name
                names += _left_out(part, f"{prefix}{place}.")
    return names


def _one_line(error: ValidationError) -> str:
    return "; ".join(
        f"{'.'.join(map(str, problem['loc']))}: {problem['msg']}".removeprefix(": ")
        for problem in error.errors(include_url=False, include_context=False)
    )

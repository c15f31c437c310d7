"""``bundle.json``: what a model is called, what it says, and how to rebuild it."""

from typing import Annotated, Any, Final, Literal, Self

import orjson
from pydantic import Field, JsonValue, ValidationError, model_validator

from model.architecture.config import Architecture, Dense
from model.bundle.files import METADATA
from model.bundle.json_files import parse_json
from model.bundle.refused import RefusedError, first_of
from model.preprocessing.config import Preprocessing
from model.reference import Reference
from model.strict import Strict

FORMAT_VERSION: Final = 1

_BINARY = 2
_ROUNDING = 1e-4

Probability = Annotated[float, Field(ge=0, le=1)]
Label = Annotated[str, Field(pattern=r"^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]{1,64}$")]
"""What a terminal can show without obeying it."""


class Threshold(Strict):
    """When a binary task says one of its labels; below that it says the other."""

    label: Label
    value: Probability
    """Lowest probability of ``label`` at which a tweet gets it."""


class Metadata(Strict):
    """Everything about a model that is neither weights nor words."""

    format_version: Literal[1] = FORMAT_VERSION
    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")]
    version: Annotated[str, Field(pattern=r"^[0-9A-Za-z][0-9A-Za-z.+-]{0,31}$")]
    task: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]
    labels: Annotated[tuple[Label, ...], Field(min_length=2)]
    """In the order of the network's outputs, which is the alphabet's."""
    threshold: Threshold | None = None
    """For a binary task; without one the most probable label wins."""
    prior: tuple[Probability, ...]
    """Share of each label in the training data, in the order of ``labels``: the answer for an empty tweet."""
    preprocessing: Preprocessing
    architecture: Architecture
    built_with: dict[str, str] = Field(default_factory=dict)
    """Versions of the libraries that trained the model, for information."""
    metrics: dict[str, JsonValue] = Field(default_factory=dict)
    """How good the model is, for information."""
    reference: Reference | None = None
    """Histograms over held-out tweets, to tell drift by; an older bundle has none."""

    @model_validator(mode="after")
    def _parts_fit_together(self) -> Self:
        if list(self.labels) != sorted(set(self.labels)):
            raise ValueError(f"labels should be sorted and differ from each other, received {list(self.labels)}")
        last = self.architecture.layers[-1]
        if not isinstance(last, Dense) or last.activation != "softmax" or last.units != len(self.labels):
            raise ValueError(f"the last layer should be a softmax over the {len(self.labels)} labels")
        columns = self.architecture.columns
        if columns not in (None, self.preprocessing.max_length):
            raise ValueError(
                f"embedding.columns should equal preprocessing.max_length, received {columns} and "
                f"{self.preprocessing.max_length}"
            )
        if len(self.prior) != len(self.labels) or abs(sum(self.prior) - 1) > _ROUNDING:
            raise ValueError(f"prior should be one probability a label, 1 in all, received {list(self.prior)}")
        if self.threshold and (len(self.labels) != _BINARY or self.threshold.label not in self.labels):
            raise ValueError("a threshold needs two labels and names one of them")
        if self.reference and list(self.reference.labels) != list(self.labels):
            raise ValueError(
                f"reference.labels should name the labels in their order, received {self.reference.labels}"
            )
        return self

    @classmethod
    def from_json(cls, content: bytes) -> Self:
        """Read ``bundle.json``. Raises RefusedError for an unknown format version and for anything malformed."""
        parsed = parse_json(METADATA, content)
        version = parsed.get("format_version") if isinstance(parsed, dict) else None
        if type(version) is not int or version != FORMAT_VERSION:  # true and 1.0 equal 1 too
            raise RefusedError(
                f"{METADATA} has format version {version!r}, this Warble reads {FORMAT_VERSION}",
                "install the Warble that wrote it, or fetch a bundle of this format",
            )
        if parsed.get("reference") == {}:
            # How older bundles say that they have none.
            content = orjson.dumps(parsed | {"reference": None})
        try:
            return cls.model_validate_json(content)
        except ValidationError as error:
            raise RefusedError(f"{METADATA} is malformed: {first_of(error)}") from None

    def to_json(self) -> bytes:
        """Write ``bundle.json``."""
        return to_json(self.model_dump(mode="json"))


def to_json(value: Any) -> bytes:  # noqa: ANN401 - any JSON value
    """Serialise one of a bundle's files, to be read by people too."""
    return orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)

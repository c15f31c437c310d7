"""What a preset file must say: everything that decides a training run, and nothing else."""

from typing import Annotated, Any, Literal, Self

from pydantic import Field, NonNegativeInt, PositiveFloat, PositiveInt, ValidationError, model_validator

from model.architecture.config import (
    Activation,
    Architecture,
    BatchNormalization,
    Dense,
    Dropout,
    EmbeddingConfig,
    Layer,
    Rate,
    Size,
)
from model.preprocessing.config import Preprocessing
from model.strict import Strict
from training.data.datasets import DatasetName
from training.data.splits import Seed, SplitConfig
from training.named_toml import left_out
from training.weighting import ClassWeighting

Optimizer = Literal["adam", "nadam", "rmsprop", "sgd"]
FeatureLayer = Annotated[Dense | Dropout | BatchNormalization, Field(discriminator="type")]


class StudyFigure(Strict):
    """A figure that the study gives for this run, as the study measured it."""

    measure: str
    value: Annotated[float, Field(ge=0, le=1)]


class TokenizerConfig(Strict):
    """How words become ids."""

    num_words: Annotated[int, Field(gt=1)]
    """Ids stay below this, the most frequent words first (the semantics of Keras' Tokenizer)."""


class GloveEmbedding(Strict):
    """Word vectors read from a file of GloVe vectors."""

    source: Literal["glove"]
    file: str
    """Name of the GloVe file, looked for beside the data file unless --glove names another."""
    dimension: PositiveInt
    trainable: bool
    mask: bool
    """Whether the network passes over the padding. One that does not reads every row to its last column."""


class RandomEmbedding(Strict):
    """Word vectors that start at random and are learned with the rest."""

    source: Literal["random"]
    dimension: PositiveInt
    mask: bool

    @property
    def trainable(self) -> bool:
        """Vectors that start at random must learn."""
        return True


class TfidfConfig(Strict):
    """Scikit-learn's ``TfidfVectorizer`` over cleaned texts."""

    cleanup: Literal["brands-notebook"]
    max_features: PositiveInt
    norm: Literal["l1", "l2"]
    strip_accents: Literal["ascii", "unicode"]
    stop_words: Literal["english"]


class FitConfig(Strict):
    """How the network learns."""

    batch_size: PositiveInt | Literal["all"]
    """Tweets a step; ``all`` takes the whole training part at once."""
    optimizer: Optimizer
    """Its settings are Keras' own but for the learning rate."""
    learning_rate: PositiveFloat
    max_epochs: PositiveInt
    patience: PositiveInt
    """Epochs without a better validation loss after which training stops; the best epoch's weights are kept."""
    class_weighting: ClassWeighting
    """Where the balanced class weights go."""


class SearchSpace(Strict):
    """What `warble-train search` may change, and to what; one value leaves nothing to search."""

    optimizers: Annotated[tuple[Optimizer, ...], Field(min_length=1)]
    learning_rates: Annotated[tuple[PositiveFloat, ...], Field(min_length=1)]
    dense_layers: Annotated[tuple[NonNegativeInt, ...], Field(min_length=1)]
    """How many hidden dense layers stand before the output layer."""
    dense_units: Annotated[tuple[Size, ...], Field(min_length=1)]
    activations: Annotated[tuple[Activation, ...], Field(min_length=1)]
    dropouts: Annotated[tuple[Rate, ...], Field(min_length=1)]
    """Rate of the dropout after each hidden dense layer; 0 leaves it out."""


class _Preset(Strict):
    """One training run. Every field is required, whatever its own class would default to."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")]
    description: str
    data: DatasetName
    """Which reader the data file needs."""
    seed: Seed
    """Decides the initial weights, the order of the tweets and the dropout."""
    study: tuple[StudyFigure, ...]
    split: SplitConfig
    fit: FitConfig
    search: SearchSpace

    @model_validator(mode="after")
    def _nothing_is_left_to_a_default(self) -> Self:
        if names := left_out(self):
            raise ValueError(f"missing {', '.join(names)}")
        return self

    def changed(
        self,
        *,
        seed: int | None = None,
        weighting: ClassWeighting | None = None,
        max_epochs: int | None = None,
    ) -> Self:
        """Return the preset with what the command line overrides."""
        fit: dict[str, Any] = {"class_weighting": weighting, "max_epochs": max_epochs}
        changes = {name: value for name, value in fit.items() if value is not None}
        return self.model_copy(
            update={
                "seed": self.seed if seed is None else seed,
                "fit": self.fit.model_copy(update=changes),
            }
        )


class RecurrentPreset(_Preset):
    """A network over rows of word ids: an embedding, LSTMs, dense layers. Its result can be served."""

    kind: Literal["recurrent"]
    preprocessing: Preprocessing
    tokenizer: TokenizerConfig
    embedding: Annotated[GloveEmbedding | RandomEmbedding, Field(discriminator="source")]
    layers: tuple[Layer, ...]

    @model_validator(mode="after")
    def _layers_make_a_network(self) -> Self:
        try:
            Architecture(embedding=EmbeddingConfig(rows=2, dimension=self.embedding.dimension), layers=self.layers)
        except ValidationError as error:
            messages = (problem["msg"].removeprefix("Value error, ") for problem in error.errors(include_url=False))
            raise ValueError("; ".join(messages)) from None
        return self


class TfidfPreset(_Preset):
    """A dense network over TF-IDF features: the study's comparison. It is trained and scored, not served."""

    kind: Literal["tfidf"]
    tfidf: TfidfConfig
    layers: Annotated[tuple[FeatureLayer, ...], Field(min_length=1)]


Preset = RecurrentPreset | TfidfPreset

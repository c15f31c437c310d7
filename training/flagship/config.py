"""Everything that decides a student but for its texts, its teacher and its word vectors."""

from typing import Annotated, Self

from pydantic import (
    Field,
    NonNegativeFloat,
    NonNegativeInt,
    PositiveFloat,
    PositiveInt,
    ValidationError,
    model_validator,
)

from model.architecture.config import (
    LONGEST_NGRAM,
    LSTM,
    MOST_BUCKETS,
    Architecture,
    Dense,
    Dropout,
    EmbeddingConfig,
    Layer,
    Ngrams,
    Pooling,
    PoolingKind,
    Rate,
    Size,
    SpatialDropout,
    TokenDropout,
)
from model.preprocessing.config import Preprocessing
from model.preprocessing.vocabulary import Vocabulary
from model.strict import Strict
from training.data.splits import Seed
from training.flagship.vocabulary import VocabularyConfig

Share = Annotated[float, Field(ge=0, le=1)]
_GATES = 8
"""Of both directions: what they read of a word vector has no more components than there are of these."""


class StudentConfig(Strict):
    """A small BiLSTM over the raw tweet, and how it learns.

    The sizes by default are small enough to label 30,000 tweets a second on two cores.
    """

    seed: Seed = 67
    vocabulary: VocabularyConfig = VocabularyConfig()
    """Of the transfer set's texts, where none is given."""
    max_length: Annotated[int, Field(gt=0, le=1_000)] = 64
    """Longest row, in ids; a longer one keeps its last."""

    dimension: Size = 64
    """Of the word vectors while training."""
    served_dimension: Size = 48
    """Of the word vectors when serving, if they have more while training: see ``narrow.py``."""
    units: Size = 64
    """Of the LSTM, a direction."""
    recurrent_layers: Annotated[int, Field(ge=1, le=4)] = 1
    pooling: Annotated[tuple[PoolingKind, ...], Field(min_length=1)] = ("max", "attention")
    attention_units: Size = 32
    hidden_units: NonNegativeInt = 0
    """Of a dense layer before the last one; 0 leaves it out."""
    longest_ngram: Annotated[int, Field(ge=0, le=LONGEST_NGRAM)] = 0
    """Ids of the longest n-grams that have weights of their own beside the network; 0 for no such weights."""
    ngram_buckets: Annotated[int, Field(gt=1, le=MOST_BUCKETS)] = MOST_BUCKETS
    """Places for them."""

    token_dropout: Rate = 0.1
    """Share of the tokens whose vectors are dropped."""
    spatial_dropout: Rate = 0.2
    """Share of the vectors' features that are dropped of all tokens."""
    dropout: Rate = 0.3
    """Share of the pooled features that are dropped."""

    batch_size: PositiveInt = 64
    """Tweets a step."""
    bucket_batches: PositiveInt = 50
    """Batches among whose tweets those of about equal length are put together."""
    learning_rate: PositiveFloat = 2e-3
    """At its height."""
    warmup: Share = 0.05
    """Share of all steps in which the learning rate rises to its height; from there it falls as a cosine does."""
    weight_decay: NonNegativeFloat = 0.01
    """Of kernels; neither word vectors nor biases nor weights of n-grams decay."""
    clip_norm: PositiveFloat = 1.0
    """Largest norm of all gradients together; what a batch's tokens say of one row of a table counts each by itself."""
    averaging: Rate = 0.999
    """How much of the averaged weights a step keeps, once it has run in; 0 serves the last weights as they are."""
    max_epochs: PositiveInt = 10
    patience: PositiveInt = 3
    """Epochs without a better validation loss after which training stops; the best epoch's weights are kept."""

    @model_validator(mode="after")
    def _vectors_can_be_narrowed(self) -> Self:
        if self.dimension > self.served_dimension > _GATES * self.units:
            raise ValueError(
                f"served_dimension is {self.served_dimension}, an LSTM of {self.units} units a direction reads no more "
                f"than {_GATES * self.units}: give fewer"
            )
        return self

    @model_validator(mode="after")
    def _layers_make_a_network(self) -> Self:
        try:
            self.architecture(Vocabulary.of_words(("a",)), classes=2)
        except ValidationError as error:
            messages = (problem["msg"].removeprefix("Value error, ") for problem in error.errors(include_url=False))
            raise ValueError("; ".join(messages)) from None
        return self

    @property
    def preprocessing(self) -> Preprocessing:
        """What the bundle says of its texts."""
        return Preprocessing(cleanup="tweet", max_length=self.max_length)

    def architecture(self, vocabulary: Vocabulary, classes: int) -> Architecture:
        """Lay out the network. Raises pydantic's ValidationError for sizes beyond what is served."""
        recurrent = LSTM(units=self.units, bidirectional=True, return_sequences=True)
        layers: list[Layer] = [
            TokenDropout(rate=self.token_dropout),
            SpatialDropout(rate=self.spatial_dropout),
            *([recurrent] * self.recurrent_layers),
            Pooling(kinds=self.pooling, units=self.attention_units),
            Dropout(rate=self.dropout),
        ]
        if self.hidden_units:
            layers.append(Dense(units=self.hidden_units, activation="relu"))
        layers.append(Dense(units=classes, activation="softmax"))
        embedding = EmbeddingConfig(rows=vocabulary.size + 1, dimension=self.dimension, trainable=True)
        ngrams = Ngrams(longest=self.longest_ngram, buckets=self.ngram_buckets) if self.longest_ngram else None
        return Architecture(embedding=embedding, layers=tuple(layers), ngrams=ngrams)

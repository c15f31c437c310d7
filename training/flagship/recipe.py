"""What a recipe says: everything that decides a flagship, its teachers and what they label, and nothing else."""

import hashlib
from typing import Annotated, Final, Literal

from pydantic import Field, NonNegativeFloat, NonNegativeInt, PositiveFloat, PositiveInt
from pydantic import model_validator as validated

from model.strict import Strict
from training.data.datasets import DatasetName
from training.data.splits import Seed
from training.flagship.config import StudentConfig
from training.named_toml import left_out, load_named, packaged_names

Share = Annotated[float, Field(ge=0, le=1)]
Rate = Annotated[float, Field(ge=0, lt=1)]
_PACKAGE: Final = "training.flagship.recipes"


class UnlabelledConfig(Strict):
    """Tweets without labels."""

    file: str
    """In ``--data``, or else in ``--unlabelled``."""
    format: Literal["lines", "hate", "entities"]
    """lines: a tweet each; hate: CSV with the columns ``id`` and ``tweet``; entities: ``training.data.entities``."""
    most: PositiveInt
    """How many of them, drawn at random; all, if there are no more."""
    lends_words: bool
    """Whether copies of training tweets may have its words put into them."""


class DataConfig(Strict):
    """The files, by their names in their directories."""

    labelled: str
    unlabelled: tuple[UnlabelledConfig, ...]
    elsewhere: str
    """Entity tweets (``training.data.entities``), of which some are held back to judge by; empty for none."""


class LinearConfig(Strict):
    """Logistic regression over TF-IDF of words and of characters within words."""

    words: tuple[PositiveInt, PositiveInt]
    """Fewest and most words in a row that make a feature."""
    characters: tuple[PositiveInt, PositiveInt]
    """The same of characters."""
    least_tweets: PositiveInt
    """In how many training tweets a feature must occur."""
    penalties: Annotated[tuple[PositiveFloat, ...], Field(min_length=1)]
    """scikit-learn's C, of which the best one for the validation part is taken."""
    class_weight_power: Share
    """Of the balanced class weights: 1 leaves them as they are, 0 makes all classes count alike by tweet."""


class TeacherConfig(Strict):
    """How the pretrained encoder is fine-tuned."""

    seeds: tuple[Seed, ...]
    """One teacher each: of the head, the dropout and the order. None at all: the linear model teaches alone."""
    epochs: PositiveInt
    learning_rate: PositiveFloat
    """At the end of the warm-up, from where it falls to 0 in a line."""
    warmup: Rate
    """Share of the steps in which it rises from 0."""
    batch_size: PositiveInt
    weight_decay: NonNegativeFloat
    """AdamW's; norms and biases are left out."""
    clip_norm: PositiveFloat
    """Longest gradient of all weights together."""
    dropout: Rate
    class_weight_power: Share
    label_smoothing: Rate
    max_pieces: Annotated[int, Field(ge=8, le=512)]
    """Word pieces of a tweet that are read."""


class EnsembleConfig(Strict):
    """How the linear model and the fine-tuned encoders become one teacher."""

    shares: Annotated[tuple[Share, ...], Field(min_length=1)]
    """Of the encoders' standardised logits in the sum; the best one for the validation part is taken."""
    tilt: Share
    """Power of a class's share that its probability is divided by: 0 leaves calibrated probabilities, which rarely
    name a rare class first; 1 makes every class as likely as any other."""


class AugmentationConfig(Strict):
    """How copies of training tweets differ from them: how often in which way, and by how much."""

    drop: NonNegativeFloat
    """Weight of dropping words."""
    span: NonNegativeFloat
    """Weight of keeping a run of words."""
    splice: NonNegativeFloat
    """Weight of going on with another training tweet."""
    replace: NonNegativeFloat
    """Weight of putting in words from unlabelled tweets."""
    most_dropped: Rate
    most_replaced: Rate

    @validated(mode="after")
    def _something_is_done(self) -> "AugmentationConfig":
        if not self.drop + self.span + self.splice + self.replace:
            raise ValueError("drop, span, splice and replace are all 0: give one of them a weight")
        return self


class TransferConfig(Strict):
    """What a student learns from."""

    copies: NonNegativeInt
    """Augmented copies of each training tweet."""
    labels_share: Share
    """Of a training tweet's own label in its target; the rest is the teacher's."""
    labelled_weight: NonNegativeFloat
    copies_weight: NonNegativeFloat
    unlabelled_weight: NonNegativeFloat


class Recipe(Strict):
    """One task's."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")]
    description: str
    version: Annotated[str, Field(pattern=r"^[0-9A-Za-z][0-9A-Za-z.+-]{0,31}$")]
    """Of its bundle."""
    task: DatasetName
    seed: Seed
    """Of the folds, the augmentation and the draws of unlabelled tweets."""
    folds: Annotated[int, Field(ge=2, le=100)]
    study_split: bool
    """Whether all of it is done on the study's split as well, to compare with figures on it."""
    data: DataConfig
    linear: LinearConfig
    teacher: TeacherConfig
    ensemble: EnsembleConfig
    augmentation: AugmentationConfig
    transfer: TransferConfig
    student: StudentConfig
    """Its word vectors start at the first encoder's, in as many dimensions as it has."""

    @property
    def digest(self) -> str:
        """SHA-256 of all that decides something."""
        decides = self.model_dump_json(exclude={"description", "version"})
        return hashlib.sha256(decides.encode()).hexdigest()

    @validated(mode="after")
    def _nothing_is_left_to_a_default(self) -> "Recipe":
        if names := left_out(self):
            raise ValueError(f"missing {', '.join(names)}")
        return self


def packaged_recipes() -> list[str]:
    """Names of the recipes that come with the program: one a task."""
    return packaged_names(_PACKAGE)


def load_recipe(name_or_path: str) -> Recipe:
    """Read a packaged recipe by its name, or one of your own by its path (ending in .toml).

    Raises UsageError in one line for an unknown name, a missing file, bad TOML, and missing or unknown fields.
    """
    return load_named("recipe", _PACKAGE, name_or_path, Recipe.model_validate_json)

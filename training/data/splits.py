"""Which rows train a network, which stop it in time, and which judge it."""

from typing import Annotated, Final, NamedTuple

import numpy as np
import numpy.typing as npt
from pydantic import Field

from model.errors import UsageError
from model.strict import Strict

MOST_SEED: Final = 2**32 - 1
"""The highest that NumPy's, scikit-learn's and Keras' generators all take."""
Seed = Annotated[int, Field(ge=0, le=MOST_SEED)]


class SplitConfig(Strict):
    """Two successive random cuts, both shuffled with the same seed."""

    test_share: float = Field(gt=0, lt=1)
    """Share of all tweets that is held out for the final figures."""
    validation_share: float = Field(gt=0, lt=1)
    """Share of the remaining tweets that early stopping watches."""
    stratified: bool
    """Whether each part keeps the classes' shares."""
    random_state: Seed
    """Seed of both cuts, as scikit-learn takes it."""


class Split(NamedTuple):
    """Row numbers of the three parts: disjoint, together all rows unless some were left out on purpose."""

    train: npt.NDArray[np.intp]
    validation: npt.NDArray[np.intp]
    test: npt.NDArray[np.intp]


def split_rows(targets: npt.NDArray[np.intp], config: SplitConfig) -> Split:
    """Split the numbers of the rows with these targets, [rows], as a study did.

    The brand study's cuts are not stratified. Its text leaves that open, but its test set tells: the constant
    prediction's flat AUC is known to be 0.830 there, which the plain cut gives (0.8303) and the stratified one
    does not (0.8320).
    Raises UsageError if a part would be empty, or a stratified one could not hold every class.
    """
    everything = np.arange(len(targets))
    try:
        rest, test = _cut(everything, targets, config.test_share, config)
        train, validation = _cut(rest, targets, config.validation_share, config)
    except ValueError:
        raise UsageError(
            f"{len(targets)} tweets are too few to cut into a training, a validation and a test part: "
            "give a larger file"
        ) from None
    return Split(train, validation, test)


def thinned(split: Split, targets: npt.NDArray[np.intp], share: float, seed: int) -> Split:
    """Keep a share of the training and of the validation part, class by class; the test part stays whole.

    Raises UsageError if a part is too small to be thinned.
    """
    if share == 1:
        return split
    from sklearn.model_selection import train_test_split  # noqa: PLC0415 - keeps `--help` quick

    parts = []
    for part in (split.train, split.validation):
        try:
            kept, _ = train_test_split(part, train_size=share, stratify=targets[part], random_state=seed)
        except ValueError:
            raise UsageError(
                f"a share of {share:g} of {len(part)} tweets is too small to hold every class: allow more"
            ) from None
        parts.append(kept)
    return Split(parts[0], parts[1], split.test)


def _cut(
    rows: npt.NDArray[np.intp], targets: npt.NDArray[np.intp], share: float, config: SplitConfig
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    from sklearn.model_selection import train_test_split  # noqa: PLC0415

    kept, cut = train_test_split(
        rows,
        test_size=share,
        random_state=config.random_state,
        stratify=targets[rows] if config.stratified else None,
    )
    return kept, cut

"""How far a flagship's run goes."""

from enum import StrEnum


class Stage(StrEnum):
    """How far a run goes."""

    TEACH = "teach"
    """The folds' teachers are trained, and answer what they have not seen."""
    TRANSFER = "transfer"
    """They label what the folds' students learn from."""
    FINAL = "final"
    """The same for the study's split, and for all tweets, from which the bundle is made."""

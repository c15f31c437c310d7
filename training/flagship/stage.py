"""How far a flagship's run goes."""

from enum import StrEnum


class Stage(StrEnum):
    """How far a run goes."""

    TEACH = "teach"
    """The folds' teachers are trained, and answer what they have not seen."""
    TRANSFER = "transfer"
    """They label what the folds' students learn from."""
    STUDENT = "student"
    """The folds' students learn it, and answer what neither they nor their teachers have seen."""
    FINAL = "final"
    """The same for the study's split, if the recipe says so, and for all tweets, of which the bundle is made."""

    def reaches(self, other: "Stage") -> bool:
        """Tell whether a run to this stage goes through another one."""
        stages = list(Stage)
        return stages.index(self) >= stages.index(other)

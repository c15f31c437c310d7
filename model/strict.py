"""The base of everything that is read from files of others."""

from pydantic import BaseModel, ConfigDict


class Strict(BaseModel):
    """Immutable; no field beyond the declared ones, no value of another type, no infinity and no NaN."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

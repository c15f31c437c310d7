"""What several commands check about their options."""

from model.errors import UsageError


def checked_subset(share: float) -> float:
    """Return the share. Raises UsageError unless it is above 0 and at most 1."""
    if not 0 < share <= 1:
        raise UsageError(f"--subset {share} will not do: give a share above 0 and at most 1, such as 0.25")
    return share

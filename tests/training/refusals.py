"""How a file that a user writes is refused."""

from collections.abc import Callable
from pathlib import Path

import pytest

from model.errors import UsageError


def refusal(load: Callable[[str], object], path: Path, text: str) -> str:
    """Write a file that is not to be loaded, and return what is said of it: one line."""
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError) as refused:
        load(str(path))
    assert "\n" not in str(refused.value)
    return str(refused.value)

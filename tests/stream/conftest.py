import os

import pytest


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever runs the tests may have settings of their own."""
    for name in list(os.environ):
        if name.upper().startswith("WARBLE_"):
            monkeypatch.delenv(name)

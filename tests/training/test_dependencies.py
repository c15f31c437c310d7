import pytest

from model.errors import UsageError
from training import dependencies
from training.dependencies import require_training_packages


def test_all_there_is_no_error() -> None:
    require_training_packages()


def test_what_is_missing_is_named_with_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dependencies, "find_spec", lambda name: None if name in ("keras", "nltk") else object())
    with pytest.raises(UsageError, match=r"needs keras, nltk, .* extra 'train'"):
        require_training_packages()

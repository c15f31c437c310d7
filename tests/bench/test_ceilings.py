"""What each ceiling is about."""

from typing import Any

import pytest

from bench import ceilings
from bench.shared_classify import BUNDLE, SLICE
from model.classifier import Classifier


def test_an_encoder_is_that_of_the_bundle_that_is_named_and_reads_each_tweet_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    loaded: list[str] = []
    load = Classifier.load

    def told(bundle: str, **given: Any) -> Classifier:  # noqa: ANN401 - as the original
        loaded.append(bundle)
        return load(bundle, **given)

    monkeypatch.setattr(Classifier, "load", told)
    monkeypatch.setattr(ceilings, "texts", lambda: ([f"tweet {number}" for number in range(100_000)], "made"))
    rounds = {kind: ceilings.work_of(kind) for kind in ("encode", "brands-encode", "hate-encode")}
    assert loaded == [BUNDLE, "brands", "hate"]
    assert {kind: next(work) for kind, work in rounds.items()} == dict.fromkeys(rounds, SLICE)
    # The remaining 92,000 are read before any is read again; of the others, 72,000.
    assert sum(next(rounds["brands-encode"]) for _ in range(12)) == 92_000
    assert sum(next(rounds["encode"]) for _ in range(9)) == 72_000


def test_an_unknown_kind_is_told_what_there_is() -> None:
    with pytest.raises(SystemExit, match=r"expected one of onnx-1, .*, hate-encode, received 'tea'"):
        ceilings.work_of("tea")

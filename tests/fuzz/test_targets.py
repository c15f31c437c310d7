"""A small share of the fuzzing in every run of the tests: mutations of what is nearly right, and anything at all."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stream.messages.decode import Decoder, Tweet
from tests.fuzz import messages
from tests.fuzz.targets import TARGETS, Target

EXAMPLES = {"decode": 500, "encode": 300, "settings": 40, "bundle": 60}


def nearly_right(target: Target) -> st.SearchStrategy[bytes]:
    """Seeds with a few spans replaced by bytes, or by what such inputs often hold."""
    seeds = target.seeds()
    place = st.integers(min_value=0, max_value=max(map(len, seeds)))
    edit = st.tuples(
        place, st.integers(min_value=0, max_value=8), st.sampled_from(target.words) | st.binary(max_size=8)
    )

    def apply(seed: bytes, edits: list[tuple[int, int, bytes]]) -> bytes:
        for start, length, put in edits:
            at = start % (len(seed) + 1)
            seed = seed[:at] + put + seed[at + length :]
        return seed

    return st.builds(apply, st.sampled_from(seeds), st.lists(edit, max_size=4))


@pytest.mark.parametrize("name", TARGETS)
def test_every_seed_passes(name: str) -> None:
    for seed in TARGETS[name].seeds():
        TARGETS[name].feed(seed)


@pytest.mark.parametrize("name", TARGETS)
def test_no_bytes_are_a_finding(name: str) -> None:
    target = TARGETS[name]

    @settings(max_examples=EXAMPLES[name])
    @given(nearly_right(target) | st.binary(max_size=200))
    def feed(content: bytes) -> None:
        target.feed(content)

    feed()


@pytest.mark.parametrize("name", TARGETS)
def test_some_seed_is_good(name: str) -> None:
    # Otherwise nothing but refusals would be fuzzed.
    good: dict[str, Callable[[object], bool]] = {
        "decode": lambda decoded: isinstance(decoded, Tweet),
        "encode": lambda encoded: isinstance(encoded, tuple) and bool(encoded[0]),
    }
    answers = [TARGETS[name].feed(seed) for seed in TARGETS[name].seeds()]
    assert any(map(good.get(name, lambda answer: answer is not None), answers))


def test_an_exception_while_decoding_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_decoder: Decoder, _value: bytes | None) -> None:
        raise RecursionError

    monkeypatch.setattr(Decoder, "decode", fail)
    with pytest.raises(RecursionError):
        messages.feed(b"\0{}")

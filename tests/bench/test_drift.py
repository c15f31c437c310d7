"""Drift on real tweets: quiet on those of the same kind, loud on others."""

import math
import re
from pathlib import Path
from statistics import median

import pytest

from bench.drift import BUNDLES, WINDOWS, Found, measure
from bench.errors import BenchError
from model.reference import FEATURES
from stream.settings import DriftSettings


@pytest.fixture(scope="module")
def found(tweets_data: Path) -> dict[tuple[str, int], Found]:
    return {(bundle, window): measure(tweets_data, bundle, window) for bundle in BUNDLES for window in (1_000, 10_000)}


@pytest.mark.data
@pytest.mark.slow
def test_held_out_tweets_of_the_same_kind_ring_in_none_of_a_hundred_windows(
    found: dict[tuple[str, int], Found],
) -> None:
    assert {key: len(one.quiet) for key, one in found.items()} == dict.fromkeys(found, WINDOWS)
    # Of a reference of 676 tweets, a short window differs by chance alone.
    held = {key: one for key, one in found.items() if key != ("brands", 1_000)}
    assert {key[1] for key in held} == {1_000, DriftSettings().window}
    assert {key: one.windows_with_a_false_alarm for key, one in held.items()} == dict.fromkeys(held, 0)


@pytest.mark.data
@pytest.mark.slow
def test_general_tweets_ring_within_a_window(found: dict[tuple[str, int], Found]) -> None:
    for window in (1_000, 10_000):
        for bundle in ("brands-notebook", "brands"):
            rings_after = found[bundle, window].rings_after
            assert all((rings_after[feature, "distance"] or math.inf) <= window for feature in FEATURES)
        hate = found["hate", window].rings_after
        assert (hate["length", "distance"] or math.inf) <= window
        # Unknown words tell first: other topics have other words. Flagships know few unknown ones.
        notebook = found["brands-notebook", window].rings_after
        assert (notebook["out_of_vocabulary", "distance"] or math.inf) <= window // 5


@pytest.mark.data
@pytest.mark.slow
def test_the_documents_figures_are_those_that_are_measured(found: dict[tuple[str, int], Found]) -> None:
    text = (Path(__file__).parents[2] / "docs" / "metrics.md").read_text("utf-8")
    rows = re.findall(
        r"^\| `([\w-]+)` \| ([\d,]+) \| `(\w+)` \| ([\d.]+), ([\d.]+) \| (\d+) \| ([\d.]+) \| (\S+) \|$",
        text,
        re.MULTILINE,
    )
    assert len(rows) == len(found) * len(FEATURES)
    for bundle, window, feature, typical, most, alarms, general, after in rows:
        one = found[bundle, int(window.replace(",", ""))]
        assert int(alarms) == pytest.approx(one.false_alarms(feature, "distance"), abs=1)
        quiet = [values[feature, "distance"] for values in one.quiet]
        expected = [median(quiet), max(quiet), one.general[feature, "distance"]]
        assert [float(figure) for figure in (typical, most, general)] == pytest.approx(expected, abs=0.003)
        rings_after = one.rings_after[feature, "distance"]
        assert after == "never" or int(after.replace(",", "")) == pytest.approx(rings_after, abs=300)


def test_without_the_data_it_says_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(BenchError, match=r"there is no .*brands\.csv: name the directory"):
        measure(tmp_path, "brands-notebook", 1_000)

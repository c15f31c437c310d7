import errno
import json
import os
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from model.errors import UsageError
from tests.training.explore import small
from training.cli import app
from training.data.brands import COLUMNS
from training.data.datasets import DatasetName
from training.explore import run
from training.explore.figures import Exploration

pytestmark = pytest.mark.usefixtures("nltk_corpora")

COMMON = {
    "addresses",
    "agreement",
    "characters",
    "classes",
    "diversity",
    "duplicates",
    "encoding",
    "hashtags",
    "mentions",
    "typical-words",
    "words",
    "words-a-tweet",
    "words-by-class",
}


def explore(name: DatasetName, data: Path, out: Path, *, overwrite: bool = False) -> Path:
    return run.explore(name, data, out, lambda _: None, overwrite=overwrite)


@pytest.fixture(scope="module")
def brands(tmp_path_factory: pytest.TempPathFactory, nltk_corpora: None) -> Path:
    del nltk_corpora  # only asked for
    home = tmp_path_factory.mktemp("brands")
    return explore("brands", small.write_brands(home / "b.csv"), home / "out").parent


def pictures(directory: Path, suffix: str) -> set[str]:
    return {path.stem for path in (directory / "pictures").glob(f"*{suffix}")}


def test_every_picture_is_there_as_svg_and_png(brands: Path) -> None:
    expected = COMMON | {"cloud-negative", "cloud-neutral", "cloud-positive", "cloud-i-cant-tell"}
    assert pictures(brands, ".svg") == pictures(brands, ".png") == expected
    assert {path.name for path in brands.iterdir()} == {"explore.json", "pictures", "report.html"}
    assert all(path.stat().st_size > 1_000 for path in (brands / "pictures").iterdir())


def test_the_report_shows_every_picture_and_needs_nothing_else(brands: Path) -> None:
    html = (brands / "report.html").read_text(encoding="utf-8")
    assert html.count("<img alt=") == len(pictures(brands, ".svg"))
    assert "<script" not in html
    assert all(source.startswith("data:image/svg+xml;base64,") for source in re.findall(r'src="([^"]*)', html))
    assert all(target.startswith("#") for target in re.findall(r'href="([^"]*)', html))
    assert "url(" not in html
    assert "prefers-color-scheme: dark" in html


def test_what_others_wrote_is_escaped(brands: Path) -> None:
    html = (brands / "report.html").read_text(encoding="utf-8")
    assert "example.org/a?&lt;b&gt;&amp;c=$d$" in html
    assert "<b>" not in html


def test_the_figures_can_be_read_back_and_hold_no_tweet(brands: Path) -> None:
    content = (brands / "explore.json").read_text(encoding="utf-8")
    found = Exploration.model_validate_json(content)
    assert found.tweets == 9
    assert found.file == "b.csv"
    assert json.loads(content)["labels"]["negative"]["count"] == 2
    assert not any(text in content for text, *_ in small.BRANDS if len(text) > 3)


def test_the_command_says_where_on_stdout_and_how_far_on_stderr(tmp_path: Path) -> None:
    data, out = small.write_hate(tmp_path / "h.csv"), tmp_path / "deep" / "out"
    result = CliRunner().invoke(app, ["explore", "hate", "--data", str(data), "--out", str(out)])
    assert result.exit_code == 0
    assert result.stdout == f"{out / 'report.html'}\n"
    assert "reading h.csv\ncutting 4 tweets into words\n" in result.stderr
    # Nobody writes an address there.
    assert pictures(out, ".png") == COMMON - {"addresses"} | {"cloud-hateful", "cloud-not-hateful"}
    assert "There are no web addresses." in (out / "report.html").read_text(encoding="utf-8")
    assert {path.name for path in tmp_path.iterdir()} == {"h.csv", "deep"}
    assert [path.name for path in out.parent.iterdir()] == ["out"]


def test_what_is_in_the_way_is_refused_before_anything_is_read(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.txt").touch()
    with pytest.raises(UsageError, match=r"out exists: choose another --out"):
        explore("hate", tmp_path / "absent.csv", tmp_path / "out")
    with pytest.raises(UsageError, match=r"has no explore\.json, so it is not overwritten"):
        explore("hate", tmp_path / "absent.csv", tmp_path / "out", overwrite=True)
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["mine.txt"]


def test_a_file_that_is_not_the_named_set_leaves_nothing(tmp_path: Path) -> None:
    data = small.write_hate(tmp_path / "h.csv")
    with pytest.raises(UsageError, match="no column 'tweet_text'"):
        explore("brands", data, tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["h.csv"]


def test_a_full_disk_leaves_the_earlier_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data, out = small.write_hate(tmp_path / "h.csv"), tmp_path / "out"
    out.mkdir()
    (out / "explore.json").write_text("earlier")

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(run, "save", full)
    with pytest.raises(UsageError, match="cannot be written: No space left on device") as refused:
        explore("hate", data, out, overwrite=True)
    assert "\n" not in str(refused.value)
    assert (out / "explore.json").read_text() == "earlier"
    assert {path.name for path in tmp_path.iterdir()} == {"h.csv", "out"}


def test_an_earlier_report_is_replaced_as_a_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data, out = small.write_hate(tmp_path / "h.csv"), tmp_path / "out"
    out.mkdir()
    (out / "explore.json").write_text("earlier")
    (out / "stale.txt").touch()
    monkeypatch.setattr(run, "_pictures", lambda *_: iter(()))
    explore("hate", data, out, overwrite=True)
    assert {path.name for path in out.iterdir()} == {"explore.json", "pictures", "report.html"}


def test_a_class_without_tweets_or_without_words_has_no_picture(tmp_path: Path) -> None:
    path = tmp_path / "b.csv"
    rows = ("42,", small.NEGATIVE), ("so {link} #a,", small.POSITIVE), ("birds,", small.POSITIVE)
    path.write_text("\n".join([",".join(COLUMNS), *map(",".join, rows)]))
    out = explore("brands", path, tmp_path / "out").parent
    assert {name for name in pictures(out, ".svg") if name.startswith("cloud")} == {"cloud-positive"}
    assert "agreement" not in pictures(out, ".svg")
    found = Exploration.model_validate_json((out / "explore.json").read_text(encoding="utf-8"))
    assert list(found.labels) == ["negative", "positive"]

import io
import re
from pathlib import Path
from xml.etree import ElementTree as ET

from rich.console import Console

from stream.demo.capture import self_contained


def test_the_picture_loads_nothing_from_anywhere() -> None:
    console = Console(record=True, file=io.StringIO(), width=40)
    console.print("hello")
    svg = console.export_svg(title="t", unique_id="u")
    assert "https://" in svg
    kept = self_contained(svg).replace("http://www.w3.org/2000/svg", "").replace("https://www.textualize.io", "")
    assert "://" not in kept
    assert "hello" in kept


def test_the_picture_in_the_docs_shows_the_demo_and_loads_nothing() -> None:
    svg = (Path(__file__).parents[3] / "docs" / "demo.svg").read_text("utf-8")
    words = " ".join(ET.fromstring(svg).itertext()).replace("\xa0", " ")  # noqa: S314 -- our own file
    for shown in ("warble demo", "newest tweets", "dead letters", "positive", "forgetful"):
        assert shown in words
    assert not re.search(r"@font-face|@import|url\(\s*['\"]?http|(?:href|src)\s*=", svg)

"""Small data sets of our own writing that have something of everything."""

import csv
from pathlib import Path

from training.data.brands import COLUMNS as BRAND_COLUMNS
from training.data.hate import COLUMNS as HATE_COLUMNS

NEGATIVE = "Negative emotion"
NEUTRAL = "No emotion toward brand or product"
POSITIVE = "Positive emotion"
CANNOT_TELL = "I can't tell"

BRANDS = (
    ("RT @mention: the launch of the phone is at noon in the big hall by the river {link}", "", NEUTRAL),
    ("the launch of the phone is at noon in the big hall by the river {link} {link}", "", POSITIVE),
    ("the launch of the phone is at noon in the big hall by the river today", "", NEUTRAL),
    ("my phone broke again #fail #Fail", "iPhone", NEGATIVE),
    ("my phone broke again #fail #Fail", "iPhone", NEGATIVE),
    ("love, love, LOVE this tablet &amp; its app http://www.example.org/a?<b>&c=$d$ #Yay", "iPad", POSITIVE),
    ("sch\xc3\xb6n \xe2\x80\x9cquoted\xe2\x80\x9d tablet www.example.org/x", "", POSITIVE),
    ("so it is a tablet @somebody", "", CANNOT_TELL),
    ("42", "", CANNOT_TELL),
    ("", "", NEUTRAL),
)
HATE = (
    ("1", "0", " @user what a lovely day for a walk \xf0\x9f\x98\x80 #sun #sun\u4eca\u65e5"),
    ("2", "0", "what a lovely day for a walk @user"),
    ("3", "1", "@user what a horrid crowd they are &gt;&gt; #away"),
    ("4", "1", "@user @user what a horrid crowd they are #away"),
    ("5", "0", "  "),
)


def write_brands(path: Path) -> Path:
    """Write ten rows with all four labels; one has no text, one has mojibake, two are equal, three nearly so."""
    return _write(path, BRAND_COLUMNS, BRANDS, "latin-1")


def write_hate(path: Path) -> Path:
    """Write five rows with both labels; one has no text, one has mojibake, and each class has near-twins."""
    return _write(path, HATE_COLUMNS, HATE, "utf-8")


def _write(path: Path, columns: tuple[str, ...], rows: tuple[tuple[str, ...], ...], encoding: str) -> Path:
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file).writerows((columns, *rows))
    return path

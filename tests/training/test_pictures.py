from pathlib import Path

import pytest
from matplotlib.figure import Figure

from training.pictures import COLOURS, MARKERS, bare_figure, figure, figures, printable, save


def drawn(text: str = "bird") -> Figure:
    drawing, axes = figure(f"Songs of the {text}", "time (s)", "pitch (Hz)")
    axes.plot([1, 10, 100], [3, 1, 2], color=COLOURS[0], marker=MARKERS[0], label=printable(text))
    axes.set_xscale("log")
    axes.legend()
    return drawing


def test_a_figure_has_a_title_and_both_labels() -> None:
    drawing, axes = figure("Songs", "time (s)", "pitch (Hz)")
    assert drawing.get_suptitle() == "Songs"
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("time (s)", "pitch (Hz)")


def test_a_grid_of_axes_comes_row_by_row() -> None:
    _, axes = figures("Songs", 2, 3, size=(6, 4))
    assert len(axes) == 6


def test_bare_axes_show_nothing_of_their_own() -> None:
    _, axes = bare_figure("Songs", size=(4, 3))
    assert not axes.axison


def test_equal_figures_give_equal_files(tmp_path: Path) -> None:
    first, again = save(drawn(), tmp_path / "a.b"), save(drawn(), tmp_path / "again")
    assert [path.name for path in first] == ["a.b.svg", "a.b.png"]
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in again]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("caf\xe9 \u0436", "caf\xe9 \u0436"),
        ("\U0001f9ff", "U+1F9FF"),
        ("a\x80b\tc", "aU+0080bU+0009c"),
        ("\u4eca", "U+4ECA"),
        ("$5 and $6", r"\$5 and \$6"),
    ],
)
def test_what_the_font_lacks_is_shown_as_its_code_point(tmp_path: Path, text: str, shown: str) -> None:
    assert printable(text) == shown
    save(drawn(text), tmp_path / "odd")  # a missing glyph would be a warning, which fails a test


def test_colours_are_told_apart() -> None:
    assert len(set(COLOURS)) == len(COLOURS) == len(MARKERS)

"""One look for every picture: titled, labelled axes, colours that the colour-blind tell apart."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLOURS: Final = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
"""Okabe and Ito's palette ("Color Universal Design", 2008) without its yellow, which is too pale on white."""
MARKERS: Final = ("o", "s", "^", "D", "v", "P", "X")
"""Beside the colours, for who prints without any."""

_STYLE: Final[Any] = {
    "axes.axisbelow": True,
    "axes.grid": True,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlesize": 12,
    "axes.titleweight": "bold",
    "axes.labelsize": 10,
    "figure.constrained_layout.use": True,
    "figure.dpi": 100,
    "figure.facecolor": "white",
    "font.family": "DejaVu Sans",  # matplotlib brings it, so that a picture looks the same everywhere
    "font.size": 10,
    "grid.color": "#dddddd",
    "grid.linewidth": 0.6,
    "legend.frameon": False,
    "lines.linewidth": 1.8,
    "svg.fonttype": "path",
    "svg.hashsalt": "warble",  # equal pictures get equal files
}


def figure(title: str, xlabel: str, ylabel: str, *, size: tuple[float, float] = (7.0, 4.5)) -> "tuple[Figure, Axes]":
    """Return a new figure with one pair of axes, titled and labelled.

    size: inches, width then height.
    """
    drawing, axes = figures(title, 1, 1, size=size)
    axes[0].set_xlabel(printable(xlabel))
    axes[0].set_ylabel(printable(ylabel))
    return drawing, axes[0]


def bare_figure(title: str, *, size: tuple[float, float]) -> "tuple[Figure, Axes]":
    """Return a new titled figure whose axes are there only to draw on."""
    drawing, axes = figures(title, 1, 1, size=size)
    axes[0].set_axis_off()
    return drawing, axes[0]


def figures(title: str, rows: int, columns: int, *, size: tuple[float, float]) -> "tuple[Figure, list[Axes]]":
    """Return a new titled figure with a grid of axes, row by row; the caller labels them."""
    import matplotlib as mpl  # noqa: PLC0415 - keeps `--help` quick
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415
    from matplotlib.figure import Figure  # noqa: PLC0415

    # For good, not for a while: what the caller adds later, ticks and legends, asks for the style again.
    mpl.rcParams.update(_STYLE)
    # No pyplot: it keeps every figure alive, and asks for a display.
    drawing = Figure(figsize=size)
    FigureCanvasAgg(drawing)
    axes = drawing.subplots(rows, columns, squeeze=False)
    drawing.suptitle(printable(title), fontsize=12, fontweight="bold")
    return drawing, list(axes.flat)


def save(drawing: "Figure", path: Path) -> tuple[Path, Path]:
    """Write ``path`` with .svg and with .png appended; equal figures give equal files.

    Returns both paths.
    """
    svg, png = path.with_name(f"{path.name}.svg"), path.with_name(f"{path.name}.png")
    drawing.savefig(svg, metadata={"Date": None, "Creator": None})
    drawing.set_layout_engine("none")  # what the first has laid out, the second leaves where it is
    drawing.savefig(png, dpi=150, metadata={"Software": None})
    return svg, png


def printable(text: str) -> str:
    """Return a text that pictures show as it stands.

    A dollar sign does not begin a formula; a character that the font lacks becomes its code point, such as U+1F600.
    """
    known = _characters()
    shown = (letter if letter == "\n" or ord(letter) in known else f"U+{ord(letter):04X}" for letter in text)
    return "".join(shown).replace("$", r"\$")


def _characters() -> frozenset[int]:
    from matplotlib.font_manager import FontProperties, findfont, get_font  # noqa: PLC0415 - keeps `--help` quick

    found = get_font(findfont(FontProperties(family="DejaVu Sans"))).get_charmap()
    # Control characters may have an empty glyph.
    return frozenset(code for code in found if chr(code).isprintable())

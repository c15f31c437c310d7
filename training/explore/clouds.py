"""Word clouds: the more frequent, the larger."""

from collections import Counter
from typing import TYPE_CHECKING, Final

from training.pictures import COLOURS, bare_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_WORDS: Final = 100
_LARGEST: Final = 72
"""So small that no word fits into the hollow of another's letter."""
_SMALLEST: Final = 14
_MARGIN: Final = 8
_WIDTH: Final = 900
_HEIGHT: Final = 520
"""Of the layout, in units that are pixels at 100 to the inch."""
_SEED: Final = 67
_DARK_ENOUGH: Final = (COLOURS[0], COLOURS[1], COLOURS[2], COLOURS[6])
"""On white, even where letters are small; colours mean nothing here, they part neighbours."""


def draw_cloud(counts: Counter[str], title: str) -> "Figure":
    """Draw the most frequent words; the same words in the same place every time.

    wordcloud lays them out; matplotlib draws them, as outlines, so that a picture needs no font where it is shown.
    """
    from matplotlib.font_manager import FontProperties, findfont  # noqa: PLC0415 - keeps `--help` quick
    from matplotlib.patches import PathPatch  # noqa: PLC0415
    from matplotlib.path import Path  # noqa: PLC0415
    from matplotlib.textpath import TextPath  # noqa: PLC0415
    from wordcloud import WordCloud  # noqa: PLC0415

    file = findfont(FontProperties(family="DejaVu Sans"))
    layout = WordCloud(
        width=_WIDTH,
        height=_HEIGHT,
        font_path=file,
        prefer_horizontal=1.0,
        random_state=_SEED,
        margin=_MARGIN,
        min_font_size=_SMALLEST,
        max_font_size=_LARGEST,
        relative_scaling=0.4,
    ).generate_from_frequencies(dict(sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:_WORDS]))
    drawing, axes = bare_figure(title, size=(_WIDTH / 100, _HEIGHT / 100 + 0.5))
    axes.set_xlim(0, _WIDTH)
    axes.set_ylim(_HEIGHT, 0)
    axes.set_aspect("equal")
    for number, ((word, _), size, (top, left), *_) in enumerate(layout.layout_):
        path = TextPath((0, 0), word, size=size, prop=FontProperties(fname=file))
        # wordcloud places the top of what is inked, not of the line.
        vertices = path.vertices * (1, -1) + (left, top + path.get_extents().y1)
        axes.add_patch(
            PathPatch(Path(vertices, path.codes), facecolor=_DARK_ENOUGH[number % len(_DARK_ENOUGH)], linewidth=0)
        )
    return drawing

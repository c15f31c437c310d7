"""Draw the README's picture of the demo: ``python -m stream.demo.capture docs/demo.svg``."""

import io
import re
import sys
import time
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import MONOKAI

from stream.demo import DEFAULT_RATE
from stream.demo.run import every, play
from stream.demo.stage import staged
from stream.demo.view import View
from stream.logs import quiet_logs
from stream.settings import Settings, load_settings

WIDTH, HEIGHT = 100, 34
SECONDS = 15.0

_FONT_FACE = re.compile(r"@font-face\s*\{.*?\}\s*", re.DOTALL)


def capture(settings: Settings, seconds: float = SECONDS) -> str:
    """Run the demo for ``seconds`` and return its last frame as SVG, which loads nothing from anywhere."""
    console = Console(
        record=True, file=io.StringIO(), width=WIDTH, height=HEIGHT, force_terminal=True, color_system="truecolor"
    )
    with staged(settings, DEFAULT_RATE) as stage:
        view = View(stage.facts, stage.tally)
        play(stage, seconds=seconds, draw=every(0.25, view.frame, time.monotonic), stop=lambda: False)
        console.print(view)
    return self_contained(console.export_svg(title="warble demo", theme=MONOKAI, unique_id="warble"))


def self_contained(svg: str) -> str:
    """Drop the fonts that rich's SVG would fetch; a monospaced one of the reader's takes their place."""
    return _FONT_FACE.sub("", svg)


if __name__ == "__main__":
    quiet_logs()
    Path(sys.argv[1]).write_text(capture(load_settings()), "utf-8")

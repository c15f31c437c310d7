"""The demo on a terminal."""

from collections import deque
from itertools import islice

from rich.console import Console, ConsoleOptions, RenderResult
from rich.layout import Layout
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from stream.demo.facts import Facts
from stream.demo.tally import Labelled, Tally
from stream.terminal import printable, style_of

_TALL = 32
_BORDER = 2
_NEW_A_FRAME = 2
"""How many tweets enter the list at once: more could not be read."""
_BLOCKS = " ▏▎▍▌▋▊▉█"


class View:
    """Draws a tally; :meth:`frame` is called a few times a second, before it is drawn."""

    def __init__(self, facts: Facts, tally: Tally) -> None:
        self._facts = facts
        self._tally = tally
        self._listed: deque[Labelled] = deque(maxlen=100)
        self._seen = 0

    def frame(self) -> None:
        """Let the list of tweets move on by a readable step."""
        fresh = min(self._tally.labelled - self._seen, _NEW_A_FRAME, len(self._tally.newest))
        self._seen = self._tally.labelled
        self._listed.extendleft(reversed(list(islice(reversed(self._tally.newest), fresh))))

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Draw the whole screen."""
        height = options.height or console.height
        middle = 11 if height >= _TALL else 7
        screen = Layout()
        screen.split_column(
            Layout(self._title(), size=1),
            Layout(self._figures(), size=3),
            Layout(name="middle", size=middle),
            Layout(self._tweets(), name="tweets"),
            Layout(self._notes(), size=5),
        )
        screen["middle"].split_row(Layout(self._classes(), ratio=5), Layout(self._dead(middle - _BORDER), ratio=6))
        yield screen

    def _title(self) -> Table:
        title = Table.grid(expand=True)
        title.add_column()
        title.add_column(justify="right")
        minutes, seconds = divmod(int(self._tally.elapsed()), 60)
        title.add_row(
            Text.assemble((" warble demo ", "bold reverse"), f"  {self._facts.model} ({self._facts.engine})"),
            f"{minutes:02}:{seconds:02} ",
        )
        return title

    def _figures(self) -> Panel:
        latency = self._tally.latency_ms()
        figures = Table.grid(expand=True)
        for _ in range(4):
            figures.add_column(justify="center", ratio=1)
        figures.add_row(
            _figure("labelled", f"{self._tally.labelled:,}", "bold green"),
            _figure("tweets/s", f"{self._tally.rate():.0f}", "bold"),
            _figure("p50/p95", "-" if latency is None else f"{latency[0]:.0f}/{latency[1]:.0f} ms", "bold"),
            _figure("dead letters", f"{self._tally.dead:,}", "bold red"),
        )
        return Panel(figures, border_style="dim")

    def _classes(self) -> Panel:
        bars = Table.grid(padding=(0, 1), expand=True)
        bars.add_column(no_wrap=True)
        bars.add_column(ratio=1)
        bars.add_column(justify="right", no_wrap=True)
        for label, share in self._tally.shares(self._facts.labels).items():
            style = style_of(label, self._facts.labels)
            bars.add_row(Text(label, style=style), _Bar(share, style), f"{share:.0%}")
        return Panel(bars, title="classes", title_align="left", border_style="dim")

    def _dead(self, rows: int) -> Panel:
        letters = Table.grid(padding=(0, 1), expand=True)
        letters.add_column(no_wrap=True)
        letters.add_column(justify="right", no_wrap=True)
        letters.add_column(no_wrap=True, overflow="ellipsis", ratio=1)
        details = {letter.reason: letter.detail for letter in self._tally.newest_dead}
        shown = self._tally.reasons.most_common(rows if len(self._tally.reasons) <= rows else rows - 1)
        for reason, count in shown:
            letters.add_row(
                Text(reason, style="red"), str(count), Text(printable(details.get(reason, "")), style="dim")
            )
        if len(shown) < len(self._tally.reasons):
            letters.add_row(Text(f"and {len(self._tally.reasons) - len(shown)} more reasons", style="dim"))
        return Panel(letters, title="dead letters", title_align="left", border_style="dim")

    def _tweets(self) -> Panel:
        width = max(len(label) for label in self._facts.labels)
        lines = Table.grid(padding=(0, 1), expand=True)
        lines.add_column(no_wrap=True, width=width)
        lines.add_column(no_wrap=True, width=4)
        lines.add_column(no_wrap=True, overflow="ellipsis", ratio=1)
        for tweet in self._listed:
            lines.add_row(
                Text(tweet.label, style=f"bold {style_of(tweet.label, self._facts.labels)}"),
                f"{tweet.score:.2f}",
                Text(printable(tweet.text)) if tweet.text.strip() else Text("(empty)", style="dim italic"),
            )
        return Panel(lines, title="newest tweets", title_align="left", border_style="dim")

    def _notes(self) -> Panel:
        notes = Text("\n", no_wrap=True, overflow="ellipsis").join(
            [
                Text(self._facts.broker_note, style="yellow"),
                Text(self._facts.own_kafka_note),
                Text(f"{self._facts.http_note}  Ctrl-C ends", style="dim"),
            ]
        )
        return Panel(notes, border_style="dim")


class _Bar:
    """A share as a bar over the width that is there, to an eighth of a character."""

    def __init__(self, share: float, style: str) -> None:
        self._share = share
        self._style = style

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Draw it."""
        del console
        eighths = round(self._share * options.max_width * 8)
        yield Text("█" * (eighths // 8) + _BLOCKS[eighths % 8].strip(), style=self._style)


def _figure(name: str, value: str, style: str) -> Text:
    return Text.assemble((f"{name} ", "dim"), (value, style))

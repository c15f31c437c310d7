"""Write the documents' generated tables anew: ``python -m stream.documentation`` at the top (``make docs``)."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Final

from stream.metrics import Metrics
from stream.settings import setting_rows


def settings_table() -> str:
    """Return every setting as a table: name, default, meaning."""
    return _table(
        ("setting", "default", "meaning"),
        (
            (
                f"`{row.name}`",
                row.default if row.default in ("host name", "none") else f"`{row.default}`",
                row.meaning + (f" One of {_listed(row.choices)}." if row.choices else ""),
            )
            for row in setting_rows()
        ),
    )


def metrics_table() -> str:
    """Return every metric of the worker's own as a table: the name that is scraped, and all that its entry says."""
    return _table(
        ("metric", "type", "unit", "labels", "meaning", "when it moves"),
        (
            (f"`{entry.name}`", entry.kind, entry.unit, _listed(entry.labels), entry.meaning, entry.moves)
            for entry in Metrics().entries
        ),
    )


SECTIONS: Final[Mapping[str, tuple[str, Callable[[], str]]]] = {
    "settings": ("README.md", settings_table),
    "metrics": ("docs/metrics.md", metrics_table),
}
"""Each generated section: the document that it stands in, and what stands between its markers."""


def renewed(name: str, document: str) -> str:
    """Return a document with the section of this name written anew. Raises ValueError where its markers are not."""
    _, table = SECTIONS[name]
    start, end = f"<!-- {name}: written by `make docs` -->\n", f"<!-- end of {name} -->"
    if not document.count(start) == document.count(end) == 1:
        raise ValueError(f"expected {start.strip()} ... {end}, once")
    before, _, rest = document.partition(start)
    _, _, after = rest.partition(end)
    return f"{before}{start}{table()}{end}{after}"


def _table(header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [header, ("---",) * len(header), *rows]
    return "".join(f"| {' | '.join(cell for cell in line)} |\n" for line in lines)


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


if __name__ == "__main__":
    for section, (path, _) in SECTIONS.items():
        file = Path(path)
        file.write_text(renewed(section, file.read_text("utf-8")), "utf-8")

"""Write the README's generated tables anew: ``python -m stream.documentation README.md`` (``make docs``)."""

import sys
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
    """Return every metric of the worker's own as a table: the name that is scraped, kind, labels, help text."""
    metrics = Metrics()
    # The families know their labels only once they have children, and the registry tells none.
    labels = {getattr(metric, "_name", ""): getattr(metric, "_labelnames", ()) for metric in vars(metrics).values()}
    own = (family for family in metrics.registry.collect() if family.name.startswith("warble_"))
    return _table(
        ("metric", "kind", "labels", "meaning"),
        (
            (
                f"`{family.name}{_ENDING.get(family.type, '')}`",
                family.type,
                _listed(labels.get(family.name, ())),
                family.documentation,
            )
            for family in own
        ),
    )


_ENDING: Final = {"counter": "_total", "info": "_info"}

SECTIONS: Final[Mapping[str, Callable[[], str]]] = {"settings": settings_table, "metrics": metrics_table}
"""What stands between the markers of each name."""


def renewed(document: str) -> str:
    """Return the document with every generated section written anew. Raises ValueError where its markers are not."""
    for name, table in SECTIONS.items():
        start, end = f"<!-- {name}: written by `make docs` -->\n", f"<!-- end of {name} -->"
        if not document.count(start) == document.count(end) == 1:
            raise ValueError(f"expected {start.strip()} ... {end}, once")
        before, _, rest = document.partition(start)
        _, _, after = rest.partition(end)
        document = f"{before}{start}{table()}{end}{after}"
    return document


def _table(header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [header, ("---",) * len(header), *rows]
    return "".join(f"| {' | '.join(cell for cell in line)} |\n" for line in lines)


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


if __name__ == "__main__":
    file = Path(sys.argv[1])
    file.write_text(renewed(file.read_text("utf-8")), "utf-8")

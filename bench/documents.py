"""Documents in which a part is written by a measurement, between two comments."""


def renewed(document: str, name: str, text: str) -> str:
    """Return a document with what stands between ``<!-- NAME: ... -->`` and ``<!-- end of NAME -->`` written anew.

    Raises ValueError unless both are there once.
    """
    end = f"<!-- end of {name} -->"
    before, opening, rest = document.partition(f"<!-- {name}: ")
    if not opening or not document.count(opening) == rest.count(end) == 1:
        raise ValueError(f"expected <!-- {name}: ... --> and {end}, once")
    first, _, rest = rest.partition("-->\n")
    return f"{before}{opening}{first}-->\n{text}{end}{rest.partition(end)[2]}"

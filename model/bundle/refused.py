"""Why a bundle is refused."""

from pydantic import ValidationError

from model.errors import BundleError, escaped

FETCH_AGAIN = "fetch the bundle again or write it anew"


class RefusedError(Exception):
    """What is wrong with a bundle and what to do about it; the bundle's name is added where it is known."""

    def __init__(self, problem: str, step: str = FETCH_AGAIN) -> None:
        super().__init__(problem)
        self.problem = problem
        self.step = step

    def of(self, bundle: str) -> BundleError:
        """Return the error for the user."""
        return BundleError(f"bundle {bundle!r} was refused: {escaped(self.problem)}: {self.step}")


def first_of(error: ValidationError) -> str:
    """First finding of pydantic in one line, and how many more there are."""
    first, *others = error.errors(include_url=False)
    place = ".".join(str(part) for part in first["loc"]) or "the whole"
    place, received = _short(place), _short(repr(first["input"]))
    more = f" (and {len(others)} more)" if others else ""
    return f"{place}: {first['msg']}, received {received}{more}"


def _short(text: str) -> str:
    return text if len(text) <= 80 else f"{text[:77]}..."  # noqa: PLR2004 - fits a line

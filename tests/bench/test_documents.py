import pytest

from bench.documents import renewed


def test_only_what_stands_between_the_comments_is_written_anew() -> None:
    document = "# Speed\n<!-- speed: written by a program -->\nold\n<!-- end of speed -->\nthe rest\n"
    assert renewed(document, "speed", "new\n") == document.replace("old", "new")


@pytest.mark.parametrize(
    "document",
    [
        "# Speed\n",
        "<!-- speed: one -->\n",
        "<!-- end of speed --> <!-- speed: one -->\n",
        "<!-- speed: one -->\n<!-- speed: two -->\n<!-- end of speed -->\n",
        "<!-- speed: one -->\n<!-- end of speed --><!-- end of speed -->\n",
    ],
)
def test_a_document_without_its_comments_is_an_error(document: str) -> None:
    with pytest.raises(ValueError, match=r"expected <!-- speed: \.\.\. --> and <!-- end of speed -->, once"):
        renewed(document, "speed", "new\n")

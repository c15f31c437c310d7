"""A tweet as the teachers read it: nearly raw, because a pretrained network knows what a hashtag or an emoji is."""

from typing import Final

from training.data.marks import ADDRESS, MENTION

ADDRESS_WORD: Final = "http"
MENTION_WORD: Final = "@user"
"""Both as in the tweets that many networks were trained on; a name or an address is news to any of them."""


def readable(text: str) -> str:
    """Mend encoding damage (ftfy), name no addresses and no users, and leave single spaces; all else stays."""
    import ftfy  # noqa: PLC0415 - keeps `--help` quick

    mended = ftfy.fix_text(text)
    return " ".join(MENTION.sub(MENTION_WORD, ADDRESS.sub(f" {ADDRESS_WORD} ", mended)).split())

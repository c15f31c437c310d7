"""What in a tweet is no word: web addresses, mentions, hashtags."""

import re
from typing import Final

ADDRESS: Final = re.compile(r"\{link\}|(?:https?://|www\.)\S+", re.IGNORECASE)
"""A web address, or what the brand set has in the place of one."""
MENTION: Final = re.compile(r"@\w+")
HASHTAG: Final = re.compile(r"#\w+")

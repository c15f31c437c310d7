"""Tweets of our own writing whose ids and probabilities a bundle pins.

Each one goes another way through the clean-up or the network, so that a machine which computes anything differently
is found out when it loads the bundle, not by its labels.
"""

from typing import Final

_LONG: Final = " ".join(["apple store line: new ipad, google party, austin coffee, free charger."] * 15)
"""More words than the network reads."""

GOLDEN_TEXTS: Final = (
    "",
    " \t\n ",
    "it was the and of a to is",
    "#austin #sxsw11 ##launch-day",
    "Just got the new iPad and I love how light it is, best launch ever!",
    "My iPhone battery died again before noon. Worst phone I have owned.",
    "Google talks about maps at three in the ballroom, doors open at half past two",
    "not sure what to make of this new google circles thing",
    "RT @warble_bot: free chargers at the pop-up store on Congress {link}",
    "rt retweet mention @one via @two great party tonight",
    "the agenda is at http://www.example.com/schedule?day=2 and example.org/maps for the rest",
    "write to crew.lead+help@example.co.uk about lost badges",
    "<b>Breaking</b>: Apple &amp; Google share a stage, &quot;friends&quot; for a day",
    "WOLVES, KNIVES and women queue for 64 GB iPads; 3G or wifi? 100% sold out",
    "Café crème with the Android team — so naïve, but the app crashes 😀 日本",
    "zzyzx qwfpgj blorptastic",
    "ipad " * 12,
    _LONG,
)

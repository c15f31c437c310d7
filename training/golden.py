"""Tweets of our own writing whose ids and probabilities a bundle pins.

Each one goes another way through the clean-up or the network, so that a machine which computes anything differently
is found out when it loads the bundle, not by its labels.
"""

from typing import Final

_LONG: Final = " ".join(["apple store line: new ipad, google party, austin coffee, free charger."] * 15)
"""More words than the network reads."""

_BRANDS: Final = (
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

_HATE: Final = (
    "",
    " \t\n ",
    "#!?... --- ;;; ~~~",
    "@user thank you for a wonderful evening, we laughed until we cried!  #friends #summer",
    "@user @user people like you are the reason nobody wants to come here any more, go back to where you came from",
    "they are all the same, every last one of them, and the government lets them in #disgusting",
    "so proud of my daughter today: first in her class!!! #proud #family",
    "is it racist to say that? asking for a friend @user",
    "women should stay at home and leave politics to men, said no one with a brain",
    "Happy Father's Day to all the dads out there - you're the best   #fathersday",
    "i hate mondays. i hate rain. i hate this bus. #monday",
    "hate is never the answer; love is, and so is a good breakfast",
    "gaps    between    words    are    only    gaps,    and    we    walk    over    them    all    day",
    "the white house, a black cat and a white van: colours, nothing more",
    "caf\u00e9 cr\u00e8me \u2014 so na\u00efve \U0001f600 \u65e5\u672c, and it\u00e2\u0080\u0099s broken as it came",
    "zzyzx qwfpgj blorptastic",
    "day " * 12,
    " ".join(["we are here and you are there, my friend; the new day is a good one."] * 15),
)

GOLDEN_TEXTS: Final = {"brands": _BRANDS, "hate": _HATE}
"""Task to texts."""

RAW_TEXTS: Final = (
    "sooooo happy!!!! hahahaha \U0001f602\U0001f602\U0001f602 \U0001f44d\U0001f3fd \u2764\ufe0f :-) :'( <333 -__-",
    "#LoveMyNewPhone #notmyday #sxsw11 ##launch #1 and #\u65e5\u672c",
    "it\u00e2\u0080\u0099s \u00f0\u009f\u0098\u0082, it\x92s \x89\xdb\xaa and it\u2019s fine; caf\u00e9 \uff28\uff29",
    "RT @warble_bot: &lt;b&gt; isn't 64GB at 12:30 for $1,999.00, is it?? &amp;amp; www.example.com, {link}",
    "unfriending crappiest googleplexes",
    "\U0001f1e9\U0001f1ea \x00 \u200b\u0301",
)
"""Further texts for the clean-up of raw tweets."""

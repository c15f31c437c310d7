import pytest
from hypothesis import example, given, settings

from model.preprocessing.cleaning import clean
from tests import texts
from training.preprocessing import reference

LONG = 100_000


@given(text=texts.texts())
@settings(max_examples=2_000)
@example(text="a@b.cd@e.fg@h.ij")
@example(text="a@b.cd.@e.fg +x@y.z")
@example(text="http://https://www.www.a.b.com/x xhttps://www.a.co ")
@example(text="a@b.c..d a@b.cd..e a@b.c. a@b-.-c")
@example(text="http://a.co/x http://www.a.co https://b.a.co/ www.a.co/ ://a.co/ ")
@example(text="12.http://3www.a.b.com\n")
@example(text="<<a><> <b<c>>")
@example(text="##a ###a-'b-' #_# #a#b")
@example(text="ret{link}weet @a.@b@c {li{link}nk}")
@example(text=" RT retweet mention\0@x")
@example(text="\u0663 1\u0663 \u0661a 5\u00b2")
@example(text="\ud800.com/ \udfff@\ud800.\ud800\ud800")
def test_it_equals_the_plain_patterns(text: str) -> None:
    assert clean(text) == reference.clean(text)


def full(fragment: str) -> str:
    return (fragment * LONG)[:LONG]


# Plain or careless patterns take time that grows with the square of the length on such texts: a minute and more.
# Linear ones take milliseconds, so the limit is no measurement of the machine.
@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "fragment",
    [
        *("#", "<", "@", ".", "a", "1", " ", "+", "\n", "\ud800", "\u0390", "{link}"),
        *("a@", "a.", "a-", "<a", "a>", "<a ", "#a-", "#a'", "#'", "1a", "1 ", "{", "\u0663.", "'@"),
        *("a@b.c ", "a@b.cd ", "a@b.cd@", "a@b.cd.", "@b.cd "),
        *("a.co", "a.co/", "a.co/ ", ".com/", " .co/", "http://", "www."),
        *("retweet", "retweet@", "retweet @a ", " rt", " mention", "retweet ", "@a "),
    ],
    ids=ascii,
)
def test_a_repeated_fragment_of_100_000_characters_costs_linear_time(fragment: str) -> None:
    clean(full(fragment))


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    ("head", "fragment", "tail"),
    [
        ("#", "-", ""),
        ("#a", "-", ""),
        ("", "#", "a"),
        ("", "1", "a"),
        ("", "a", "@"),
        ("a@", "a", ""),
        ("a@", "a.", "!"),
        ("", "a@", "b.cd"),
        ("a@b.cd ", "a@", ""),
        ("a@b.cd ", "a", " a@b.cd"),
        ("<a> ", "<", ""),
        ("<a> ", "<a ", ""),
        ("", "<", " >"),
        ("", "> ", "<a>"),
        ("a.co/ ", "a", ""),
        ("a.co/ ", "a.", ""),
        ("a.co/ ", "https://", ""),
        ("a.co/ ", "www.", ""),
        ("", "www.", "a.co/"),
        ("", "a", ".co/"),
        ("", "a-", "a.co/"),
        ("retweet", "@", ""),
        ("retweet", " ", ""),
        ("retweet", "@a", "@"),
        ("retweet@a", "@", " "),
        ("retweet @", "retweet ", ""),
    ],
)
def test_hostile_text_of_100_000_characters_costs_linear_time(head: str, fragment: str, tail: str) -> None:
    clean(head + full(fragment) + tail)


def test_a_text_without_special_characters_is_only_casefolded() -> None:
    assert clean("Straße NACH Berlin") == "strasse nach berlin"

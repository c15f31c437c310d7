from pathlib import Path

import pytest
from hypothesis import given, settings

from model.preprocessing.tweet import LONGEST_CHUNK, SPECIAL, URL, USER, chunk_tokens, chunks, folded, tokens
from tests import shared_tweets, texts


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("RT @warble_bot: not GOOD", ["rt", USER, ":", "not", "good"]),
        ("see http://t.co/aB1?x=1&amp;y=2 or {link}!", ["see", URL, "or", URL, "!"]),
        ("www.example.org, bit.ly/x1 and example.com", [URL, URL, "and", URL]),
        ("#AppleEvent #iPad2 ##sxsw #1 #", ["#appleevent", "#ipad2", "#sxsw", "#", "1", "#"]),
        ("soooo hahahaha yesss! #coooool", ["soo", "haha", "yess", "!", "#cool"]),
        ("wow!!!! what?? hm... ok.", ["wow", "!!", "what", "??", "hm", "..", "ok", "."]),
        (
            "\U0001f602\U0001f602\U0001f602 \U0001f44d\U0001f3fd \u2764\ufe0f",
            ["\U0001f602\U0001f602", "\U0001f44d", "\u2764"],
        ),
        ("\U0001f1e9\U0001f1ea\U0001f1eb\U0001f1f7", ["\U0001f1e9\U0001f1ea", "\U0001f1eb\U0001f1f7"]),
        (
            ":-) :) :D ;-P =( :'-( <3 <333 </3 -__- ^_^",
            [":)", ":)", ":d", ";p", "=(", ":'(", "<3", "<3", "</3", "-_-", "^_^"],
        ),
        (
            "don\u2019t can't Apple's rock'n'roll 'quoted'",
            ["don't", "can't", "apple's", "rock'n'roll", "'", "quoted", "'"],
        ),
        ("AT&amp;T &amp;lt;3 &quot;so&quot; R&B", ["at", "&", "t", "<3", '"', "so", '"', "r", "&", "b"]),
        ("$25.00 at 12:30, 3G, 10,000!", ["$", "25.00", "at", "12:30", ",", "3g", ",", "10,000", "!"]),
        (
            "caf\u00e9 \u0130STANBUL \uff28\uff29 \U0001d4f1\U0001d4ea\U0001d4fd\U0001d4ee",
            ["cafe", "istanbul", "hi", "hate"],
        ),
        ("it\u00e2\u0080\u0099s \u00f0\u009f\u0098\u0082", ["it's", "\U0001f602"]),
        ("snake_case @a_b a@b.com", ["snake", "_", "case", USER, "a", "@", "b", ".", "com"]),
        ("\u65e5\u672c\u8a9e \u05e9\u05dc\u05d5\u05dd", ["\u65e5\u672c\u8a9e", "\u05e9\u05dc\u05d5\u05dd"]),
        ("wait...what? <b>", ["wait", "..", "what", "?", "<", "b", ">"]),
        (" \t\n \u200b\ufe0f ", []),
    ],
)
def test_a_tweet_is_cut_into_what_carries_meaning(text: str, expected: list[str]) -> None:
    assert tokens(text) == expected


def test_addresses_are_one_token_wherever_they_stand() -> None:
    for address in (
        "http://a.b/c",
        "HTTPS://A.B",
        "www.example.org/x",
        "example.com",
        "bit.ly/x1",
        "sub.example.co/y?z",
    ):
        assert tokens(address) == [URL]
        assert tokens(f"({address}") == ["(", URL]
    assert URL not in tokens("e.g. this.and that, no.com.ment")


def test_negations_and_stop_words_stay() -> None:
    assert " ".join(tokens("I do not like it at all, nor the other")) == "i do not like it at all , nor the other"


def test_digits_are_folded_into_a_form_that_tells_how_many() -> None:
    assert [folded(token) for token in ("2011", "64gb", "12:30", "1,000,000", "7")] == [
        "0000",
        "00gb",
        "00:00",
        "0,000,000",
        "0",
    ]
    assert folded("123456789") == "0000"
    assert folded("#sxsw11") == "#sxsw00"
    for face in tokens("<3 </3 :3"):
        assert folded(face) == face


@given(text=texts.texts())
@settings(max_examples=2_000)
def test_a_token_is_its_own_only_token(text: str) -> None:
    for token in tokens(f"{text} <3{text}:3"):
        assert token in SPECIAL or tokens(token) == [token]
        assert token in SPECIAL or tokens(folded(token)) == [folded(token)]


@given(text=texts.texts())
@settings(max_examples=500)
def test_a_text_s_tokens_are_those_of_its_chunks(text: str) -> None:
    assert tokens(text) == [token for chunk in chunks(text) for token in chunk_tokens(chunk)]
    assert tokens(f"so {text} so") == ["so", *tokens(text), "so"]


def test_a_chunk_beyond_all_words_is_cut_unless_it_is_an_address() -> None:
    assert tokens("ab" + "c1" * LONGEST_CHUNK)[0] == "ab" + "c1" * (LONGEST_CHUNK // 2 - 1)
    assert tokens("http://" + "c1" * LONGEST_CHUNK) == [URL]


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "fragment",
    [
        *("#", "<", "@", ".", "a", "1", "-", "_", "'", ":", ";", "&", "&amp;", "&#1", "\u05b0\u05b1", "\u0301\u0316"),
        *(
            "a.",
            "a-",
            "a.a-",
            "a.co",
            "www.",
            "http:/",
            ":)",
            "(:",
            "<3",
            "^_",
            "-_",
            "1.",
            "1,1:",
            "ab",
            "aab",
            "a'",
            "#a",
            "#1",
        ),
        *("\U0001f602", "\U0001f1e9", "\ufdfa", "\ud800", "\u00e9", "\u3000x", "{link", "o_o"),
    ],
    ids=ascii,
)
def test_a_repeated_fragment_of_100_000_characters_costs_linear_time(fragment: str) -> None:
    tokens((fragment * 100_000)[:100_000])


@pytest.mark.data
def test_real_tweets_lose_nothing_but_what_is_meant_to_go(tweets_data: Path) -> None:
    for tweet in shared_tweets.instagram(tweets_data)[:2_000]:
        if tweet.isascii() and "@" not in tweet and "/" not in tweet and "&" not in tweet and ".com" not in tweet:
            kept = "".join(tokens(tweet))
            assert set(kept) <= set(tweet.lower())
            assert set(tweet.lower().replace(" ", "")) - set(kept) <= set("-o^")

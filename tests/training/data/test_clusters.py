from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from training.data.clusters import cluster, normalise, representatives, shingles


def by_definition(texts: list[str]) -> list[int]:
    """Compare every text with every other, and spread numbers until nothing changes."""
    sets = [shingles(normalise(text)) for text in texts]
    numbers = list(range(len(texts)))
    changed = True
    while changed:
        changed = False
        for one in range(len(texts)):
            for other in range(one):
                alike = Fraction(len(sets[one] & sets[other]), len(sets[one] | sets[other])) >= Fraction(4, 5)
                if alike and numbers[one] != numbers[other]:
                    numbers[one] = numbers[other] = min(numbers[one], numbers[other])
                    changed = True
    order = list(dict.fromkeys(numbers))
    return [order.index(number) for number in numbers]


def sequences() -> st.SearchStrategy[str]:
    """Draw texts that often differ by little: parts of one sequence of words, with a word changed now and then."""
    whole = [f"w{number}" for number in range(40)]

    def piece(start: int, length: int, changed: int | None) -> str:
        words = list(whole[start : start + length])
        if changed is not None and changed < len(words):
            words[changed] = "other"
        return " ".join(words)

    return st.builds(piece, st.integers(0, 6), st.integers(0, 34), st.none() | st.integers(0, 34))


@settings(max_examples=60)
@given(st.lists(sequences(), max_size=14))
def test_clusters_are_those_of_comparing_all_pairs(texts: list[str]) -> None:
    assert cluster(texts).tolist() == by_definition(texts)


@settings(max_examples=60)
@given(st.lists(st.lists(st.sampled_from(["a", "b", "c"]), max_size=9).map(" ".join), max_size=12))
def test_so_they_are_where_words_repeat(texts: list[str]) -> None:
    assert cluster(texts).tolist() == by_definition(texts)


@settings(max_examples=60)
@given(st.lists(sequences(), max_size=14).flatmap(lambda texts: st.tuples(st.just(texts), st.permutations(texts))))
def test_the_order_of_texts_decides_nothing(both: tuple[list[str], list[str]]) -> None:
    def groups(texts: list[str]) -> set[frozenset[str]]:
        numbers = cluster(texts)
        return {
            frozenset(text for text, mine in zip(texts, numbers, strict=True) if mine == number) for number in numbers
        }

    assert groups(both[0]) == groups(both[1])


def test_clusters_are_numbered_by_first_appearance_and_represented_by_their_first() -> None:
    numbers = cluster(["z z z", "a", "Z z z!", "m", "a"])
    assert numbers.tolist() == [0, 1, 0, 2, 1]
    assert representatives(numbers).tolist() == [0, 1, 3]


def test_similarity_of_exactly_four_fifths_is_enough_and_spreads() -> None:
    # Six words have four shingles, seven five.
    six, seven, eight = "a b c d e f", "a b c d e f g", "x a b c d e f g"
    assert cluster([six, seven, eight]).tolist() == [0, 0, 0]
    assert cluster([six, eight]).tolist() == [0, 1]


def test_short_texts_must_be_equal() -> None:
    assert cluster(["so good", "So good!", "good", "so good now", "@one"]).tolist() == [0, 0, 1, 2, 3]


def test_shingles_are_the_runs_of_three_words_or_the_whole_text() -> None:
    assert shingles("a b c d c d c") == {"a b c", "b c d", "c d c", "d c d"}
    assert shingles("a b") == {"a b"}
    assert shingles("") == {""}


def test_no_texts_have_no_clusters() -> None:
    assert cluster([]).tolist() == []
    assert representatives(cluster([])).tolist() == []


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("RT @one: RT Great   Talk!!", "great talk"),
        ("\u201c RT @one so good\u201d", "so good"),
        ("rtfm, said the rt", "rtfm said the rt"),
        ("see {link} www.example.org http://a.example/b?c=d now", "see now"),
        ("Don\xe2\x80\x99t stop &amp; go", "don t stop go"),
        ("#one_two @three", "one two"),
        ("\U0001f600 \u00dcber", "\xfcber"),
        ("@one @two", ""),
    ],
)
def test_what_makes_no_difference_goes(text: str, normal: str) -> None:
    assert normalise(text) == normal

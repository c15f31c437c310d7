from collections import Counter

from training.explore.words import count_words, top, typical


def names(counts: Counter[str], others: Counter[str]) -> list[str]:
    return [count.name for count in typical(counts, others)]


def test_every_occurrence_counts() -> None:
    assert count_words([["a", "b", "a"], [], ["a"]]) == {"a": 3, "b": 1}


def test_of_equally_frequent_words_the_alphabet_decides() -> None:
    counts = Counter({"b": 2, "a": 2, "c": 3, "d": 1})
    assert [(count.name, count.count) for count in top(counts, 3)] == [("c", 3), ("a", 2), ("b", 2)]


def test_typical_is_what_a_class_has_more_of_and_not_what_it_has_most_of() -> None:
    assert names(Counter(the=900, good=80, plot=20), Counter(the=950, bad=45, plot=5)) == ["good", "plot"]


def test_one_occurrence_is_less_telling_than_many() -> None:
    assert names(Counter(once=1, often=60, the=939), Counter(the=1000)) == ["often", "once"]


def test_words_that_are_as_frequent_elsewhere_are_not_typical() -> None:
    assert typical(Counter(a=5, b=5), Counter(a=5, b=5)) == ()
    assert typical(Counter(), Counter()) == ()
    assert typical(Counter(a=1), Counter()) == ()
    assert names(Counter(), Counter(a=1, b=2)) == []

from training.preprocessing.tokenizer import fit_words, to_ids

TOKENS = [["b", "a", "c"], ["a", "d", "c"], [], ["a"]]


def test_frequent_words_come_first_and_among_equals_the_one_seen_first() -> None:
    assert fit_words(TOKENS) == ("a", "c", "b", "d")


def test_only_ids_below_the_number_of_words_are_given() -> None:
    assert fit_words(TOKENS, num_words=3) == ("a", "c")
    assert fit_words(TOKENS, num_words=1) == ()
    assert fit_words(TOKENS, num_words=0) == ()


def test_ten_thousand_words_mean_9_999() -> None:
    assert len(fit_words([[str(number) for number in range(20_000)]])) == 9_999


def test_tokens_without_an_id_are_dropped() -> None:
    assert to_ids(TOKENS, fit_words(TOKENS, num_words=3)) == [[1, 2], [1, 2], [], [1]]

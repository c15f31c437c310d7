import hashlib
import json
from collections import Counter
from pathlib import Path

import nltk
import pytest
from nltk.corpus import LazyCorpusLoader
from nltk.corpus.reader import WordListCorpusReader

from model.errors import UsageError
from tests import shared_tweets
from training.preprocessing import reference


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("Gut {LINK} weiß", "gut  weiss"),
        ("retweet: @one, @two! three", "! three"),
        ("rt @one", "rt @one"),
        ("a rt @one", "a  @one"),
        ("xrt rt! mention", "xrt rt! mention"),
        ("#a #ab ##c-d- #'e", "#a  - #'e"),
        ("to cat.lady+1@ex-ample.co.uk.", "to ."),
        ("cat@example", "cat@example"),
        ("<b>bold</b> a < b > c <br />", "bold a < b > c <br />"),
        ("42 5pm 7% b2b", " 5pm % b2b"),
        ("see http://www.a.example.com/x?y z", "see  z"),
        ("see example.org", "see example.org"),
        ("see example.org ok", "see  ok"),
        ("e.g. this", "e.g. this"),
    ],
)
def test_each_step_deletes_what_it_names_and_no_more(text: str, cleaned: str) -> None:
    assert reference.clean(text) == cleaned


@pytest.mark.usefixtures("nltk_corpora")
def test_stop_words_go_before_lemmas_come() -> None:
    assert reference.tokens("The mice as ass were caféteria wolves") == ["mouse", "as", "caf", "teria", "wolf"]


@pytest.mark.usefixtures("nltk_corpora")
def test_a_noun_rule_is_applied_once() -> None:
    # The compiled vocabulary is exact only because of this; some older releases of NLTK repeated the rules.
    assert [reference.lemma(token) for token in ("dogs", "dogss", "buses", "buseses")] == [
        "dog",
        "dogss",
        "bus",
        "buseses",
    ]


@pytest.mark.data
@pytest.mark.usefixtures("nltk_corpora")
def test_it_reproduces_the_test_vectors(tweets_data: Path) -> None:
    vectors = json.loads((tweets_data / "brand_cleanup_vectors.json").read_text(encoding="utf-8"))

    assert len(vectors) == 12
    assert [reference.tokens(text) for text, _ in vectors] == [tokens for _, tokens in vectors]


@pytest.mark.data
@pytest.mark.usefixtures("nltk_corpora")
def test_it_reproduces_the_study_on_all_brand_tweets(tweets_data: Path) -> None:
    tokens = [reference.tokens(text) for text in shared_tweets.brands(tweets_data)]
    digest = hashlib.sha256("\n".join(" ".join(row) for row in tokens).encode()).hexdigest()
    counts = Counter(token for row in tokens for token in row)

    assert len(tokens) == 9_092
    assert digest == "84aae7da56d9cb671d6ac05328f3dcea0509efc2f0ee308eab5b7cac782ed01c"
    assert sum(not row for row in tokens) == 6
    assert len(counts) == 7_574
    assert dict(counts.most_common(10)) == {
        "google": 2_338,
        "ipad": 2_254,
        "rt": 2_024,
        "apple": 1_915,
        "mention": 1_769,
        "quot": 1_696,
        "store": 1_523,
        "iphone": 1_321,
        "new": 1_090,
        "austin": 862,
    }


def test_missing_corpora_are_one_line_that_says_how_to_get_them(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    reference.require_corpora.cache_clear()
    monkeypatch.setattr(nltk.data, "path", [str(tmp_path)])
    monkeypatch.setattr(reference, "stopwords", LazyCorpusLoader("stopwords", WordListCorpusReader, r".*"))

    with pytest.raises(UsageError, match=r"nltk\.downloader stopwords wordnet.*NLTK_DATA") as refused:
        reference.require_corpora()
    assert "\n" not in str(refused.value)

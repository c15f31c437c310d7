import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.bundle.metadata import Threshold
from model.bundle.read import Bundle, load_bundle
from model.classifier import Classifier
from model.engines.base import Engine, Ids, Lengths, Outputs
from model.engines.choose import load_engine
from model.errors import BundleError, EngineError, UsageError
from model.preprocessing.encoder import Encoder
from tests.factories import BRAND_LABELS, WORDS, tiny_bundle, without_a_mask

PRIOR = np.array([0.02, 0.06, 0.59, 0.33], np.float32)

ragged = st.lists(st.lists(st.integers(1, len(WORDS)), max_size=20), max_size=40)


class FailsAt:
    """Another engine that fails for any batch with a certain row in it, once it is told to."""

    name = "fails"
    device = "cpu"
    kernel = "fails"

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.row: list[int] | None = None
        self.tokens: list[int] = []
        self.rows: list[int] = []

    def warm(self, longest: int, max_tokens: int) -> None:
        pass

    def cells(self, rows: int, longest: int) -> int:
        return rows * longest

    def predict(self, ids: Ids, lengths: Lengths) -> Outputs:
        self.tokens.append(ids.size)
        self.rows.append(len(ids))
        rows = [row[:length].tolist() for row, length in zip(ids, lengths, strict=True)]
        if self.row in rows:
            raise RuntimeError("this row is too much")
        return self._engine.predict(ids, lengths)


@pytest.fixture
def fragile(bundle: Bundle, classifier: Classifier) -> FailsAt:
    assert bundle
    return FailsAt(classifier.engine)


@pytest.fixture
def on_fragile(bundle: Bundle, fragile: FailsAt) -> Classifier:
    return Classifier(bundle, Encoder(bundle.metadata.preprocessing, bundle.vocabulary), fragile, max_tokens=40)


def test_a_classifier_knows_its_model(classifier: Classifier) -> None:
    assert (classifier.name, classifier.version, classifier.task) == ("tiny", "1.0.0", "brands")
    assert classifier.labels == BRAND_LABELS
    assert classifier.verified.texts == 9


def test_texts_become_labels_in_their_order(classifier: Classifier) -> None:
    texts = ["great great app", "", "I hate it", "great great app"]
    results = classifier.classify(texts)
    assert [result.empty for result in results] == [False, True, False, False]
    assert results[0].probabilities == pytest.approx(results[3].probabilities, abs=1e-5)
    for result in results:
        assert result.failure is None
        assert result.label is not None
        assert list(result.probabilities) == list(BRAND_LABELS)
        assert result.score == result.probabilities[result.label] == max(result.probabilities.values())


@given(rows=ragged)
def test_a_tweets_probabilities_do_not_depend_on_its_neighbours(classifier: Classifier, rows: list[list[int]]) -> None:
    together = classifier.predict(rows).probabilities
    assert together.shape == (len(rows), 4)
    for row, probabilities in zip(rows, together, strict=True):
        alone = classifier.predict([row]).probabilities[0]
        np.testing.assert_allclose(probabilities, alone, rtol=0, atol=1e-5)


@given(rows=ragged)
def test_an_empty_row_gets_the_prior_and_its_most_common_class(classifier: Classifier, rows: list[list[int]]) -> None:
    predictions = classifier.predict([*rows, []])
    np.testing.assert_array_equal(predictions.probabilities[-1], PRIOR)
    assert predictions.labels[-1] == BRAND_LABELS.index("neutral")
    assert predictions.failed == {}


def test_no_rows_give_no_predictions(classifier: Classifier) -> None:
    probabilities, failed, labels, padding = classifier.predict([])
    assert probabilities.shape == (0, 4)
    assert failed == {}
    assert labels.shape == (0,)
    assert padding is None
    assert classifier.classify([]) == []


def test_an_empty_tweet_never_reaches_the_engine(on_fragile: Classifier, fragile: FailsAt) -> None:
    fragile.tokens.clear()
    on_fragile.predict([[], [], []])
    assert fragile.tokens == []


def test_batches_keep_to_the_token_budget(on_fragile: Classifier, fragile: FailsAt) -> None:
    fragile.tokens.clear()
    on_fragile.predict([[1] * length for length in (20, 1, 20, 3, 3, 9, 1, 1)])
    assert fragile.tokens == [5 * 3, 2 * 20, 1 * 20]


def test_the_padding_of_all_runs_is_told_together(on_fragile: Classifier, fragile: FailsAt) -> None:
    fragile.tokens.clear()
    lengths = (20, 1, 20, 3, 3, 9, 1, 1)
    predictions = on_fragile.predict([[1] * length for length in lengths])
    assert predictions.padding == pytest.approx(1 - sum(lengths) / sum(fragile.tokens))
    assert on_fragile.predict([[1] * 5, [1] * 5, []]).padding == 0
    assert on_fragile.predict([[], []]).padding is None


def test_batches_of_a_network_without_a_mask_keep_to_the_budget_padding_included(tmp_path: Path) -> None:
    bundle = load_bundle(tiny_bundle(tmp_path / "it", architecture=without_a_mask(20)))
    engine = FailsAt(load_engine(bundle.metadata.architecture, bundle.weights, engine="onnx"))
    encoder = Encoder(bundle.metadata.preprocessing, bundle.vocabulary)
    classifier = Classifier(bundle, encoder, engine, max_tokens=40)
    engine.rows.clear()
    rows = [[1] * length for length in (20, 1, 2, 3, 3)]
    together = classifier.predict(rows).probabilities
    assert engine.rows == [2, 2, 1]
    for row, probabilities in zip(rows, together, strict=True):
        np.testing.assert_allclose(classifier.predict([row]).probabilities[0], probabilities, rtol=0, atol=1e-5)


def test_a_budget_below_one_row_of_a_network_without_a_mask_is_refused(tmp_path: Path) -> None:
    path = tiny_bundle(tmp_path / "it", architecture=without_a_mask(20))
    with pytest.raises(UsageError, match=r"a batch of 19 tokens cannot hold one tweet .* at least 20 tokens"):
        Classifier.load(str(path), engine="onnx", max_tokens=19)


def test_a_bad_row_fails_alone_and_keeps_its_place(on_fragile: Classifier, fragile: FailsAt) -> None:
    rows = [[5, 5, 5], [], [1], [2, 3], [4, 4], [6]]
    good = on_fragile.predict(rows)
    fragile.row = [2, 3]
    bad = on_fragile.predict(rows)
    assert bad.failed == {3: "RuntimeError: this row is too much"}
    assert np.isnan(bad.probabilities[3]).all()
    assert bad.labels[3] == -1
    others = [0, 1, 2, 4, 5]
    np.testing.assert_allclose(bad.probabilities[others], good.probabilities[others], rtol=0, atol=1e-5)
    np.testing.assert_array_equal(bad.labels[others], good.labels[others])


def test_a_text_that_fails_says_why(on_fragile: Classifier, fragile: FailsAt) -> None:
    fragile.row = on_fragile.encode("broken phone").ids
    good, failed = on_fragile.classify(["great app", "broken phone"])
    assert good.failure is None
    assert failed.failure == "RuntimeError: this row is too much"
    assert (failed.label, failed.score) == (None, None)
    assert failed.probabilities == {}


def test_a_broken_engine_is_an_error_rather_than_a_thousand_bad_rows(
    bundle: Bundle, on_fragile: Classifier, fragile: FailsAt
) -> None:
    fragile.row = list(bundle.golden.rows[0])
    with pytest.raises(EngineError, match="no longer works, even for the bundle's golden text"):
        on_fragile.predict([fragile.row])


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ([1] * 21, "the row has 21 ids, at most 20 are read"),
        ([1, 13], "an id of the row is not between 1 and 12"),
        ([1, 0], "an id of the row is not between 1 and 12"),
        ([-1], "an id of the row is not between 1 and 12"),
        ([2**31 - 1], "an id of the row is not between 1 and 12"),
    ],
)
def test_a_row_that_no_encoder_makes_reaches_no_engine(
    on_fragile: Classifier, fragile: FailsAt, row: list[int], why: str
) -> None:
    fragile.tokens.clear()
    predictions = on_fragile.predict([[], row, [1]])
    assert predictions.failed == {1: why}
    assert fragile.tokens == [1]
    assert np.isfinite(predictions.probabilities[[0, 2]]).all()


def test_a_budget_that_holds_the_longest_tweet_is_enough(bundle_path: Path) -> None:
    classifier = Classifier.load(str(bundle_path), engine="onnx", max_tokens=20)
    assert classifier.predict([[1] * 20] * 3).failed == {}


def test_a_budget_below_one_tweet_is_refused(bundle_path: Path) -> None:
    with pytest.raises(UsageError, match=r"a batch of 19 tokens cannot hold one tweet .* at least 20 tokens"):
        Classifier.load(str(bundle_path), engine="onnx", max_tokens=19)


@pytest.fixture(scope="module")
def binary(tmp_path_factory: pytest.TempPathFactory) -> Classifier:
    """A task of two labels, of which the rare one is said from a probability that is below its prior."""
    path = tiny_bundle(
        tmp_path_factory.mktemp("bundles") / "binary",
        name="hate",
        task="hate",
        labels=("hateful", "not_hateful"),
        prior=(0.4, 0.6),
        threshold=Threshold(label="hateful", value=0.3),
    )
    return Classifier.load(str(path), engine="onnx")


@pytest.mark.parametrize(
    ("hateful", "label"), [(0.0, "not_hateful"), (0.29, "not_hateful"), (0.31, "hateful"), (1.0, "hateful")]
)
def test_a_binary_task_labels_by_its_threshold(binary: Classifier, hateful: float, label: str) -> None:
    decided = binary.decide(np.array([[hateful, 1 - hateful]], np.float32))
    assert [binary.labels[index] for index in decided] == [label]


def test_a_threshold_on_the_second_label_works_too(tmp_path: Path) -> None:
    path = tiny_bundle(tmp_path / "it", labels=("a", "b"), threshold=Threshold(label="b", value=0.9))
    classifier = Classifier.load(str(path), engine="onnx")
    assert classifier.decide(np.array([[0.2, 0.8], [0.05, 0.95]], np.float32)).tolist() == [0, 1]


def test_an_empty_tweet_has_the_most_common_class_whatever_the_threshold(binary: Classifier) -> None:
    (empty,) = binary.classify([""])
    assert (empty.label, empty.empty) == ("not_hateful", True)
    assert empty.score == pytest.approx(0.6)


def test_a_threshold_makes_the_score_that_of_the_label(binary: Classifier) -> None:
    for result in binary.classify(list(WORDS)):
        assert result.label is not None
        assert result.score == result.probabilities[result.label]
        assert (result.label == "hateful") == (result.probabilities["hateful"] >= 0.3)


def test_a_bundle_that_is_not_there_is_refused() -> None:
    with pytest.raises(BundleError, match="bundle 'nowhere' was not found"):
        Classifier.load("nowhere")


def test_serving_on_a_cpu_imports_neither_tensorflow_nor_nltk(bundle_path: Path) -> None:
    program = (
        "import sys; from model.classifier import Classifier;"
        "Classifier.load(sys.argv[1], engine='onnx').classify(['great app']);"
        "print(sorted({'tensorflow', 'keras', 'nltk', 'pandas', 'training', 'stream'} & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", program, str(bundle_path)], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from model.errors import UsageError
from tests.training.flagship import sample
from training.data.splits import Split
from training.data.tweets import LabelledTweets, class_shares
from training.flagship.corpus import Corpus, drawn, read_corpus
from training.flagship.fold import Fold, final_fold, outer_folds, study_fold
from training.flagship.probabilities import tilted
from training.flagship.recipe import UnlabelledConfig


def relabelled(corpus: Corpus, row: int) -> Corpus:
    targets = corpus.tweets.targets.copy()
    targets[row] = (targets[row] + 1) % 3
    return replace(corpus, tweets=replace(corpus.tweets, targets=targets))


def test_identical_tweets_with_different_labels_get_their_mean() -> None:
    fold = sample.fold()
    again = dict(zip(fold.split.train.tolist(), fold.targets.tolist(), strict=True))
    # Every fifth tweet is the one before, with the next label.
    twice = [row for row in again if row % 5 == 3]
    once = [row for row in again if row % 5 < 3]
    assert twice
    for row in twice:
        expected = np.zeros(3)
        expected[[row % 3, (row % 3 + 1) % 3]] = 0.5
        assert again[row] == expected.tolist()
    assert all(again[row][row % 3] == 1 for row in once)


def test_labels_of_tweets_that_are_held_out_are_in_no_mean() -> None:
    corpus = sample.corpus()
    # As a study's split may do it: the tweet is trained on, its repetition is scored.
    fold = Fold("leaky", corpus, Split(np.array([3, 5]), np.array([6]), np.array([4])))
    assert fold.targets.tolist() == [[1, 0, 0], [0, 0, 1]]


def test_validation_tweets_have_their_own_labels() -> None:
    fold = sample.fold()
    found = fold.validation(0.0)
    assert list(found.texts) == fold.texts(fold.split.validation)
    assert np.array_equal(found.targets.argmax(axis=1), fold.corpus.tweets.targets[fold.split.validation])
    assert set(np.unique(found.targets)) == {0, 1}
    assert (found.weights == 1).all()


def test_validation_tweets_of_a_rare_class_weigh_more_so_that_tilted_probabilities_have_the_least_loss() -> None:
    random = np.random.default_rng(67)
    targets = random.choice(2, size=4000, p=[0.9, 0.1]).astype(np.intp)
    texts = tuple(f"tweet {row} {'ab'[target]}" for row, target in enumerate(targets))
    corpus = Corpus(LabelledTweets(texts, targets, ("a", "b"), 0, np.arange(len(texts))))
    fold = Fold("uneven", corpus, Split(np.arange(2000), np.arange(2000, 4000), np.empty(0, np.intp)))
    found, prior = fold.validation(0.5), class_shares(targets[:2000], 2)
    assert found.weights.mean() == pytest.approx(1)

    def loss(probabilities: np.ndarray) -> float:
        return float(-(found.weights * (found.targets @ np.log(probabilities))).sum())

    best = tilted(prior[None], prior, 0.5)[0]
    assert loss(best) < min(loss(best + move) for move in (np.array([0.04, -0.04]), np.array([-0.04, 0.04])))
    assert loss(best) < loss(prior)


def test_every_tweet_of_the_held_out_clusters_is_held_out_not_only_the_first() -> None:
    fold = sample.fold()
    texts = fold.corpus.tweets.texts
    for part in (fold.split.validation, fold.split.test):
        for row in part.tolist():
            assert fold.held_out.near(texts[row])
            if row % 5 == 3:
                assert fold.held_out.near(texts[row + 1])
    assert not any(fold.held_out.near(text) for text in fold.texts(fold.split.train))


def test_the_identity_is_that_of_texts_labels_and_parts() -> None:
    fold = sample.fold()
    others = [sample.fold(1), sample.fold(seed=1), replace(fold, corpus=relabelled(fold.corpus, 0))]
    assert sample.fold().identity == fold.identity
    assert len({fold.identity, *(other.identity for other in others)}) == 4


def test_class_weights_lie_between_none_and_balanced_ones() -> None:
    fold = sample.fold()
    counts = np.bincount(fold.corpus.tweets.targets[fold.split.train])
    assert fold.class_weights(0.0).tolist() == [1, 1, 1]
    assert fold.class_weights(1.0) * counts == pytest.approx(counts.sum() / 3)


def test_the_final_fold_has_every_cluster_and_nothing_to_test_on() -> None:
    corpus = sample.corpus()
    fold = final_fold(corpus, 67)
    assert len(fold.split.test) == 0
    learnt = np.concatenate([fold.split.train, fold.split.validation])
    assert sorted(corpus.clusters[learnt].tolist()) == list(range(corpus.clusters.max() + 1))
    assert len(fold.split.validation) == round(0.1 * len(learnt))
    assert [one.name for one in outer_folds(corpus, 3, 67)] == ["fold-0", "fold-1", "fold-2"]


def test_the_study_s_split_is_that_of_its_preset() -> None:
    fold = study_fold(sample.corpus(200), "brands")
    assert (fold.name, len(fold.split.test), len(fold.split.validation)) == ("study", 40, 32)


def test_the_files_of_a_recipe_are_read(tmp_path: Path) -> None:
    corpus = read_corpus(sample.recipe(), sample.write_files(tmp_path), tmp_path)
    assert len(corpus.tweets) == 120
    assert corpus.unlabelled == sample.corpus().unlabelled * 3
    assert corpus.lending == sample.corpus().unlabelled * 2, "the entity tweets lend no words"


def test_files_that_the_data_sets_lack_are_looked_for_among_further_tweets(tmp_path: Path) -> None:
    data, further = sample.write_files(tmp_path / "data"), tmp_path / "further"
    name = sample.recipe().data.unlabelled[2].file
    (further / name).parent.mkdir(parents=True)
    (data / name).rename(further / name)
    assert read_corpus(sample.recipe(), data, further).unlabelled == sample.corpus().unlabelled * 3
    (further / name).unlink()
    with pytest.raises(UsageError, match=r"there is no .*twitter_training.csv in .*'make entity-tweets' fetches some"):
        read_corpus(sample.recipe(), data, further)


def test_unlabelled_hate_tweets_are_the_column_of_a_table(tmp_path: Path) -> None:
    sample.write_files(tmp_path)
    (tmp_path / "more.csv").write_text('id,tweet\n1,"one, two"\n2, \n3,three\n', encoding="utf-8")
    recipe = sample.recipe(
        data__unlabelled=(UnlabelledConfig(file="more.csv", format="hate", most=10, lends_words=False),)
    )
    assert read_corpus(recipe, tmp_path, tmp_path).unlabelled == ("one, two", "three")


def test_some_texts_are_drawn_or_all_that_there_are() -> None:
    texts = tuple("abcdefgh")
    assert len(drawn(texts, 3, 1)) == 3
    assert drawn(texts, 3, 1) == drawn(texts, 3, 1)
    assert drawn(texts, 3, 1) == sorted(drawn(texts, 3, 1))
    assert drawn(texts, 99, 1) == list(texts)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "there is no tweets_sentiment140_100k.txt in"),
        (b"caf\xe9\n", r"is not UTF-8 \(byte 3\): give one tweet a line"),
    ],
)
def test_bad_files_of_unlabelled_tweets_are_one_line(tmp_path: Path, content: bytes | None, says: str) -> None:
    sample.write_files(tmp_path)
    path = tmp_path / sample.recipe().data.unlabelled[0].file
    if content is None:
        path.unlink()
    else:
        path.write_bytes(content)
    with pytest.raises(UsageError, match=says):
        read_corpus(sample.recipe(), tmp_path, tmp_path)

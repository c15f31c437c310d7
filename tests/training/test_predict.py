import numpy as np
import pytest

from model.engines.base import Ids, Lengths, Outputs
from training.predict import predict_or_prior, predict_rows

ROWS = [(3, 4, 5), (1,), (9, 9), (7,)]


def first_id_and_length(ids: Ids, lengths: Lengths) -> Outputs:
    return np.stack([ids[:, 0], lengths], axis=1).astype(np.float32)


def test_answers_come_back_in_the_order_of_the_rows() -> None:
    assert predict_rows(first_id_and_length, ROWS).tolist() == [[3, 3], [1, 1], [9, 2], [7, 1]]


def test_no_batch_has_more_padded_tokens_than_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = []

    def recorded(ids: Ids, lengths: Lengths) -> Outputs:
        sizes.append(ids.size)
        return first_id_and_length(ids, lengths)

    monkeypatch.setattr("training.inputs.MAX_TOKENS", 3)
    predict_rows(recorded, ROWS)
    assert sizes == [2, 2, 3]


def test_an_empty_tweet_gets_the_prior_and_never_reaches_the_network() -> None:
    prior = np.array([0.25, 0.75])
    answers = predict_or_prior(first_id_and_length, [(), (3, 4), ()], prior)
    assert answers.tolist() == [[0.25, 0.75], [3, 2], [0.25, 0.75]]
    assert predict_or_prior(first_id_and_length, [()], prior).tolist() == [[0.25, 0.75]]

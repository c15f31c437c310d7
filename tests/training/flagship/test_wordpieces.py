from pathlib import Path

import numpy as np
import pytest

from model.errors import UsageError
from tests.training.flagship.tiny_encoder import SPECIAL, WORDS, write_encoder
from training.flagship.wordpieces import WordPieces, by_length, padded

ROWS = [np.arange(1, length + 1, dtype=np.int32) for length in (3, 9, 1, 5, 8, 2, 7)]


def test_texts_become_ids_between_the_marks_and_long_ones_are_cut(tmp_path: Path) -> None:
    pieces = WordPieces(write_encoder(tmp_path) / "tokenizer.json", 6)
    vocabulary = (*SPECIAL, *WORDS)
    short, long, empty = pieces.rows(["Lovely days!", "river " * 20, ""])
    assert [vocabulary[piece] for piece in short] == ["[CLS]", "lovely", "day", "##s", "!", "[SEP]"]
    assert [vocabulary[piece] for piece in long] == ["[CLS]", *["river"] * 4, "[SEP]"]
    assert [vocabulary[piece] for piece in empty] == ["[CLS]", "[SEP]"]
    assert short.dtype == np.int32


def test_what_is_no_tokenizer_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "tokenizer.json").write_text("{}")
    with pytest.raises(UsageError, match=r"is no tokenizer .*make minilm"):
        WordPieces(tmp_path / "tokenizer.json", 6)


def test_a_batch_is_as_wide_as_its_longest_row_rounded_up() -> None:
    batch = padded(ROWS, np.array([0, 3]), 4)
    assert batch.tolist() == [[1, 2, 3, 0, 0, 0, 0, 0], [1, 2, 3, 4, 5, 0, 0, 0]]
    assert padded(ROWS, np.array([1]), 4).shape == (1, 12)


def test_every_row_is_read_once_the_longest_first() -> None:
    batches = list(by_length(ROWS, 3))
    assert [len(batch) for batch in batches] == [3, 3, 1]
    lengths = [len(ROWS[place]) for batch in batches for place in batch]
    assert lengths == sorted(lengths, reverse=True)
    assert sorted(np.concatenate(batches).tolist()) == list(range(len(ROWS)))

from pathlib import Path

import numpy as np
import pytest

from model.errors import UsageError
from training.glove import read_glove


def written(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def test_words_get_their_vectors_and_the_rest_zeros(tmp_path: Path) -> None:
    path = written(tmp_path / "glove.txt", "ipad 1 2\nunused 3 4\nstore -5 6e-1\n")
    matrix, without = read_glove(path, ["store", "unheard", "ipad"], 2)
    assert matrix.dtype == np.float32
    assert matrix.tolist() == [[0, 0], [-5, np.float32(0.6)], [0, 0], [1, 2]]
    assert without == 1


def test_a_word_with_spaces_is_read_whole(tmp_path: Path) -> None:
    matrix, _ = read_glove(written(tmp_path / "g.txt", ". . . 1 2\nat 3 4\n"), ["at"], 2)
    assert matrix[1].tolist() == [3, 4]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("a 1 2\nb 1\n", "line 2: expected a word and 2 numbers, found 1"),
        ("a 1 2 3\n", "line 1: expected a word and 2 numbers, found 3"),
        ("a 1 x\n", "line 1: not 2 finite numbers"),
        ("a 1 nan\n", "line 1: not 2 finite numbers"),
        ("", "is empty"),
        (b"a 1 2\n\xff\xfe 1 2\n", "is not UTF-8"),
    ],
)
def test_what_is_no_glove_file_is_refused_in_one_line(tmp_path: Path, content: str | bytes, says: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_glove(written(tmp_path / "g.txt", content), ["a"], 2)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_file_says_which_option_names_it(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--glove FILE"):
        read_glove(tmp_path / "absent.txt", ["a"], 2)


def test_a_directory_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        read_glove(tmp_path, ["a"], 2)

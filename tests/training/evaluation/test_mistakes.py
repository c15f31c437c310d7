import csv
from pathlib import Path

import numpy as np

from tests.training.evaluation.tables import table
from training.evaluation.mistakes import SHOWN, write_mistakes


def written(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_worst_mistakes_come_first_and_nothing_right_comes_at_all(tmp_path: Path) -> None:
    oof = table(
        rows=4,
        target=np.array([0, 0, 1, 1]),
        probabilities=np.array([[0.3, 0.7], [0.1, 0.9], [0.2, 0.8], [0.8, 0.2]]),
        row=np.array([7, 8, 9, 10]),
    )
    write_mistakes(oof, {7: "seven", 8: 'e"i,\nght', 9: "nine", 10: "ten"}, tmp_path / "m.csv")
    rows = written(tmp_path / "m.csv")
    assert [row["text"] for row in rows] == ['e"i,\nght', "ten", "seven"]
    assert rows[0] == {
        "row": "8",
        "fold": "1",
        "label": "hateful",
        "probability_of_label": "0.1000",
        "decided": "not_hateful",
        "probability_of_decided": "0.9000",
        "text": 'e"i,\nght',
    }


def test_there_are_only_so_many(tmp_path: Path) -> None:
    oof = table(rows=200, target=np.zeros(200, dtype=np.intp), threshold=np.ones(200))
    write_mistakes(oof, dict.fromkeys(oof.row.tolist(), "text"), tmp_path / "m.csv")
    assert len(written(tmp_path / "m.csv")) == SHOWN


def test_without_a_mistake_there_is_only_the_header(tmp_path: Path) -> None:
    oof = table(rows=1, target=np.array([0]), threshold=np.zeros(1))
    write_mistakes(oof, {0: "text"}, tmp_path / "m.csv")
    assert written(tmp_path / "m.csv") == []

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rich.console import Console

from model.bundle.metadata import Threshold
from model.classifier import Classifier, Predictions
from model.errors import UsageError
from tests.factories import BRAND_LABELS, tiny_bundle
from training.interrupted import InterruptedRunError
from training.labelling import label
from training.labelling.label import Request, Tally, label_file
from training.labelling.progress import ConsoleReporter

TEXTS = ("I love my ipad", "", "#only #hashtags", 'the "battery", broken\nagain', "long line at the store") * 5


class Silent:
    def begin(self, size: int | None) -> None:
        self.size = size

    def advance(self, read: int, rows: int) -> None:
        self.last = (read, rows)


@pytest.fixture(scope="module")
def classifier(tmp_path_factory: pytest.TempPathFactory) -> Classifier:
    return Classifier.load(str(tiny_bundle(tmp_path_factory.mktemp("bundles") / "tiny")), engine="onnx", threads=1)


def write(path: Path, rows: Sequence[Sequence[object]], columns: Sequence[str] = ("id", "tweet")) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([columns, *rows])
    return path


def request(directory: Path, **changes: Any) -> Request:  # noqa: ANN401 - any of the fields
    fields: dict[str, Any] = {
        "file": directory / "in.csv",
        "out": directory / "out.csv",
        "text_column": "tweet",
        "encoding": "utf-8",
        "include_text": False,
        "prefix": "",
        "overwrite": False,
    }
    return Request(**(fields | changes))


def written(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_each_row_is_labelled_in_its_place_as_the_classifier_labels_it(tmp_path: Path, classifier: Classifier) -> None:
    write(tmp_path / "in.csv", list(enumerate(TEXTS)))
    reporter = Silent()
    tally = label_file(request(tmp_path), classifier, reporter)
    rows = written(tmp_path / "out.csv")
    assert list(rows[0]) == ["id", "label", "score", *BRAND_LABELS, "empty", "error"]
    assert [row["id"] for row in rows] == [str(number) for number in range(len(TEXTS))]
    for row, expected in zip(rows, classifier.classify(TEXTS), strict=True):
        assert row["label"] == expected.label
        assert row["empty"] == ("true" if expected.empty else "false")
        # As float32 they are the very same: nothing was lost on the way through the file.
        assert {name: np.float32(row[name]) for name in BRAND_LABELS} == pytest.approx(expected.probabilities, abs=1e-5)
        assert row["score"] == row[row["label"]]
        assert row["error"] == ""
    assert (tally.rows, tally.empty, tally.errors, tally.blank) == (25, 10, 0, 0)
    assert reporter.size == (tmp_path / "in.csv").stat().st_size
    assert reporter.last == (reporter.size, 25)


def test_the_size_of_a_chunk_changes_nothing(
    tmp_path: Path, classifier: Classifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "in.csv", list(enumerate(TEXTS)))
    label_file(request(tmp_path), classifier, Silent())
    monkeypatch.setattr(label, "CHUNK_ROWS", 3)
    label_file(request(tmp_path, out=tmp_path / "again.csv"), classifier, Silent())
    once, again = written(tmp_path / "out.csv"), written(tmp_path / "again.csv")
    assert [row["label"] for row in once] == [row["label"] for row in again]
    for name in BRAND_LABELS:
        assert [float(row[name]) for row in once] == pytest.approx([float(row[name]) for row in again], abs=1e-5)


def test_the_text_is_written_only_if_asked_for_and_survives_unchanged(tmp_path: Path, classifier: Classifier) -> None:
    write(tmp_path / "in.csv", [(text, number) for number, text in enumerate(TEXTS)], ("tweet", "id"))
    label_file(request(tmp_path, include_text=True), classifier, Silent())
    rows = written(tmp_path / "out.csv")
    assert list(rows[0])[:3] == ["tweet", "id", "label"]
    assert tuple(row["tweet"] for row in rows) == TEXTS


def test_a_row_without_a_tweet_is_an_empty_one_and_a_blank_line_is_counted(
    tmp_path: Path, classifier: Classifier
) -> None:
    (tmp_path / "in.csv").write_text("id,tweet,source\n1\n\n2,,web\n\n")
    tally = label_file(request(tmp_path), classifier, Silent())
    rows = written(tmp_path / "out.csv")
    assert [(row["id"], row["source"], row["empty"]) for row in rows] == [("1", "", "true"), ("2", "web", "true")]
    assert all(row["label"] == "neutral" for row in rows)
    assert (tally.rows, tally.empty, tally.blank) == (2, 2, 2)


def test_in_a_file_of_tweets_alone_a_blank_line_is_an_empty_tweet(tmp_path: Path, classifier: Classifier) -> None:
    (tmp_path / "in.csv").write_text("tweet\nI love my ipad\n\nmeh\n")
    label_file(request(tmp_path), classifier, Silent())
    assert [row["empty"] for row in written(tmp_path / "out.csv")] == ["false", "true", "false"]


def test_a_row_with_too_many_fields_costs_that_row_alone(tmp_path: Path, classifier: Classifier) -> None:
    (tmp_path / "in.csv").write_text("id,tweet\n1,meh\n2,love, they say\n3,meh\n")
    tally = label_file(request(tmp_path), classifier, Silent())
    rows = written(tmp_path / "out.csv")
    assert [row["error"] for row in rows] == ["", "3 fields, the header has 2", ""]
    assert [row["id"] for row in rows] == ["1", "2", "3"]
    assert {rows[1][name] for name in ("label", "score", *BRAND_LABELS, "empty")} == {""}
    assert rows[0]["label"] == rows[2]["label"] != ""
    assert (tally.rows, tally.errors) == (3, 1)


def test_a_row_whose_prediction_fails_says_why_and_costs_that_row_alone(
    tmp_path: Path, classifier: Classifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "in.csv", [(1, "meh"), (2, "love"), (3, "meh")])
    good = Classifier.predict

    def predict(self: Classifier, rows: Sequence[Sequence[int]]) -> Predictions:
        answer = good(self, rows)
        answer.labels[1] = -1
        answer.probabilities[1] = np.nan
        return answer._replace(failed={1: "the network's output is not finite"})

    monkeypatch.setattr(Classifier, "predict", predict)
    tally = label_file(request(tmp_path), classifier, Silent())
    rows = written(tmp_path / "out.csv")
    assert [row["error"] for row in rows] == ["", "the network's output is not finite", ""]
    assert {rows[1][name] for name in ("label", "score", *BRAND_LABELS, "empty")} == {""}
    assert (tally.rows, tally.errors) == (3, 1)


def test_a_binary_bundle_labels_by_its_threshold(tmp_path: Path) -> None:
    labels = ("hateful", "not_hateful")
    bundle = tiny_bundle(
        tmp_path / "hate", labels=labels, prior=(0.07, 0.93), threshold=Threshold(label="hateful", value=0.2)
    )
    write(tmp_path / "in.csv", list(enumerate(TEXTS)))
    label_file(request(tmp_path), Classifier.load(str(bundle), engine="onnx", threads=1), Silent())
    for row in written(tmp_path / "out.csv"):
        if row["empty"] == "false":
            assert (row["label"] == "hateful") == (float(row["hateful"]) >= 0.2)
        else:
            assert row["label"] == "not_hateful"


def test_columns_that_are_there_already_are_not_doubled_but_can_be_kept_apart(
    tmp_path: Path, classifier: Classifier
) -> None:
    write(tmp_path / "in.csv", [(1, 0, "meh")], ("id", "label", "tweet"))
    with pytest.raises(UsageError, match=r"has a column 'label' already: .*--prefix predicted_"):
        label_file(request(tmp_path), classifier, Silent())
    label_file(request(tmp_path, prefix="predicted_"), classifier, Silent())
    assert list(written(tmp_path / "out.csv")[0])[:4] == ["id", "label", "predicted_label", "predicted_score"]


def test_a_header_alone_gives_a_header_alone(tmp_path: Path, classifier: Classifier) -> None:
    write(tmp_path / "in.csv", [])
    tally = label_file(request(tmp_path), classifier, Silent())
    assert tally.rows == 0
    assert (tmp_path / "out.csv").read_text().count("\n") == 1


def test_the_file_to_label_is_not_replaced_by_its_labels(tmp_path: Path, classifier: Classifier) -> None:
    file = write(tmp_path / "in.csv", [(1, "meh")])
    before = file.read_bytes()
    with pytest.raises(UsageError, match="is the file to label"):
        label_file(request(tmp_path, out=file, overwrite=True), classifier, Silent())
    assert file.read_bytes() == before


def test_an_error_late_in_the_file_leaves_nothing(
    tmp_path: Path, classifier: Classifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(label, "CHUNK_ROWS", 2)
    (tmp_path / "in.csv").write_text('id,tweet\n1,meh\n2,meh\n3,meh\n4,"open\n')
    with pytest.raises(UsageError, match="line 5"):
        label_file(request(tmp_path), classifier, Silent())
    assert [path.name for path in tmp_path.iterdir()] == ["in.csv"]


def test_interrupted_it_leaves_nothing_and_says_what_to_do(
    tmp_path: Path, classifier: Classifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Interrupting(Silent):
        def advance(self, read: int, rows: int) -> None:
            super().advance(read, rows)
            raise KeyboardInterrupt

    monkeypatch.setattr(label, "CHUNK_ROWS", 2)
    write(tmp_path / "in.csv", list(enumerate(TEXTS)))
    with pytest.raises(InterruptedRunError, match=r"interrupted after 2 rows; .* was not written") as stopped:
        label_file(request(tmp_path), classifier, Interrupting())
    assert stopped.value.exit_code == 130
    assert [path.name for path in tmp_path.iterdir()] == ["in.csv"]


def test_off_a_terminal_a_line_is_printed_now_and_then() -> None:
    now = 100.0
    shown = io.StringIO()
    with ConsoleReporter(Console(file=shown, force_terminal=False, width=200), clock=lambda: now) as reporter:
        reporter.begin(1000)
        for seconds, read, rows in ((10, 250, 100), (40, 500, 400), (60, 750, 500)):
            now = 100.0 + seconds
            reporter.advance(read, rows)
        tally = Tally(empty=2, errors=3, blank=4)
        tally.labels.update({"neutral": 500, "positive": 97})
        reporter.end(tally)
    lines = shown.getvalue().splitlines()
    assert lines[:3] == [
        "400 tweets, 50% of the file, 10 a second",
        "600 tweets in 60.0 s (10 a second)",
        "neutral 500 (83.3%), positive 97 (16.2%)",
    ]
    assert [line.split()[0] for line in lines[3:]] == ["2", "3", "4"]

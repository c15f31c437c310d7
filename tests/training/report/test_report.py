import re
import subprocess
import sys
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import get_args

import pytest

from model.errors import UsageError
from tests.training.report import results
from training.data.datasets import DatasetName
from training.evaluation.result import Protocol
from training.presets.preset import load_preset, packaged_presets
from training.report.collect import PROTOCOLS, candidates, read_results
from training.report.measures import MEASURES, STUDY_MEASURES
from training.report.notes import load_notes
from training.report.page import UNEXPLAINED
from training.report.report import packaged_results, write_report

ROOT = Path(__file__).resolve().parents[3]
STUDIES: tuple[DatasetName, ...] = get_args(DatasetName)


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return results.hate_results(results.brand_results(tmp_path_factory.mktemp("results")))


@pytest.fixture(scope="module")
def pages(directory: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[DatasetName, str]:
    out = tmp_path_factory.mktemp("docs")
    for study in STUDIES:
        write_report(study, directory, out / f"{study}.md")
    return {study: (out / f"{study}.md").read_text(encoding="utf-8") for study in STUDIES}


def row(page: str, name: str) -> list[str]:
    """Cells of a candidate's row in the first table that has one."""
    line = next(line for line in page.splitlines() if line.startswith(f"| `{name}`"))
    return line.strip("| ").split(" | ")


@pytest.mark.parametrize("study", STUDIES)
def test_the_documents_are_current_or_make_report_was_not_run(study: DatasetName, tmp_path: Path) -> None:
    if not packaged_results().is_dir():
        pytest.skip("NOT TESTED: there are no results in training/results yet")
    written = write_report(study, packaged_results(), tmp_path / f"{study}.md")
    for path in written:
        assert (ROOT / "docs" / path.name).read_bytes() == path.read_bytes(), "run `make report`"


@pytest.mark.parametrize("study", STUDIES)
def test_every_gap_has_its_reason_and_nothing_that_was_run_is_called_a_gap(study: DatasetName) -> None:
    if not packaged_results().is_dir():
        pytest.skip("NOT TESTED: there are no results in training/results yet")
    notes = load_notes(study)
    rows = candidates(study, notes, read_results(packaged_results(), study))
    gaps = {(row.name, protocol) for row in rows for protocol in PROTOCOLS if protocol not in row.results}
    assert gaps == {(gap.name, gap.protocol) for gap in notes.not_run}


def test_a_preset_s_row_has_the_study_s_figure_beside_ours_on_its_split_and_grouped(
    pages: dict[DatasetName, str],
) -> None:
    ours = "**macro-F1 0.360 (.350 to .370)**<br>flat AUC 0.830 (.820 to .840)"
    description = load_preset("brands-bilstm").description
    assert row(pages["brands"], "brands-bilstm") == ["`brands-bilstm`", description, "flat AUC 0.8272", ours, ours]
    cells = row(pages["hate"], "hate-narrow")
    assert cells[2] == "accuracy 0.954<br>recall 0.71"
    assert cells[4] == "**F1 0.650 (.640 to .660)**<br>accuracy 0.900 (.890 to .910)<br>recall 0.680 (.670 to .690)"


@pytest.mark.parametrize("study", STUDIES)
def test_every_preset_and_baseline_has_a_row(study: DatasetName, pages: dict[DatasetName, str]) -> None:
    names = [name for name in packaged_presets() if load_preset(name).data == study]
    for name in (*names, f"{study}-prior", f"{study}-logistic", f"{study}-logistic-weighted"):
        assert len(row(pages[study], name)) == 5


def test_what_was_not_trained_in_full_is_marked_and_said(pages: dict[DatasetName, str]) -> None:
    page = pages["brands"]
    assert row(page, "brands-tfidf")[3].startswith("**macro-F1 0.500 (.490 to .510)** †")
    assert "| `brands-tfidf` | study | 25 % of the training part: 700 tweets | 7 (at most 10, the preset 128) |" in page
    assert "- a quarter of the data (`brands-tfidf`, study)" in page
    assert "†" not in "".join(row(page, "brands-bilstm"))


def test_how_long_each_fold_trained_on_what_is_said(pages: dict[DatasetName, str]) -> None:
    line = (
        "| `brands-bilstm` | grouped | 700 to 704 tweets a fold | 7, 8, 9, 10, 11 (at most 128) | 7.5 | cpu, 2 cores |"
    )
    assert line in pages["brands"]


def test_a_gap_is_said_with_its_reason(pages: dict[DatasetName, str]) -> None:
    assert row(pages["brands"], "brands-bilstm-output-bias")[4] == "not run"
    assert f"| `brands-bilstm-output-bias` | grouped | {UNEXPLAINED} |" in pages["brands"]
    assert "`brands-bilstm` | grouped | not" not in pages["brands"]


def test_a_finding_s_numbers_come_from_the_results_and_wait_for_them(pages: dict[DatasetName, str]) -> None:
    brands, hate = (" ".join(page.split()) for page in pages.values())
    assert "a macro-F1 of 0.185 with the weights in the bias and 0.360 with them in the loss" in brands
    assert "(31.9 % of it)" in brands
    assert "Below its macro-F1: 1 of the 1 networks" in brands
    assert "On the study's split that answer is right 45.0 % of the time" in hate
    assert "recall 0.680 (.670 to .690), specificity 0.970" in hate


def test_without_results_the_page_still_says_what_is_missing(tmp_path: Path) -> None:
    (tmp_path / "none").mkdir()
    (written,) = write_report("hate", tmp_path / "none", tmp_path / "hate.md")
    page = written.read_text(encoding="utf-8")
    assert row(page, "hate-best")[2:] == ["accuracy 0.945<br>recall 0.767", "not run", "not run"]
    assert "{{" not in page
    assert "What the study calls specificity is the recall of the hateful class" in page
    assert "![" not in page


def test_the_picture_has_every_candidate_and_is_the_same_each_time(directory: Path, tmp_path: Path) -> None:
    for turn in ("one", "two"):
        write_report("brands", directory, tmp_path / turn / "brands.md")
    one, two = ((tmp_path / turn / "brands-figures.svg").read_bytes() for turn in ("one", "two"))
    assert one == two
    assert one.startswith(b"<?xml")
    assert "(brands-figures.svg)" in (tmp_path / "one" / "brands.md").read_text(encoding="utf-8")


def test_a_page_that_a_report_wrote_is_replaced_and_nothing_else_is(directory: Path, tmp_path: Path) -> None:
    out = tmp_path / "brands.md"
    write_report("brands", directory, out)
    write_report("brands", directory, out)
    out.write_text("# My own notes\n")
    with pytest.raises(UsageError, match="exists and is no page that a report wrote"):
        write_report("brands", directory, out)
    assert out.read_text() == "# My own notes\n"


def test_results_that_belong_nowhere_are_refused(tmp_path: Path) -> None:
    results.write(tmp_path, "brands-bilstn", results.result("brands", "brands-bilstm", "study", 0.4))
    with pytest.raises(UsageError, match=r"brands-bilstn\.study\.json is the result of none of .*brands-bilstm, "):
        write_report("brands", tmp_path, tmp_path / "brands.md")


def test_another_network_s_result_under_a_row_s_name_is_refused(tmp_path: Path) -> None:
    results.write(tmp_path, "hate-base", results.result("hate", "hate-narrow", "study", 0.4))
    with pytest.raises(UsageError, match=r"hate-base\.study\.json is a result of 'hate-narrow', not of 'hate-base'"):
        write_report("hate", tmp_path, tmp_path / "hate.md")


def test_results_named_after_another_protocol_are_refused(tmp_path: Path) -> None:
    path = results.write(tmp_path, "brands-bilstm", results.result("brands", "brands-bilstm", "study", 0.4))
    path.rename(tmp_path / "brands-bilstm.grouped.json")
    with pytest.raises(UsageError, match=r"under protocol study: name it NAME\.study\.json"):
        write_report("brands", tmp_path, tmp_path / "brands.md")


def test_a_result_of_the_other_study_is_passed_over(tmp_path: Path) -> None:
    results.hate_results(tmp_path)
    assert "brands-prior" in "".join(
        row(write_report("brands", tmp_path, tmp_path / "b.md")[0].read_text(), "brands-prior")
    )


@pytest.mark.parametrize(
    ("content", "says"), [("{}", "is no result of 'warble-train evaluate'"), ("no json", "is no result")]
)
def test_a_file_that_is_no_result_is_refused(tmp_path: Path, content: str, says: str) -> None:
    (tmp_path / "brands-bilstm.study.json").write_text(content)
    with pytest.raises(UsageError, match=says):
        read_results(tmp_path, "brands")
    with pytest.raises(UsageError, match="there is no directory"):
        read_results(tmp_path / "absent", "brands")


@pytest.mark.parametrize("study", STUDIES)
def test_the_notes_name_only_what_there_is(study: DatasetName) -> None:
    notes = load_notes(study)
    names = {row.name for row in candidates(study, notes, {})}
    protocols = get_args(Protocol)
    assert set(notes.measures) <= MEASURES.keys()
    assert {variant.preset for variant in notes.variants} <= set(notes.presets)
    assert {gap.name for gap in notes.not_run} <= names
    for needed in (needed for finding in notes.findings for needed in finding.needs):
        name, _, protocol = needed.rpartition(".")
        assert name in names
        assert protocol in protocols
    for candidate in candidates(study, notes, {}):
        assert {figure.measure for figure in candidate.study} <= STUDY_MEASURES.keys()


@pytest.mark.slow
@pytest.mark.data
def test_what_the_notes_say_of_the_data_is_what_is_counted(tweets_data: Path) -> None:
    import numpy as np  # noqa: PLC0415 - only here

    from training.data.clusters import cluster, normalise  # noqa: PLC0415
    from training.data.datasets import read_tweets  # noqa: PLC0415
    from training.data.marks import ADDRESS, MENTION  # noqa: PLC0415
    from training.data.splits import split_rows  # noqa: PLC0415

    said = {
        study: " ".join((files("training.report") / f"{study}.toml").read_text("utf-8").split()) for study in STUDIES
    }

    def leak(study: DatasetName, file: str, preset: str) -> tuple[float, float]:
        tweets = read_tweets(study, tweets_data / file)
        clusters = cluster(tweets.texts)
        split = split_rows(tweets.targets, load_preset(preset).split)
        twins = np.isin(clusters[split.test], clusters[split.train])
        return float(twins.mean()), float(twins[tweets.targets[split.test] == 0].mean())

    def without_marks(text: str) -> str:
        return " ".join(re.sub(r"(?i)\brt\b", " ", MENTION.sub(" ", ADDRESS.sub(" ", text))).split())

    def agreement(study: DatasetName, file: str, compared: Callable[[str], str] = normalise) -> float:
        tweets = read_tweets(study, tweets_data / file)
        labels: dict[str, list[int]] = {}
        for text, target in zip(tweets.texts, tweets.targets.tolist(), strict=True):
            labels.setdefault(compared(text), []).append(target)
        counts = [np.bincount(group) for group in labels.values()]
        pairs = sum(int(count.sum() * (count.sum() - 1)) for count in counts)
        return sum(int((count * (count - 1)).sum()) for count in counts) / pairs

    everything, _ = leak("brands", "brands.csv", "brands-bilstm")
    assert f"{100 * everything:.1f} % of the test tweets have a near-duplicate" in said["brands"]
    everything, hateful = leak("hate", "hate_train.csv", "hate-base")
    assert f"{100 * everything:.1f} % have a near-duplicate" in said["hate"]
    assert f"of the hateful ones {100 * hateful:.1f} %" in said["hate"]
    alike, normalised = (100 * agreement("brands", "brands.csv", compared) for compared in (without_marks, normalise))
    assert f"carry the same label {alike:.1f} % of the time ({normalised:.1f} % if case" in said["brands"]
    assert agreement("hate", "hate_train.csv") > 0.9999
    assert "agree more than 99.99 % of the time" in said["hate"]


def test_the_command_prints_the_paths_and_refuses_in_one_line(directory: Path, tmp_path: Path) -> None:
    def report(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "training", "report", *map(str, arguments)]
        return subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)

    done = report("hate", "--results", directory, "--out", tmp_path / "hate.md")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [str(tmp_path / "hate-figures.svg"), str(tmp_path / "hate.md")]
    done = report("hate", "--results", tmp_path / "absent", "--out", tmp_path / "hate.md")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert "there is no directory" in done.stderr


def test_results_over_different_files_are_not_put_into_one_table(tmp_path: Path) -> None:
    results.write(tmp_path, "brands-bilstm", results.result("brands", "brands-bilstm", "study", 0.4))
    other = results.result("brands", "brands-tfidf", "study", 0.4).model_copy(update={"data_digest": "1" * 64})
    results.write(tmp_path, "brands-tfidf", other)
    with pytest.raises(UsageError, match=r"brands-tfidf\.study\.json is over another brands\.csv .*1{12}.*0{12}"):
        read_results(tmp_path, "brands")

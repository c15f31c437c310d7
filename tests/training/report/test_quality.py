from pathlib import Path

import numpy as np
import pytest

from model.errors import UsageError
from tests.training.evaluation.tables import table
from training.evaluation.oof import Oof
from training.evaluation.recompute import NO_ANSWER
from training.evaluation.result import Difference
from training.flagship.scores import ScoreFile, scored
from training.precision import Precision
from training.report.quality import load_notes, write_quality


def brands(candidate: str, rows: int = 120) -> Oof:
    """Answers of its own for each candidate, so that none can stand in another's place."""
    random = np.random.default_rng(list(candidate.encode()))
    labels = (NO_ANSWER, "negative", "neutral", "positive")
    target = np.arange(rows) % 4
    probabilities = random.dirichlet(np.ones(4), rows) + 0.4 * np.eye(4)[target]
    return table(
        rows=rows, labels=labels, target=target, probabilities=probabilities / probabilities.sum(axis=1, keepdims=True)
    )


def scores(*candidates: str) -> ScoreFile:
    return ScoreFile(
        recipe="brands",
        recipe_digest="0" * 64,
        task="brands",
        data_digest="0" * 64,
        folds=5,
        seed=67,
        precision=Precision.FLOAT32,
        notes=(),
        scores=tuple(scored(name, brands(name)) for name in candidates),
    )


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    (tmp_path / "scores").mkdir()
    names = ("linear", "encoder", "ensemble", "wide", "student", "linear.study", "student.study")
    (tmp_path / "scores" / "brands.json").write_text(scores(*names).to_json())
    return tmp_path / "scores"


def test_every_goal_stands_beside_what_was_reached_with_its_interval(directory: Path, tmp_path: Path) -> None:
    text = write_quality(directory, tmp_path / "quality.md").read_text("utf-8")
    for goal in load_notes().tasks[0].goals:
        suffix = ".study" if goal.on else ""
        found, floor = (one.named for one in scores(f"student{suffix}", f"linear{suffix}").scores)
        lines = (line for line in text.splitlines() if line.startswith(f"| {goal.figure}"))
        (line,) = (line for line in lines if f" {goal.aim:g} |" in line)
        estimate, least = found[goal.figure], floor[goal.figure]
        assert estimate is not None
        assert least is not None
        assert f"| {least.value:.3f} (" in line
        assert f"**{estimate.value:.3f} (" in line
        assert estimate.value != least.value
        reached = estimate.value < goal.aim if goal.below else estimate.value >= goal.aim
        assert ("| yes |" in line) == reached
        assert ("| no, by " in line) == (not reached)


def test_candidates_stand_in_the_order_in_which_they_have_more(directory: Path, tmp_path: Path) -> None:
    text = write_quality(directory, tmp_path / "quality.md").read_text("utf-8")
    titles = ["(the floor)", "the other teacher", "both teachers", "as it is trained", "**the flagship**"]
    places = [text.index(title) for title in titles]
    assert places == sorted(places)
    assert "## Hate" not in text, "nothing is known of it"


def test_how_far_the_flagship_is_above_the_floor_stands_below_both(directory: Path, tmp_path: Path) -> None:
    assert "above the floor" not in write_quality(directory, tmp_path / "without.md").read_text("utf-8")
    over = {"macro-F1, 3 classes": Difference(value=0.0512, low=-0.001, high=0.0934)}
    found = ScoreFile.model_validate_json((directory / "brands.json").read_bytes())
    (directory / "brands.json").write_text(found.model_copy(update={"over_linear": over}).to_json())
    text = write_quality(directory, tmp_path / "with.md").read_text("utf-8")
    assert "| the flagship above the floor, on the same tweets | macro-F1, 3 classes |\n|---|---|\n" in text
    assert "| difference | +0.051 (-0.001 to +0.093) |\n" in text


def test_what_each_part_adds_stands_from_the_floor_to_the_flagship(directory: Path, tmp_path: Path) -> None:
    assert "### What each part adds" not in write_quality(directory, tmp_path / "without.md").read_text("utf-8")
    lacking = ("linear", "encoder", "ensemble", "wide", "student", "labels", "soft", "unlabelled", "copies")
    names = ("linear", "student", "linear.study", "student.study", *(f"{name}.ablation" for name in lacking))
    (directory / "brands.json").write_text(scores(*names).to_json())
    text = write_quality(directory, tmp_path / "with.md").read_text("utf-8")
    _, _, part = text.partition("### What each part adds")
    titles = ["(the floor)", "training tweets' labels", "teachers say", "without labels", "all altered", "MiniLM's"]
    places = [part.index(title) for title in [*titles, "**the flagship**", "its teachers"]]
    assert places == sorted(places)
    assert "intervals over 120 tweets, those of the folds in which it was done" in part.replace("\n", " ")
    assert "Tweets without labels add most; what the later steps add is within chance" in " ".join(part.split())
    assert "runs of words" not in part
    of_ngrams = scores("vectors.ablation")
    (directory / "brands.more.json").write_text(of_ngrams.to_json())
    _, _, part = write_quality(directory, tmp_path / "more.md").read_text("utf-8").partition("### What each part adds")
    places = [part.index(title) for title in ["MiniLM's", "runs of words", "**the flagship**"]]
    assert places == sorted(places)


def test_what_was_judged_elsewhere_stands_by_itself(directory: Path, tmp_path: Path) -> None:
    assert "### Elsewhere" not in write_quality(directory, tmp_path / "without.md").read_text("utf-8")
    names = ("linear", "student", "linear.study", "student.study", "linear.elsewhere", "student.elsewhere")
    (directory / "brands.json").write_text(scores(*names).to_json())
    text = write_quality(directory, tmp_path / "with.md").read_text("utf-8")
    _, _, part = text.partition("### Elsewhere")
    assert part.count("| TF-IDF") == part.count("**the flagship**") == 1
    assert "Networks of all brand tweets, judged by tweets of later years" in part
    assert "intervals over 120 tweets" in part.replace("\n", " ")


def test_what_the_protocol_guards_against_and_the_learning_curve_have_their_parts(
    directory: Path, tmp_path: Path
) -> None:
    text = write_quality(directory, tmp_path / "without.md").read_text("utf-8")
    assert "guards against" not in text
    assert "### Learning curve" not in text
    checked = ("linear.shuffled", "linear.again", "linear.leaky", "linear.curve-8", "encoder.curve-8", "linear.curve-1")
    names = ("linear", "student", "linear.study", "student.study", *checked)
    (directory / "brands.json").write_text(scores(*names).to_json())
    text = write_quality(directory, tmp_path / "with.md").read_text("utf-8")
    _, _, guarded = text.partition("### What the protocol guards against")
    guarded, _, curve = guarded.partition("### Learning curve")
    titles = ["| the linear model, as", "| the same, learning and judged by", "| on tweets that", "| on those, their"]
    assert [guarded.count(title) for title in titles] == [1, 1, 1, 1]
    assert guarded.count(" | 90 | ") == 4, "the tweets that have an answer"
    first = {name: next(iter(scores(name).scores[0].named.values())) for name in checked[3:]}
    shown = [f"{one.value:.3f}" for one in first.values() if one]
    table = curve.strip().partition("\n\n")[0]
    lines = [line.split(" | ") for line in table.splitlines() if line.startswith("| a")]
    assert [(line[0], line[1][:5], line[2][:5], line[3]) for line in lines] == [
        ("| an eighth", shown[0], shown[1], "- |"),
        ("| all", shown[2], "-", "- |"),
    ]


def test_every_figure_that_is_aimed_at_is_one_that_is_scored() -> None:
    notes = load_notes()
    assert [task.task for task in notes.tasks] == ["brands", "hate"]
    of_brands = scores("student").scores[0].named
    assert {goal.figure for goal in notes.tasks[0].goals} <= of_brands.keys()
    binary = scored("student", table(rows=60)).named
    kinds = {name.rpartition(" of ")[0] or name for name in binary}
    assert {goal.figure.rpartition(" of ")[0] or goal.figure for goal in notes.tasks[1].goals} <= kinds


def test_figures_of_some_folds_are_added_to_those_of_the_whole_run(directory: Path, tmp_path: Path) -> None:
    ablated = scores("linear.ablation", "labels.ablation", "student.ablation")
    (directory / "brands.ablation.json").write_text(ablated.to_json())
    (directory / "brands.checks.json").write_text(scores("linear.shuffled").to_json())
    text = write_quality(directory, tmp_path / "quality.md").read_text("utf-8")
    _, _, part = text.partition("### What each part adds")
    assert part.count("(the floor)") == 1
    (directory / "hate.other.json").write_text("{}")
    with pytest.raises(UsageError, match=r"has hate\.other\.json, but no hate\.json to add it to"):
        write_quality(directory, tmp_path / "quality.md")
    assert "student of the training tweets' labels" in part
    assert "learning and judged by shuffled labels" in part


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"data_digest": "1" * 64}, f"its data_digest is {'1' * 64}, that of the others {'0' * 64}"),
        ({"folds": 4}, "its folds is 4, that of the others 5"),
        ({"recipe": "mine"}, "its recipe is mine, that of the others brands"),
        ({"recipe_digest": "2" * 64}, f"its recipe_digest is {'2' * 64}, that of the others {'0' * 64}"),
        ({"scores": scores("linear").scores}, "linear is among the others"),
    ],
)
def test_figures_that_do_not_go_together_are_refused(
    directory: Path, tmp_path: Path, change: dict[str, object], says: str
) -> None:
    more = scores("linear.ablation").model_copy(update=change)
    (directory / "brands.more.json").write_text(more.to_json())
    with pytest.raises(UsageError, match=rf"brands\.more\.json does not go with brands\.json: {says}"):
        write_quality(directory, tmp_path / "quality.md")


def test_what_is_no_scores_file_is_refused_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"has no brands\.json"):
        write_quality(tmp_path, tmp_path / "quality.md")
    (tmp_path / "brands.json").write_text("{}")
    with pytest.raises(UsageError, match=r"brands\.json is no scores\.json"):
        write_quality(tmp_path, tmp_path / "quality.md")
    (tmp_path / "brands.json").write_text(scores("linear").to_json())
    with pytest.raises(UsageError, match="have no student"):
        write_quality(tmp_path, tmp_path / "quality.md")


def test_a_page_of_somebody_else_is_left_alone(directory: Path, tmp_path: Path) -> None:
    (tmp_path / "quality.md").write_text("# Mine\n")
    with pytest.raises(UsageError, match="no page that"):
        write_quality(directory, tmp_path / "quality.md")
    assert (tmp_path / "quality.md").read_text() == "# Mine\n"

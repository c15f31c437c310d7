"""What the documents say is so: tables, links, commands, examples and figures."""

import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
import typer
from typer.core import TyperGroup

import model.cli
import stream.cli
import training.cli
from model.bundle.read import load_bundle
from model.classifier import Classifier
from stream.documentation import SECTIONS, renewed
from stream.messages.decode import Decoder, Tweet
from stream.messages.reasons import Reason
from stream.messages.result import ResultEncoder
from stream.metrics import Metrics
from stream.settings import InputSettings, KafkaSettings, load_settings
from training.report.flagships import packaged_scores, read_flagship
from training.report.quality import Task, load_notes

ROOT = Path(__file__).parents[1]
DOCUMENTS = (
    "README.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "docs/deployment.md",
    "docs/guarantees.md",
    "docs/kafka-security.md",
    "docs/metrics.md",
    "docs/runbook.md",
    "docs/security.md",
    "docs/tracing.md",
)
README = (ROOT / "README.md").read_text("utf-8")
APPS = {"warble": stream.cli.app, "warble-model": model.cli.app, "warble-train": training.cli.app}

LINK = re.compile(r"\]\((?!https?:)([^)#]*)(#[^)]*)?\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
FENCED = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`([^`\n]+)`")
TARGET = re.compile(r"\bmake ([a-z][a-z-]*)")
COMMAND = re.compile(r"(?:^|[ /])(warble(?:-model|-train)?)((?: [^|<]+)?)")
ENVIRONMENT = re.compile(r"WARBLE_\w+")


def text_of(document: str) -> str:
    return (ROOT / document).read_text("utf-8")


def code(text: str) -> Iterator[str]:
    """Every line of fenced code and every inline span."""
    for _, block in FENCED.findall(text):
        yield from block.splitlines()
    yield from INLINE.findall(FENCED.sub("", text))


def fenced(language: str) -> str:
    """The one fenced block of the README in a language."""
    (block,) = (block for name, block in FENCED.findall(README) if name == language)
    return str(block)


def rows(heading: str) -> list[list[str]]:
    """Cells of the table in the README under a header row that starts like this."""
    lines = README.splitlines()
    (start,) = (number for number, line in enumerate(lines) if line.startswith(f"| {heading} |"))
    table = []
    for line in lines[start + 2 :]:
        if not line.startswith("|"):
            break
        table.append([cell.strip() for cell in line.strip("|").split(" | ")])
    return table


def anchor(heading: str) -> str:
    return "#" + re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


def unknown_commands(text: str) -> list[str]:
    """What a text's code calls that no program has: a subcommand, or an option of it."""
    return [line for line in code(text) for program, rest in COMMAND.findall(line) if not known(program, rest.split())]


def known(program: str, words: list[str]) -> bool:
    command = typer.main.get_command(APPS[program])
    while isinstance(command, TyperGroup) and words and not words[0].startswith("-"):
        name, *words = words
        if name not in command.commands:
            return set(name.split("|")) <= command.commands.keys()
        command = command.commands[name]
    options = {option for parameter in command.params for option in parameter.opts} | {"--help", "-"}
    return all(word in options for word in words if word.startswith("-"))


@pytest.mark.parametrize("name", SECTIONS)
def test_a_generated_table_is_current_or_make_docs_was_not_run(name: str) -> None:
    document = text_of(SECTIONS[name][0])
    assert renewed(name, document) == document


@pytest.mark.parametrize("name", SECTIONS)
def test_a_table_that_is_out_of_date_is_written_anew(name: str) -> None:
    document, table = SECTIONS[name]
    current = text_of(document)
    old = table().replace("| `WARBLE_HTTP__PORT` |", "|").replace("warble_lag", "warble_lug")
    stale = current.replace(table(), old)
    assert stale != current
    assert renewed(name, stale) == current


@pytest.mark.parametrize("name", SECTIONS)
def test_a_document_without_its_markers_is_an_error(name: str) -> None:
    with pytest.raises(ValueError, match=f"{name}: written by"):
        renewed(name, text_of(SECTIONS[name][0]).replace(f"<!-- end of {name} -->", ""))


def test_every_reason_has_its_row_and_no_other_has() -> None:
    assert [row[0] for row in rows("reason")] == [f"`{reason}`" for reason in Reason]


def test_every_setting_that_the_documents_name_exists() -> None:
    known_names = {row[0].strip("`") for row in rows("setting")}
    for document in DOCUMENTS:
        assert set(ENVIRONMENT.findall(text_of(document))) <= known_names, document


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_metric_that_is_named_exists(document: str) -> None:
    # Between colons it is a part of a recorded series' name; tests/deploy/test_prometheus.py knows those.
    named = set(re.findall(r"(?<![\w:])warble_\w+(?![\w:])", text_of(document)))
    exist = {entry.name for entry in Metrics().entries}
    assert {re.sub("_(bucket|sum|count)$", "", name) for name in named} <= exist


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_relative_link_leads_somewhere(document: str) -> None:
    headings = {anchor(heading) for heading in HEADING.findall(FENCED.sub("", text_of(document)))}
    links = LINK.findall(text_of(document))
    assert [path for path, _ in links if path and not ((ROOT / document).parent / path).exists()] == []
    assert [fragment for path, fragment in links if not path and fragment not in headings] == []


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_make_target_that_is_named_exists(document: str) -> None:
    targets = set(re.findall(r"^([a-z-]+):", text_of("Makefile"), re.MULTILINE))
    assert {target for line in code(text_of(document)) for target in TARGET.findall(line)} <= targets


def test_every_fault_of_the_guarantees_is_shown_by_tests_that_exist() -> None:
    faults = [line for line in text_of("docs/guarantees.md").splitlines() if re.search(r"`[\w/]*test_\w+\.py`", line)]
    shown = {name for line in faults for name in re.findall(r"`([\w/]*test_\w+\.py)`", line)}
    assert len(faults) >= 20
    assert {name for name in shown if not (ROOT / "tests" / "system" / name).is_file()} == set()


def test_the_readme_begins_with_the_two_commands() -> None:
    assert FENCED.findall(README)[0][1].splitlines() == ["make demo", "make test"]


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_command_and_option_that_is_named_exists(document: str) -> None:
    assert unknown_commands(text_of(document)) == []


@pytest.mark.parametrize(
    "line",
    ["warble labelise", "warble worker --stop", "warble dead bury", "warble-model classify --lines -", "warble -q"],
)
def test_a_command_that_does_not_exist_would_be_seen(line: str) -> None:
    assert unknown_commands(f"Run `{line}`.") == [line]


def test_every_command_is_in_the_readme() -> None:
    spans = "\n".join(code(README))
    for program, app in APPS.items():
        command = typer.main.get_command(app)
        assert isinstance(command, TyperGroup)
        for name, below in command.commands.items():
            for last in getattr(below, "commands", ("",)):
                assert f"{program} {name} {last}".rstrip() in spans


def test_every_input_format_has_an_example_that_is_read_as_the_table_says() -> None:
    examples = {row[0].strip("`"): row[1].strip("`").encode() for row in rows("format")}
    assert tuple(examples) == get_args(InputSettings.model_fields["format"].annotation)
    for name, value in examples.items():
        tweet = Decoder(InputSettings.model_validate({"format": name})).decode(value)
        assert tweet == Tweet(None if name == "text" else "17", "I love my new phone"), name


def test_the_example_result_is_what_the_shipped_model_answers() -> None:
    example = json.loads(fenced("json"))
    classifier = Classifier.load("brands", engine="onnx", device="cpu", threads=1)
    (answer,) = classifier.classify(["I love my new phone"])
    assert example["probabilities"] == pytest.approx(answer.probabilities, abs=1e-4)
    assert example["label"] == answer.label
    assert example["score"] == example["probabilities"][answer.label]
    assert example["model"] == f"{classifier.name}@{classifier.version}"


def test_the_example_result_has_the_fields_of_a_result_in_their_order() -> None:
    example = json.loads(fenced("json"))
    encoder = ResultEncoder(
        labels=tuple(example["probabilities"]), task=example["task"], model=example["model"], topic="tweets"
    )
    batch = encoder.batch(np.array([list(example["probabilities"].values())], np.float32), example["labelled_at"])
    written = batch.encode(
        0,
        tweet_id=example["id"],
        label=tuple(example["probabilities"]).index(example["label"]),
        partition=example["source"]["partition"],
        offset=example["source"]["offset"],
        empty=False,
        text=None,
    )
    assert list(json.loads(written).items()) == list(example.items())


def test_the_example_settings_file_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in {row[0].strip("`") for row in rows("setting")}:
        monkeypatch.delenv(name, raising=False)
    file = tmp_path / "warble.toml"
    file.write_text(fenced("toml"))
    settings = load_settings(file)
    assert settings.kafka.properties == tomllib.loads(fenced("toml"))["kafka"]["properties"]
    assert settings.kafka.instance_id != KafkaSettings().instance_id
    assert settings.batch.max_wait_ms == 50


def results(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((ROOT / "training" / "results" / f"{name}.grouped.json").read_text("utf-8"))
    return dict(found["figures"])


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("`brands-notebook` (`brands-bilstm`)", "brands-bilstm"),
        ("logistic regression, weighted", "brands-logistic-weighted"),
        ("class shares, for every tweet", "brands-prior"),
    ],
)
def test_the_brand_figures_are_those_of_the_result_files(title: str, name: str) -> None:
    figures = [results(name)[key]["value"] for key in ("macro_f1", "auc_macro", "accuracy")]
    assert f"| {title} | {' | '.join(f'{figure:.3f}' for figure in figures)} |\n" in README


def test_the_flagship_s_figures_are_those_of_its_scores() -> None:
    scores = read_flagship(packaged_scores(), "brands")
    assert scores is not None
    (student,) = (one for one in scores.scores if one.candidate == "student")
    whole, answered = student.all_labels, student.without_no_answer
    assert answered is not None
    figures = (whole.macro_f1, whole.auc_macro, whole.accuracy)
    assert f"| `brands` | {' | '.join(f'{found.value:.3f}' for found in figures if found)} |\n" in README
    told = f"a macro-F1 of {answered.macro_f1.value:.3f} and an accuracy of {answered.accuracy.value:.3f}"
    assert told in " ".join(README.split())


def test_the_hate_flagship_s_figures_are_those_of_its_scores() -> None:
    scores = read_flagship(packaged_scores(), "hate")
    assert scores is not None
    student, linear = (next(one for one in scores.scores if one.candidate == name) for name in ("student", "linear"))
    named, (hateful, _) = student.named, student.all_labels.per_class
    found = (named["F1 of hateful"], named["average precision of hateful"], hateful.precision, hateful.recall)
    assert f"| `hate` | {' | '.join(f'{figure.value:.3f}' for figure in found if figure)} |\n" in README
    told = {
        name: f"{ours.value:.3f} for {floor.value:.3f}"
        for name, ours in named.items()
        if ours and (floor := linear.named[name])
    }
    assert f"(average precision {told['average precision of hateful']})" in README
    assert f"({told['F1 of hateful']}) is not higher beyond chance" in README
    assert scores.over_linear["F1 of hateful"].low <= 0, "README says so"
    precision = named["precision at recall 0.767"]
    assert precision is not None
    assert f"76.7 %, {precision.value * 100:.1f} % of the tweets that it calls hateful are" in " ".join(README.split())


@pytest.mark.parametrize(
    ("title", "name"),
    [("the study's smallest network (`hate-narrow`)", "hate-narrow"), ("logistic regression", "hate-logistic")],
)
def test_the_hate_figures_are_those_of_the_result_files(title: str, name: str) -> None:
    found = results(name)
    binary, hateful = found["binary"], found["per_class"][0]
    figures = [found[key]["value"] for found, key in ((binary, "f1"), (binary, "average_precision"))]
    figures += [hateful[key]["value"] for key in ("precision", "recall")]
    assert f"| {title} | {' | '.join(f'{figure:.3f}' for figure in figures)} |\n" in README


def test_the_lengths_in_the_limits_are_those_of_the_bundles() -> None:
    for name in ("brands", "hate"):
        assert f"the last {load_bundle(name).metadata.preprocessing.max_length}" in README


@pytest.mark.parametrize("task", load_notes().tasks, ids=lambda task: task.task)
def test_size_and_speed_of_a_flagship_are_those_that_were_measured(task: Task) -> None:
    measured = json.loads((ROOT / "bench" / "results.json").read_text("utf-8"))
    bare, encoder = (
        measured["ceilings"][f"{task.task}-{part}"]["per_second"]["median"] for part in ("model", "encode")
    )
    (worker,) = (one for one in measured["contenders"] if one["name"] == f"ours-shipped-{task.task}")
    size = sum(file.stat().st_size for file in load_bundle(task.task).path.iterdir())
    said = " ".join(task.speed.split())
    assert f"the bundle has {size / 1e6:.1f} MB" in said
    assert f"the bare network labels {bare:,.0f} tweets a second" in said
    assert f"the encoder takes {1e6 / encoder:.1f} us a tweet" in said
    assert f"a worker labels {worker['per_second']['median']:,.0f} a second" in said


@pytest.mark.parametrize(("claim", "name"), [("same label only 74.5 % of the time", "brands")])
def test_what_the_readme_says_of_the_data_the_model_card_says_too(claim: str, name: str) -> None:
    card = (load_bundle(name).path / "MODEL_CARD.md").read_text("utf-8")
    (share,) = re.findall(r"[\d.]+ %", claim)
    assert claim in " ".join(README.split())
    assert share in card

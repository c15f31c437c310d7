"""`explore`, from a file to a directory: report, figures, pictures."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from model.bundle.metadata import to_json
from training.data.datasets import DatasetName
from training.evaluation.provenance import digest
from training.explore.clouds import draw_cloud
from training.explore.draw import (
    draw_agreement,
    draw_boxes,
    draw_by_class,
    draw_classes,
    draw_counts,
    draw_lengths,
    draw_repeats,
    draw_shares,
)
from training.explore.examine import Measures, examine
from training.explore.figures import Exploration
from training.explore.report import cloud_name, render
from training.explore.subject import Subject, read_subject
from training.output import unwritable
from training.pictures import save
from training.publish import check_free, published_directory

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FIGURES: Final = "explore.json"
REPORT: Final = "report.html"
PICTURES: Final = "pictures"


def explore(name: DatasetName, data: Path, out: Path, say: Callable[[str], None], *, overwrite: bool = False) -> Path:
    """Explore a file and return the report's path; ``out`` appears when all of it is done.

    say: is told what begins.
    Raises UsageError if the file is not what it should be, or something is in the way at ``out``.
    """
    check_free(out, FIGURES, overwrite=overwrite)
    say(f"reading {data.name}")
    subject = read_subject(name, data)
    exploration, measures = examine(subject, digest(data), say)
    try:
        with published_directory(out, FIGURES, overwrite=overwrite) as draft:
            (draft / PICTURES).mkdir()
            drawn = {}
            for picture, draw in _pictures(subject, exploration, measures):
                say(f"drawing {picture}")
                drawn[picture], _ = save(draw(), draft / PICTURES / picture)
            (draft / FIGURES).write_bytes(to_json(exploration.model_dump(mode="json")))
            (draft / REPORT).write_text(render(subject, exploration, drawn), encoding="utf-8")
    except OSError as error:
        raise unwritable(out, error) from None
    return out / REPORT


def _pictures(subject: Subject, found: Exploration, measures: Measures) -> "Iterator[tuple[str, Callable[[], Figure]]]":
    """Yield each picture's name, and what draws it."""
    looks = subject.kind.looks
    yield "classes", partial(draw_classes, found, looks)
    if found.words:
        yield "words", partial(draw_counts, found.words, f"The {len(found.words)} most common words", "word")
    for picture, words, title in (
        ("words-by-class", found.words_by_label, "The most common words of each class"),
        ("typical-words", found.typical_words_by_label, "The words that are most typical of each class"),
    ):
        yield picture, partial(draw_by_class, words, found, looks, title)
    for label, counts in measures.words.items():
        if counts:
            yield cloud_name(label), partial(draw_cloud, counts, f"Words of the class: {looks[label].title}")
    yield (
        "characters",
        partial(draw_lengths, measures.characters, measures, looks, "Length in characters", "characters"),
    )
    yield "words-a-tweet", partial(draw_lengths, measures.words_a_tweet, measures, looks, "Length in words", "words")
    panels = {
        "diversity over characters (ratio)": measures.character_diversity,
        "diversity over words (ratio)": measures.word_diversity,
        "words in a tweet": measures.words_a_tweet,
    }
    yield "diversity", partial(draw_boxes, panels, measures, looks, "Lexical diversity and number of words by class")
    for picture, marks, one, many in (
        ("hashtags", found.hashtags, "hashtag", "hashtags"),
        ("mentions", found.mentions, "mention", "mentions"),
        ("addresses", found.addresses, "web address", "web addresses"),
    ):
        if marks.top:
            yield picture, partial(draw_counts, marks.top, f"The most common {many}", one)
    yield "duplicates", partial(draw_repeats, found.repeats)
    if any(part.agreeing_pairs is not None for part in found.agreement.values()):
        yield "agreement", partial(draw_agreement, found.agreement, found.chance_agreement)
    yield (
        "encoding",
        partial(
            draw_shares, found.encoding.damaged_by_label, looks, "Encoding damage by class", "tweets with mojibake"
        ),
    )

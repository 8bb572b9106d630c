"""Which sentences of the sources no claim points into."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sentencex import get_sentence_boundaries

from allegiance.passages import Passage, SourceText
from allegiance.sources import pointers

# A reference mark, a bracket left alone or a photo credit's dash is no sentence.
_WORDS = re.compile(r"[^\W\d_]{2,}")


@dataclass(frozen=True)
class Sentence:
    """A sentence of a source: where it stands, its paragraph, and whether a passage of a claim reaches into it."""

    passage: Passage
    paragraph: int
    covered: bool


def sentences(text: SourceText) -> Iterator[tuple[int, Passage]]:
    """The sentences of each paragraph, without the white space around them."""
    for number, (begin, end) in enumerate(text.paragraphs, start=1):
        line = text.text[begin:end]
        for found in get_sentence_boundaries("en", line):
            words = line[found["start_index"] : found["end_index"]]
            if not _WORDS.search(words):
                continue
            first = begin + found["start_index"] + len(words) - len(words.lstrip())
            yield number, Passage(text.slug, first, first + len(words.strip()))


def coverage(root: Path, texts: dict[str, SourceText]) -> list[Sentence]:
    """Every sentence of the texts in their order, covered where a claim or identity judgement points into it."""
    spans: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for name, _, _, record in pointers(root):
        if not record.startswith("algn:"):
            passage = Passage.named(name)
            spans[passage.source].append((passage.start, passage.end))
    found = []
    for slug in sorted(texts):
        for number, passage in sentences(texts[slug]):
            covered = any(start < passage.end and passage.start < end for start, end in spans[slug])
            found.append(Sentence(passage, number, covered))
    return found

"""Text search over every spelling, in an index that the build has written (allegiance.build.search_index).

What is found is ranked by how it matches, best first:

    exact         the text is a label, as written
    folded        the text is a label in another spelling (allegiance.spelling)
    prefix        a label begins with the text
    words         all words of the text are in a label
    beginnings    all words of the text begin words of a label
    near          every word of the text is at most one slip in four letters away from a word of its own in a name,
                  one in seven where it is the first letter; only where nothing matches better, and not among claims

then by coarse kind (KINDS), preferred label, label and IRI. Labels are numbered in that order when the file is written,
so that the engine yields each step in the order of the answer and stops at a limit: no step sorts.

A text of a user never becomes FTS syntax: it is folded to words of a–z and 0–9, which are quoted and bound.
"""

from __future__ import annotations

import difflib
import re
import sqlite3
from array import array
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from pathlib import Path
from urllib.parse import quote

from rapidfuzz.distance import OSA
from rapidfuzz.process import extract

from allegiance import spelling, terms
from allegiance.errors import UsageError

MAX_TEXT = 200  # characters
MAX_LIMIT = 200  # hits a page
MOST = 5_000  # labels that a search ranks and counts at most; a page beyond them helps nobody
FORMAT = 1  # of the file; one of another format is refused

# Coarse kinds in the order in which they are shown, each with the classes it comes from.
KINDS: dict[str, tuple[str, ...]] = {
    "Organisation": (terms.ALG + "Organisation",),
    "Person": (terms.ALG + "Person",),
    "Place": (terms.ALG + "Place",),
    "Source": (terms.ALG + "Source",),
    "Concept": (terms.SKOS + "Concept",),
    "Occurrence": (terms.ALG + "Occurrence",),
    "Judgement": (terms.ALG + "IdentityJudgement",),
    "Note": (terms.ALG + "EditorialNote",),
    "Term": (),
    "Other": (),
    "Claim": (terms.ALG + "Claim",),
}


@dataclass(frozen=True)
class Hit:
    """A thing found: its label, the label that matched and that one's language tag, kind (class), coarse kind.

    `score` is between 0 and 1 and never rises from hit to hit.
    """

    iri: str
    label: str
    matched_label: str
    lang: str
    kind: str
    coarse: str
    score: float


@dataclass(frozen=True)
class Page:
    """Some of the hits, and how many there are in all; where not `complete` there are more than were counted."""

    hits: list[Hit]
    total: int
    complete: bool = True


@dataclass(frozen=True)
class Facets:
    """How many things a text finds by kind (coarse or class, each with all below it), and by language of a label."""

    kinds: dict[str, int]
    languages: dict[str, int]


@dataclass(frozen=True)
class _Ranking:
    """Labels in the order of the answer, one for each thing, and their scores."""

    labels: array[int]
    scores: array[float]
    languages: Counter[str]
    complete: bool


@dataclass(frozen=True)
class _Asked:
    """A text as it is looked for: its words in the order given, each once, plain and folded."""

    text: str
    plain: tuple[str, ...]
    folded: tuple[str, ...]

    @classmethod
    def of(cls, text: str) -> _Asked:
        plain, folded = spelling.plain(text).split(), spelling.folded(text).split()
        return cls(text, tuple(plain), tuple(folded))


def token(prefix: str, name: str) -> str:
    """A kind or a language range as one word of the column `filters` of the index."""
    return prefix + re.sub(r"[^a-z0-9]", "", name.lower())


def bones(text: str) -> str:
    """The key by which names in different scripts meet; empty where too little is left of a name to tell it."""
    bones = spelling.skeleton(spelling.folded(text))
    return f"~{bones}" if len(bones) >= 3 else ""


_SCORES = {"exact": 1.0, "folded": 0.9, "prefix": 0.8, "words": 0.7, "beginnings": 0.6, "near": 0.5}
_AS_WRITTEN = 0.02  # what a step gains where the words match as written, not only folded
_SIMILAR = 0.75  # one slip in four letters
_INITIAL = 0.1  # what a slip in the first letter costs besides: a name is seldom wrong there
_CONSONANTS = 0.8  # how alike words are that share their consonants, across scripts
_COMPARED = 1_000  # names that are compared one by one, at most
_NEAR = 0.6  # of names offered where nothing was found


_NAMES = "filters : names"  # everything but the statements of claims


def _any(words: Iterable[str]) -> str:
    return "(" + " OR ".join(f'"{word}"' for word in words) + ")"


class Index:
    """A text index, read-only. It may be used by several threads; every call is short and waits for nothing."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._thing = array("I")
        self._lang: list[str] = []
        shared: dict[str, str] = {}
        for thing, lang in connection.execute("SELECT thing, lang FROM labels ORDER BY id"):
            self._thing.append(thing)
            self._lang.append(shared.setdefault(lang, lang))
        self._kind = array("H", (kind for (kind,) in connection.execute("SELECT kind FROM things ORDER BY id")))
        kinds = list(connection.execute("SELECT name, coarse, filters FROM kinds ORDER BY id"))
        self._kinds: list[tuple[str, str]] = [(name, coarse) for name, coarse, _ in kinds]
        self._above: list[list[str]] = [filters.split() for _, _, filters in kinds]
        self.kinds: tuple[str, ...] = tuple(sorted({name for names in self._above for name in names}))
        self.languages: tuple[str, ...] = tuple(sorted(shared.keys() - {""}))
        self._ranked = lru_cache(maxsize=32)(self._rank)

    @classmethod
    def open(cls, path: Path) -> Index:
        """The index in a file that never changes; UsageError where there is none, or one of another format."""
        if not path.is_file():
            raise UsageError(f"There is no text index {path}; run “allegiance build” first.")
        # Immutable: no lock is taken and no journal looked for, so that any number of processes may read one file.
        connection = sqlite3.connect(
            f"file:{quote(str(path.resolve()))}?mode=ro&immutable=1", uri=True, check_same_thread=False
        )
        try:
            found = connection.execute("PRAGMA user_version").fetchone()[0]
            if found != FORMAT:
                raise UsageError(
                    f"The text index {path} is of format {found}, not {FORMAT}; run “allegiance build” again."
                )
            connection.execute(f"PRAGMA mmap_size = {1 << 30}")
            return cls(connection)
        except sqlite3.DatabaseError as error:
            connection.close()
            raise UsageError(f"The text index {path} cannot be read ({error}); run “allegiance build” again.") from None
        except UsageError:
            connection.close()
            raise

    def close(self) -> None:
        """Let go of the file and of what is remembered of it."""
        self._ranked.cache_clear()
        self._connection.close()

    def search(
        self,
        text: str,
        *,
        languages: Collection[str] = (),
        kinds: Collection[str] = (),
        limit: int = 20,
        offset: int = 0,
    ) -> Page:
        """The things that a text finds, one hit each, best first; the same text gives the same order for ever.

        `languages` are language ranges (fa takes fa-Latn and fa-Arab) of the label that matches, `kinds` are classes
        or coarse kinds; several are alternatives. UsageError for a text that is too long and for an unknown kind.
        """
        ranking = self._ranked(self._checked(text), self._wanted(languages, kinds))
        chosen = slice(offset, offset + limit)
        hits = self._hits(zip(ranking.labels[chosen], ranking.scores[chosen], strict=True))
        return Page(hits, len(ranking.labels), ranking.complete)

    def facets(self, text: str) -> Facets:
        """What a text finds, counted by each kind and language that a filter may name, without regard to filters."""
        ranking = self._ranked(self._checked(text), "")
        kinds: Counter[str] = Counter()
        for number, count in Counter(self._kind[self._thing[label]] for label in ranking.labels).items():
            kinds.update(dict.fromkeys(self._above[number], count))
        return Facets(dict(sorted(kinds.items())), dict(sorted(ranking.languages.items())))

    def suggest(self, prefix: str, limit: int = 10) -> list[Hit]:
        """What a text that is being typed may become: names as `search` ranks them, without claims."""
        return self._best(self._steps(_Asked.of(self._checked(prefix)), _NAMES, most=limit * 8), limit)

    def knows(self, iri: str) -> bool:
        """Whether the dataset has a label or a statement for an IRI."""
        return self._connection.execute("SELECT 1 FROM things WHERE iri = ?", (_bindable(iri),)).fetchone() is not None

    def near(self, name: str, n: int = 3) -> list[Hit]:
        """What may be meant by a name or slug that nothing has: names, the nearest first; empty where none is near."""
        asked = _Asked.of(name[:MAX_TEXT].replace("_", " "))
        return self._best(chain(self._steps(asked, _NAMES, most=n * 8), self._loosely(asked)), n)

    def _best(self, ranked: Iterable[tuple[int, float]], limit: int) -> list[Hit]:
        """So many things, the first label of each."""
        found: dict[int, tuple[int, float]] = {}
        for label, score in ranked:
            found.setdefault(self._thing[label], (label, score))
            if len(found) == limit:
                break
        return self._hits(found.values())

    def _checked(self, text: str) -> str:
        if len(text) > MAX_TEXT:
            raise UsageError(f"The text has {len(text)} characters: search for {MAX_TEXT} at most.")
        return text

    def _wanted(self, languages: Collection[str], kinds: Collection[str]) -> str:
        """The filters as an FTS expression of our own words."""
        for kind in kinds:
            if kind not in self.kinds:
                by_name = {name.casefold(): name for name in self.kinds}
                near = difflib.get_close_matches(kind[:MAX_TEXT].casefold(), by_name, n=3, cutoff=0.6)
                offered = [by_name[name] for name in near] or [name for name in KINDS if name in self.kinds]
                raise UsageError(f"There is no kind “{kind[:40]}”: take {_either(offered)}.")
        wanted = [sorted(token("k", kind) for kind in kinds), sorted(token("l", lang) for lang in languages)]
        return " AND ".join(f"filters : {_any(tokens)}" for tokens in wanted if tokens)

    def _rank(self, text: str, wanted: str) -> _Ranking:
        """Every label that a text finds, the best for each thing, in the order of the answer."""
        labels, scores = array("I"), array("d")
        seen: set[int] = set()
        languages: Counter[str] = Counter()
        spoken: set[tuple[int, str]] = set()
        found = 0
        for label, score in self._steps(_Asked.of(text), wanted):
            found += 1
            thing, lang = self._thing[label], self._lang[label]
            if lang and (thing, lang) not in spoken:
                spoken.add((thing, lang))
                languages[lang] += 1
            if thing not in seen:
                seen.add(thing)
                labels.append(label)
                scores.append(score)
        return _Ranking(labels, scores, languages, found < MOST)

    def _steps(self, asked: _Asked, wanted: str, most: int = MOST) -> Iterator[tuple[int, float]]:
        """The labels that a text finds with their scores, step by step, at most so many in all and each once."""
        seen: set[int] = set()
        for score, labels in self._better(asked, wanted, most):
            for label in labels:
                if label in seen:
                    continue
                seen.add(label)
                yield label, score
                if len(seen) == most:
                    return
        # A filter must not turn a match into a slip: whether there is a better match is asked without it.
        if not seen and not (wanted and any(labels for _, labels in self._better(asked, "", 1))):
            yield from self._slips(asked, wanted, most)

    def _better(self, asked: _Asked, wanted: str, most: int) -> Iterator[tuple[float, Sequence[int]]]:
        """The steps from exact to beginnings: a score and the labels of the step, in order."""
        same = self._filtered(self._named(spelling.keys(asked.text)), wanted)
        as_written = self._filtered(self._named({spelling.exact(asked.text)}), wanted)
        yield _SCORES["exact"], [label for label in as_written if self._is_exactly(label, asked.text)]
        yield _SCORES["folded"], same
        if not asked.plain:
            return
        plain, folded = (_columns("plain", asked.plain), _columns("folded", asked.folded))
        names = f"{_NAMES} AND {wanted}" if wanted else _NAMES
        for step, written, other in zip(("prefix", "words", "beginnings"), plain, folded, strict=True):
            yield _SCORES[step] + _AS_WRITTEN, self._matching(written, wanted, most)
            if step == "words":
                yield _SCORES[step], self._matching(other, wanted, most)
            elif sum(map(len, asked.folded)) > 2:  # “si”, which is left of “sai”, begins too many words
                yield _SCORES[step], self._matching(other, names, most)

    def _named(self, keys: Iterable[str]) -> list[int]:
        """The labels that have one of the keys, in order."""
        found: set[int] = set()
        for key in keys:
            found.update(
                label
                for (label,) in self._connection.execute("SELECT label FROM keys WHERE key = ?", (_bindable(key),))
            )
        return sorted(found)[:MOST]

    def _filtered(self, labels: Sequence[int], wanted: str) -> list[int]:
        if not wanted or not labels:
            return list(labels)
        query = "SELECT 1 FROM words WHERE words MATCH ? AND rowid = ?"
        return [label for label in labels if self._connection.execute(query, (wanted, label)).fetchone()]

    def _is_exactly(self, label: int, text: str) -> bool:
        row = self._connection.execute("SELECT label FROM labels WHERE id = ?", (label,)).fetchone()
        return spelling.exact(row[0]) == spelling.exact(text)

    def _matching(self, expression: str, wanted: str, most: int) -> list[int]:
        """The labels that match an FTS expression of ours, in order."""
        query = "SELECT rowid FROM words WHERE words MATCH ? ORDER BY rowid LIMIT ?"
        both = f"({expression}) AND {wanted}" if wanted else expression
        return [label for (label,) in self._connection.execute(query, (both, most))]

    def _near_words(self, word: str, cutoff: float) -> dict[str, float]:
        """The words of names that are like a plain word, with their similarity.

        Half of that is of the words as written, half of the folded ones, which are shorter and sooner alike.
        """
        folded = spelling.folded(word)
        edged = f"<{folded}>"
        grams = _any(sorted({edged[at : at + 3] for at in range(len(edged) - 2)}))
        query = "SELECT word, vocabulary.folded FROM shapes JOIN vocabulary ON id = shapes.rowid WHERE shapes MATCH ?"
        least = 2 * cutoff - 1  # of each of two similarities whose mean reaches the cutoff
        found = extract(
            folded,
            dict(self._connection.execute(query, (grams,))),
            scorer=OSA.normalized_similarity,
            score_cutoff=least,
            limit=None,
        )
        near = {}
        for other_folded, score, other in found:
            mean = (score + OSA.normalized_similarity(word, other)) / 2 - (other_folded[0] != folded[0]) * _INITIAL
            if mean >= cutoff:
                near[other] = mean
        return near

    def _alternatives(self, asked: _Asked, cutoff: float) -> list[dict[str, float]]:
        """For each word that makes a name the words of names that it may stand for."""
        latin = spelling.is_latin(asked.text)
        found = []
        for word in [word for word in asked.plain if not spelling.is_link(word)]:
            near = self._near_words(word, cutoff)
            consonants = "" if latin else spelling.skeleton(spelling.folded(word))
            if len(consonants) > 1:
                query = "SELECT word FROM vocabulary WHERE skeleton = ? LIMIT 50"
                for (other,) in self._connection.execute(query, (consonants,)):
                    near[other] = max(near.get(other, 0.0), _CONSONANTS)
            found.append(near)
        return found

    def _slips(self, asked: _Asked, wanted: str, most: int) -> Iterator[tuple[int, float]]:
        """The names whose words are all near, the most similar first; names in another script by their consonants."""
        found: dict[int, float] = {}
        names = f"{_NAMES} AND {wanted}" if wanted else _NAMES
        if not spelling.is_latin(asked.text) and (shared := bones(asked.text)):
            found.update((label, 1.0) for label in self._filtered(self._named({shared}), names))
        alternatives = self._alternatives(asked, _SIMILAR)
        if alternatives and all(alternatives):
            expression = " AND ".join(f"plain : {_any(sorted(near))}" for near in alternatives)
            for label, score in self._similar(asked, self._matching(expression, names, _COMPARED), alternatives):
                found[label] = max(found.get(label, 0.0), score)
        for label, score in sorted(found.items(), key=lambda at: (-at[1], at[0]))[:most]:
            yield label, _SCORES["near"] * score

    def _similar(
        self, asked: _Asked, labels: Iterable[int], alternatives: list[dict[str, float]]
    ) -> Iterator[tuple[int, float]]:
        """Each label that has a word of its own for each alternative, with its similarity.

        Half of that is of the words, half of the whole.
        """
        whole = " ".join(asked.folded)
        for label in labels:
            plain, folded = self._forms(label)
            left, each = set(plain.split()), 0.0
            for near in alternatives:
                best = max(sorted(left & near.keys()), key=near.__getitem__, default=None)
                if best is None:
                    break
                left.discard(best)
                each += near[best]
            else:
                yield label, round((each / len(alternatives) + OSA.normalized_similarity(whole, folded)) / 2, 4)

    def _loosely(self, asked: _Asked) -> list[tuple[int, float]]:
        """Names that share a near word and are alike as a whole, the most similar first."""
        words = sorted({word for near in self._alternatives(asked, _NEAR) for word in near})
        if not words:
            return []
        whole = " ".join(asked.folded)
        labels = self._matching(f"plain : {_any(words)}", _NAMES, _COMPARED)
        alike = [(label, OSA.normalized_similarity(whole, self._forms(label)[1])) for label in labels]
        kept = sorted(((label, score) for label, score in alike if score >= _NEAR), key=lambda at: (-at[1], at[0]))
        return [(label, _SCORES["near"] * score) for label, score in kept]

    def _forms(self, label: int) -> tuple[str, str]:
        """A label plain and folded."""
        row: tuple[str, str] = self._connection.execute(
            "SELECT plain, folded FROM labels WHERE id = ?", (label,)
        ).fetchone()
        return row

    def _hits(self, ranked: Iterable[tuple[int, float]]) -> list[Hit]:
        query = (
            "SELECT things.iri, things.label, labels.label, labels.lang, things.kind"
            " FROM labels JOIN things ON things.id = labels.thing WHERE labels.id = ?"
        )
        hits = []
        for label, score in ranked:
            iri, name, matched, lang, kind = self._connection.execute(query, (label,)).fetchone()
            specific, coarse = self._kinds[kind]
            hits.append(Hit(iri, name, matched, lang, specific, coarse, round(score, 4)))
        return hits


def _columns(column: str, words: tuple[str, ...]) -> tuple[str, str, str]:
    """FTS expressions: the column begins with the words, has them all, has words that begin with each."""
    phrase = " ".join(words)
    each = dict.fromkeys(words)
    return (
        f'{column} : ^ "{phrase}" *',
        " AND ".join(f'{column} : "{word}"' for word in each),
        " AND ".join(f'{column} : "{word}" *' for word in each),
    )


def _bindable(text: str) -> str:
    """A text without lone surrogates, which have no UTF-8."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _either(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"

"""A landscape of invented actors of any size, in the shape of the shipped record, as N-Quads on standard output.

    python benchmarks/landscape.py 1e6 --seed 4 > build/landscape.nq

The shipped record is drawn again and again. Its first copy is itself (or as much of it as fits), so that the shipped
questions answer. In each further copy every record (an occurrence with its claims, passages, bounds and edges; an actor
with its names) keeps its shape, and everything it says is invented: other names in as many spellings, other years,
other statements, and other participants of the same class, drawn as often as the shipped record has them take part,
one in five from another copy. So degrees, dates, modes, statuses and the share of each graph stay those of the shipped
data, and the derived and inferred parts fit what they were derived from, but for the few inferred edges that a chain or
a transitive property gave, which are left out. The same size, seed and dataset give the same bytes.

Memory does not grow with the size: one record is held at a time, and what has been said of the copy at hand.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO

from allegiance import library, terms
from allegiance.errors import UsageError

SHIPPED = Path("build/dataset.nq")
ABROAD = 0.2
"""The share of participants that come from another copy."""

_LINE = re.compile(r"(\S+) (\S+) (.*) (\S+) \.\n")
_OURS = re.compile(rf"<{re.escape(terms.W3ID)}(id|claim|name|passage|edge|mapping|graph/source)/([^>]*)>")
_LINKED = re.compile(r"<(http://www\.wikidata\.org/entity/Q|https://sws\.geonames\.org/)(\d+)(/?)>")
_LITERAL = re.compile(r'"((?:[^"\\]|\\.)*)"(@[\w-]+|\^\^<[^>]*>)?')
_YEAR = re.compile(r"(?<!\d)(?:1[89]|20)\d(?:\d(?!\d)|X)")
_PASSAGE = re.compile(r"(.+)-(\d+-\d+)((?:/.*)?)")

_ALG, _RDF_TYPE = f"<{terms.ALG}", f"<{terms.RDF}type>"
_DATED = (f"^^<{terms.EDTF}>", f"^^<{terms.XSD}date>")
_NAMING = {
    f"<{terms.RDFS}label>",
    f"<{terms.SKOS}prefLabel>",
    f"<{terms.SKOS}altLabel>",
    f"<{terms.SKOSXL}literalForm>",
    "<https://w3id.org/sssom/object_label>",
}
_WORDED = {
    f"{_ALG}statement>",
    f"{_ALG}note>",
    f"{_ALG}reason>",
    f"<{terms.OA}bodyValue>",
    f"<{terms.SKOS}definition>",
    f"<{terms.SKOS}editorialNote>",
    f"<{terms.RDFS}comment>",
    f"<{terms.RDFS}label>",
    f"<{terms.DCTERMS}source>",
    f"<{terms.DCTERMS}title>",
    f"<{terms.DCTERMS}alternative>",
}
_HASHED = {f"{_ALG}sha256>", f"<{terms.SCHEMA}sha256>"}
_DIFFERENT = f"{_ALG}differentFrom>"
_STAYING = {f"{_ALG}within>", f"<{terms.PREFIXES['geo']}sfWithin>", _DIFFERENT}
"""Between two things of the same copy; other edges between things stand with the occurrence they follow from."""
_NOT_CAST = {"EditorialNote", "IdentityJudgement", "Source"}

Token = tuple[str, ...]
"""What a place in a record's text stands for: its kind, then what it was in the shipped record."""


@dataclass
class Record:
    """The lines of one record, as they are shipped and as a text with places to fill."""

    key: str
    kind: str
    lines: list[str] = field(default_factory=list)
    untied: list[str] = field(default_factory=list)
    template: str = ""
    tokens: list[Token] = field(default_factory=list)
    places: list[int] = field(default_factory=list)
    cast: list[str] = field(default_factory=list)
    things: list[str] = field(default_factory=list)
    decades: bool = False


@dataclass(frozen=True)
class Name:
    """What an invented thing is called, and the local part of its IRI."""

    words: str
    slug: str


def _local(iri: str) -> tuple[str, str]:
    match = _OURS.fullmatch(iri)
    return (match[1], match[2]) if match else ("", "")


class Shipped:
    """The shipped record, taken apart."""

    def __init__(self, dataset: Path) -> None:
        try:
            text = dataset.read_text(encoding="utf-8")
        except OSError:
            raise UsageError(
                f"There is no dataset {dataset}; run “allegiance build” or name one with --dataset."
            ) from None
        self.static: list[str] = []
        self.records: dict[str, Record] = {}
        quads = [match.groups() for match in map(_LINE.fullmatch, text.splitlines(keepends=True)) if match]
        self._read_classes(quads)
        self._share_out(quads)
        self.words = [
            word
            for subject, predicate, obj, _ in quads
            if predicate == f"{_ALG}statement>" and subject
            for word in re.findall(r"(?<![\w-])[a-z]{2,}(?![\w-])", obj.partition('"@')[0])
        ]
        for record in self.records.values():
            self._compile(record)
        self._order()

    def _read_classes(self, quads: list[tuple[str, ...]]) -> None:
        """The class of each thing, and which things are occurrences, sources or cast as participants."""
        self.kinds: dict[str, str] = {}
        self.occurrences: set[str] = set()
        for subject, predicate, obj, graph in quads:
            space, local = _local(subject)
            if space != "id" or "/" in local or predicate != _RDF_TYPE:
                continue
            if obj == f"{_ALG}Occurrence>":
                self.occurrences.add(local)
            elif graph == f"<{terms.ENTITIES_GRAPH}>":
                # Of two asserted classes the narrower one stands first in no order that matters here.
                self.kinds.setdefault(local, obj.rpartition("#")[2].rstrip(">"))
        self.sources = sorted(slug for slug, kind in self.kinds.items() if kind == "Source")
        self.castable = {
            slug for slug, kind in self.kinds.items() if slug not in self.occurrences and kind not in _NOT_CAST
        }

    def _share_out(self, quads: list[tuple[str, ...]]) -> None:
        """Give each line to the record it belongs to."""
        about = {s: o for s, p, o, _ in quads if p == f"{_ALG}about>"}
        edges: dict[tuple[str, str], str] = {}
        users: dict[tuple[str, bool], str] = {}
        for subject, predicate, obj, graph in quads:
            space, local = _local(subject)
            if predicate == f"{_ALG}edgeOf>":
                _, _, one, other = local.split("--")
                edges.setdefault((one, other), _local(obj)[1])
                edges.setdefault((other, one), _local(obj)[1])
            elif predicate == f"{_ALG}passage>":
                owner = _local(about[subject])[1] if space == "claim" else local.partition("--")[0]
                users.setdefault((_local(obj)[1], graph == f"<{terms.ENTITIES_GRAPH}>"), owner)

        def owner_of(subject: str, predicate: str, obj: str, graph: str) -> tuple[str, bool]:
            """The record a line belongs to ("" where it is of none), and whether it is tied to its occurrence."""
            space, local = _local(subject)
            thing, target = local.partition("/")[0], _local(obj)[1]
            tied = True
            match space:
                case "claim":
                    owner = _local(about[subject])[1]
                case "edge":
                    owner = local.split("--")[1]
                case "name" | "mapping":
                    owner = local.partition("--")[0]
                case "passage":
                    in_entities = graph == f"<{terms.ENTITIES_GRAPH}>"
                    owner = users.get((thing, in_entities)) or users.get((thing, not in_entities), "")
                case "id":
                    owner = thing
                    if thing in self.castable and target in self.castable and predicate not in _STAYING:
                        tied = (thing, target) in edges
                        owner = edges.get((thing, target), thing)
                case _:
                    owner = ""
            return owner, tied

        for quad in quads:
            line = " ".join(quad) + " .\n"
            key, tied = owner_of(*quad)
            if key not in self.kinds:
                self.static.append(line)
                continue
            record = self.records.setdefault(key, Record(key, self.kinds[key]))
            (record.lines if tied else record.untied).append(line)
        numbers: Counter[str] = Counter()
        self.numbers = {}
        for key in self.records:
            kind = self.kinds[key]
            self.numbers[key] = numbers[kind]
            numbers[kind] += 1

    def _compile(self, record: Record) -> None:
        """Turn a record's lines into a text with places, each of which a token tells how to fill."""
        known: dict[Token, int] = {}
        pieces: list[str] = []
        things: set[str] = set()

        def place(token: Token, before: str) -> None:
            pieces.append(before.replace("%", "%%") + "%s")
            record.places.append(known.setdefault(token, len(known)))

        for line in record.lines:
            subject, predicate, obj, graph = _LINE.fullmatch(line).groups()  # type: ignore[union-attr]
            rest = ""
            for term in (subject, predicate, obj, graph):
                if token := self._token(record, subject, predicate, term):
                    place(token, rest)
                    rest = " "
                    # What a thing is not to be confused with need not be there for it to be told.
                    things.update(() if predicate == _DIFFERENT else self._things(token))
                else:
                    rest += term + " "
            pieces.append(rest.replace("%", "%%") + ".\n")
        record.template = "".join(pieces)
        record.tokens = list(known)
        record.things = sorted(things - {record.key})
        if record.key in self.occurrences:
            record.cast = [thing for thing in record.things if thing in self.castable]
        record.decades = any("X" in token[1] for token in record.tokens if token[0] == "date")

    def _token(self, record: Record, subject: str, predicate: str, term: str) -> Token | None:
        """How a term is to be filled in; None for one that stays."""
        space, local = _local(term)
        token: Token | None = None
        match space:
            case "passage":
                token = ("passage", *_PASSAGE.fullmatch(local).groups())  # type: ignore[union-attr]
            case "edge":
                token = ("edge", *local.split("--"))
            case "id":
                thing, slash, rest = local.partition("/")
                token = ("id", thing, slash + rest) if thing in self.records else None
            case "claim":
                token = ("claim", record.key if term == subject else "", local)
            case "":
                if match := _LINKED.fullmatch(term):
                    token = ("link", *match.groups())
                elif match := _LITERAL.fullmatch(term):
                    token = self._literal(record, predicate, match[1], match[2] or "")
            case _:
                token = (space, local)
        return token

    def _literal(self, record: Record, predicate: str, lexical: str, tail: str) -> Token | None:
        """How a literal is to be filled in; None for one that stays."""
        if tail in _DATED or predicate == f"{_ALG}dateAsWritten>":
            return ("date", lexical, tail)
        if predicate in _NAMING and record.key in self.castable:
            return ("label", record.key, lexical, tail)
        if predicate in _WORDED:
            return ("words", lexical, tail)
        return ("hash", lexical) if predicate in _HASHED else None

    def _things(self, token: Token) -> list[str]:
        """The things whose records a token refers to."""
        if token[0] in ("id", "passage"):
            return [token[1]]
        if token[0] == "edge":
            return list(token[3:])
        if token[0] == "graph/source":
            return [token[1]]
        return []

    def _order(self) -> None:
        """In which order occurrences are told: each kind in turn, what the shipped questions ask of first, briefly."""
        asked = {
            slug
            for question in library.questions().values()
            for slug in re.findall(r"algid:([a-z0-9-]+)", question.text)
        }
        kinds: dict[str, list[tuple[int, int, str]]] = defaultdict(list)
        self.claims: dict[str, tuple[str, int]] = {}
        for key in sorted(self.occurrences):
            record = self.records[key]
            asked_of = min(len(asked.intersection(record.cast)), 2)
            kinds[record.kind].append((-asked_of, len(record.lines), key))
        ranked = [(rank, key) for found in kinds.values() for rank, (*_, key) in enumerate(sorted(found))]
        self.order = [key for _, key in sorted(ranked)]
        self.rest = [key for key in self.records if key not in self.occurrences]
        for record in self.records.values():
            locals_ = sorted({token[2] for token in record.tokens if token[0] == "claim" and token[1]})
            for number, local in enumerate(locals_, start=1):
                self.claims[local] = (record.key, number)
        self.parts: dict[str, list[str]] = defaultdict(list)
        for key in self.order:
            for thing in self.records[key].cast:
                self.parts[self.kinds[thing]].append(thing)


_ONSETS = ["b", "d", "f", "g", "gh", "h", "j", "k", "kh", "l", "m", "n", "q", "r", "s", "sh", "t", "w", "y", "z", "zh"]
_VOWELS = ["a", "a", "a", "i", "u", "aa", "o", "e"]
_CODAS = ["-", "-", "-", "n", "r", "l", "d", "m", "sh", "z", "k", "b", "t"]
_FORMS = {
    "ArmedGroup": ["Jamaat-ul-{}", "Lashkar-e-{}", "Tehrik-e-{} {}", "{} Front", "Harakat {}", "Jund ul-{}"],
    "LeadershipBody": ["{} Shura", "Commission of {}", "Council of {}"],
    "StateBody": ["Ministry of {}", "Government of {}", "{} Directorate"],
    "Person": ["{} {}", "{} {} {}", "Mullah {}", "Abu {} al-{}", "Qari {} {}"],
    "Place": ["{}", "{} District", "{} Province", "{} Valley"],
    "UnnamedCollective": ["fighters of {}", "donors from {}", "some commanders of {}"],
    "Post": ["governor of {}", "head of {}", "spokesman for {}"],
}
_OTHER = ["{} Society", "{} Circle", "School of {}"]
_SPELLINGS = [
    ("kh", "k"),
    ("aa", "a"),
    ("i", "ee"),
    ("u", "oo"),
    ("-ul-", " ul "),
    ("-e-", "-i-"),
    ("q", "k"),
    ("z", "dh"),
]
_ARABIC = dict(zip("abdefghijklmnopqrstuwyz", "ابدهفغهيجكلمنوبقرستوويز", strict=True))
_CYRILLIC = dict(zip("abdefghijklmnopqrstuwyz", "абдефгҳиҷклмнопқрстувйз", strict=True))


class Landscape:
    """Copies of the shipped record, each invented from the seed and its number."""

    def __init__(self, shipped: Shipped, seed: int) -> None:
        self.shipped, self.seed = shipped, seed
        self.name = lru_cache(maxsize=1 << 15)(self._name)
        self._fill: dict[str, Callable[..., str]] = {
            "id": self._id,
            "claim": self._claim,
            "name": self._thing_part,
            "mapping": self._mapping,
            "passage": self._passage,
            "edge": self._edge,
            "graph/source": self._graph,
            "link": self._link,
            "date": self._date,
            "label": self._label,
            "words": self._words,
            "hash": self._hash,
        }
        self._copy = 0
        self._cast: dict[str, tuple[int, str]] = {}
        self._random = random.Random()
        self._years = 0

    def quads(self, size: int) -> Iterator[str]:
        """Texts of whole lines, about so many lines in all."""
        left = size
        for text in self._lines():
            yield text
            left -= text.count("\n")
            if left <= 0:
                return

    def _lines(self) -> Iterator[str]:
        yield "".join(self.shipped.static)
        copy = 0
        while True:
            told: set[str] = set()
            for key in [*self.shipped.order, *self.shipped.rest]:
                yield from self._tell(copy, key, told)
            copy += 1

    def _tell(self, copy: int, key: str, told: set[str]) -> Iterator[str]:
        """A record of a copy, after those of the things in it that have not been told yet."""
        if key in told:
            return
        told.add(key)
        record = self.shipped.records[key]
        self._begin(copy, record)
        cast = dict(self._cast)
        for thing in record.things:
            home, slug = cast.get(thing, (copy, thing))
            if home == copy and slug not in self.shipped.occurrences:
                yield from self._tell(copy, slug, told)
        if copy == 0:
            yield "".join(record.lines + record.untied)
            return
        self._begin(copy, record)
        values = [self._fill[token[0]](*token[1:]) for token in record.tokens]
        yield record.template % tuple([values[place] for place in record.places])

    def _begin(self, copy: int, record: Record) -> None:
        """Choose participants and years for a record of a copy."""
        self._copy, self._cast = copy, {}
        self._random.seed(f"{self.seed}:{copy}:{record.key}")
        self._years = self._random.choice((-10, 0, 10)) if record.decades else self._random.randint(-12, 8)
        if copy == 0:
            return
        taken = set()
        for thing in record.cast:
            for _ in range(8):
                home = self._random.randint(1, copy) if self._random.random() < ABROAD else copy
                chosen = (home, self._random.choice(self.shipped.parts[self.shipped.kinds[thing]]))
                if chosen not in taken:
                    break
            else:
                chosen = (copy, thing)
            taken.add(chosen)
            self._cast[thing] = chosen

    def _name(self, copy: int, thing: str) -> Name:
        """What a thing of a copy is called."""
        kind = self.shipped.kinds[thing]
        if copy == 0:
            return Name(thing.replace("-", " "), thing)
        number = self.shipped.numbers[thing]
        if thing not in self.shipped.castable:
            word = "report" if kind == "Source" else re.sub(r"(?<!^)(?=[A-Z])", "-", kind).lower()
            return Name(f"{word.replace('-', ' ').capitalize()} {copy}.{number}", f"{word}-{copy}-{number}")
        chance = random.Random(f"{self.seed}:{copy}:{thing}:name")

        def syllables() -> str:
            parts = [
                chance.choice(_ONSETS) + chance.choice(_VOWELS) + chance.choice(_CODAS).strip("-")
                for _ in range(chance.choice((2, 2, 3)))
            ]
            return "".join(parts).capitalize()

        form = chance.choice(_FORMS.get(kind, _OTHER))
        words = form.format(*(syllables() for _ in range(form.count("{}"))))
        slug = re.sub(r"[^a-z0-9]+", "-", words.lower()).strip("-")
        return Name(words, f"{slug}-{copy}-{number}")

    def _played(self, thing: str) -> Name:
        return self.name(*self._cast.get(thing, (self._copy, thing)))

    def _id(self, thing: str, rest: str) -> str:
        return f"<{terms.ALGID}{self._played(thing).slug}{rest}>"

    def _claim(self, _owner: str, local: str) -> str:
        key, number = self.shipped.claims[local]
        return f"<{terms.ALGC}{self.name(self._copy, key).slug}-{number}>"

    def _thing_part(self, local: str) -> str:
        thing, _, number = local.partition("--")
        return f"<{terms.ALGN}{self.name(self._copy, thing).slug}--{number}>"

    def _mapping(self, local: str) -> str:
        thing, _, number = local.partition("--")
        return f"<{terms.W3ID}mapping/{self.name(self._copy, thing).slug}--{number}>"

    def _passage(self, source: str, place: str, rest: str) -> str:
        return f"<{terms.ALGP}{self.name(self._copy, source).slug}-{place}{rest}>"

    def _edge(self, edge: str, occurrence: str, one: str, other: str) -> str:
        slugs = [self.name(self._copy, occurrence).slug, self._played(one).slug, self._played(other).slug]
        return f"<{terms.ALGE}{'--'.join([edge, *slugs])}>"

    def _graph(self, source: str) -> str:
        return f"<{terms.ALGG}source/{self.name(self._copy, source).slug}>"

    def _link(self, start: str, number: str, rest: str) -> str:
        return f"<{start}{int(number) + self._copy * 10**9}{rest}>"

    def _date(self, written: str, tail: str) -> str:
        return f'"{shifted(written, self._years)}"{tail}'

    def _hash(self, shipped: str) -> str:
        return f'"{hashlib.sha256(f"{self.seed}:{self._copy}:{shipped}".encode()).hexdigest()}"'

    def _label(self, thing: str, spelling: str, tail: str) -> str:
        """The name of a thing; another spelling where the shipped thing has one too."""
        words = self.name(self._copy, thing).words
        variant = hashlib.sha256(spelling.encode()).digest()[0]
        if len(spelling) > 2 and spelling.isupper():
            words = "".join(word[0] for word in re.findall(r"\w+", words)).upper() + words[-1].upper()
        elif tail.endswith(("-arab", "-cyrl")):
            letters = _ARABIC if tail.endswith("-arab") else _CYRILLIC
            words = "".join(letters.get(letter, " ") for letter in words.lower())
        elif spelling.lower().replace(" ", "-") != thing:
            old, new = _SPELLINGS[variant % len(_SPELLINGS)]
            words = words.replace(old, new) if old in words else f"{words} {_VOWELS[variant % 8]}l-{words.split()[0]}"
        return f'"{words}"{tail}'

    def _words(self, shipped: str, tail: str) -> str:
        """A text of about the length of the shipped one, of its words but none of its names."""
        chance = random.Random(f"{self._copy}:{shipped}")
        count = max(len(shipped.split()) - 4, 2)
        names = [self.name(*played).words for played in list(self._cast.values())[:2]]
        said: list[str] = [*names[:1]]
        while len(said) < count:
            start = chance.randrange(len(self.shipped.words) - 5)
            said += self.shipped.words[start : start + 5]
        text = " ".join([*said, *names[1:]])
        return f'"{text[0].upper()}{text[1:]}."{tail}'


@lru_cache(maxsize=1 << 16)
def shifted(written: str, years: int) -> str:
    """A date as written, in EDTF or in words, so many years later; a day that ends a February goes on to do so."""

    def later(match: re.Match[str]) -> str:
        year = match[0]
        return f"{int(year[:3]) + years // 10}X" if year.endswith("X") else str(int(year) + years)

    text = _YEAR.sub(later, written)
    if re.fullmatch(r"\d{4}-02-(28|29)", written):
        year, before = int(text[:4]), int(written[:4])
        if written.endswith("29") or before % 4:
            text = f"{year:04}-02-{29 if year % 4 == 0 and year != 1900 else 28}"
    return text


def write(size: int, seed: int, dataset: Path, out: BinaryIO) -> int:
    """Write a landscape of about so many lines; returns how many."""
    landscape = Landscape(Shipped(dataset), seed)
    lines = 0
    for text in landscape.quads(size):
        out.write(text.encode())
        lines += text.count("\n")
    return lines


def main() -> None:
    """Write a landscape to standard output."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("size", type=float, help="about how many quads: 1e4 to 1e7")
    parser.add_argument("--seed", type=int, default=4)
    parser.add_argument("--dataset", type=Path, default=SHIPPED, help="the shipped record as built (%(default)s)")
    given = parser.parse_args()
    try:
        write(int(given.size), given.seed, given.dataset, sys.stdout.buffer)
    except UsageError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()

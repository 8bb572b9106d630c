"""Read ontology and instances into one dataset, each statement in its named graph, and refuse what hangs loose."""

from __future__ import annotations

import difflib
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pyoxigraph as ox

from allegiance import links, terms
from allegiance.engine import text_of
from allegiance.errors import DataError, Problem, UsageError, readable
from allegiance.passages import Passage, Row, read_table
from allegiance.terms import ALG, OA, RDF, XSD

TYPE = ox.NamedNode(RDF + "type")
PASSAGE = ox.NamedNode(ALG + "passage")
CLAIM = ox.NamedNode(ALG + "Claim")
OWN = (terms.ALGID, terms.ALGC, terms.ALGN, terms.ALGP, terms.ALG)

_PREFIX_LINE = re.compile(r"^\s*@?prefix\s+([\w-]*):\s*<([^>]*)>", re.IGNORECASE)
_SUBJECT_LINE = re.compile(r"^(?:<([^>]*)>|([\w-]*):([^\s;,]+))")


@dataclass(frozen=True)
class Place:
    """Where something stands: a file named from the data root, and a line from 1."""

    file: str
    line: int


class TurtleFile:
    """A parsed Turtle file that knows on which line each of its subjects begins."""

    def __init__(self, path: Path, name: str) -> None:
        self.name = name
        self.text = readable(path)
        self.problems: list[Problem] = []
        self.triples: list[ox.Triple] = []
        try:
            parsed = ox.parse(self.text.encode(), format=ox.RdfFormat.TURTLE)
            self.triples = [quad.triple for quad in parsed]
        except SyntaxError as error:
            message = f"this is not Turtle here: {re.sub(r'^Parser error .*?: ', '', str(error.msg))}"
            self.problems.append(Problem(name, error.lineno or 0, "", message))
        self._lines = self._subject_lines()

    def _subject_lines(self) -> dict[str, int]:
        prefixes: dict[str, str] = {}
        lines: dict[str, int] = {}
        for number, line in enumerate(self.text.splitlines(), start=1):
            if declared := _PREFIX_LINE.match(line):
                prefixes[declared[1]] = declared[2]
            elif (subject := _SUBJECT_LINE.match(line)) and (subject[1] is not None or subject[2] in prefixes):
                iri = subject[1] if subject[1] is not None else prefixes[subject[2]] + subject[3]
                lines.setdefault(iri, number)
        return lines

    def line(self, subject: str, mentioned: str = "") -> int:
        """The line a subject begins on, or the first line from there that mentions an IRI of ours."""
        start = self._lines.get(subject, 0)
        if mentioned:
            local = re.compile(re.escape(re.split(r"[/#]", mentioned)[-1]) + r"(?![\w-])")
            for number, line in enumerate(self.text.splitlines()[max(start - 1, 0) :], start=max(start, 1)):
                if local.search(line):
                    return number
        return start


@dataclass
class Composition:
    """The asserted dataset and where each record stands."""

    quads: list[ox.Quad] = field(default_factory=list)
    places: dict[str, Place] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def problem(self, record: str, message: str) -> Problem:
        """A problem of a record, placed where it is described."""
        place = self.places.get(record, Place("instances", 0))
        return Problem(place.file, place.line, terms.shorten(record), message)


def turtle_files(folder: Path) -> list[Path]:
    """The Turtle files below a folder, in a fixed order."""
    if not folder.is_dir():
        raise UsageError(f"There is no folder {folder}; name the folder that holds ontology and instances.")
    return sorted(folder.rglob("*.ttl"))


def _read(root: Path, part: str) -> list[TurtleFile]:
    return [TurtleFile(path, path.relative_to(root).as_posix()) for path in turtle_files(root / part)]


def ontology_quads(root: Path) -> tuple[list[ox.Quad], list[Problem]]:
    """The ontology as quads of its graph, blank nodes named canonically (RDFC-1.0) so that builds agree."""
    files = _read(root, "ontology")
    problems = [problem for file in files for problem in file.problems]
    graph = ox.NamedNode(terms.ONTOLOGY_GRAPH)
    dataset = ox.Dataset(ox.Quad(t.subject, t.predicate, t.object, graph) for file in files for t in file.triples)
    dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    return list(dataset), problems


def _own(term: object) -> str:
    """The IRI of a term of ours, or nothing."""
    return term.value if isinstance(term, ox.NamedNode) and term.value.startswith(OWN) else ""


def _minted(files: list[TurtleFile]) -> tuple[dict[str, Place], list[Problem]]:
    """Where each record is described (typed), and every record that two files describe."""
    places: dict[str, Place] = {}
    problems: list[Problem] = []
    for file in files:
        for subject in dict.fromkeys(text_of(t.subject) for t in file.triples if t.predicate == TYPE):
            place = Place(file.name, file.line(subject))
            if subject in places:
                first = places[subject]
                message = f"is also described at {first.file}:{first.line}; describe it once, or rename one of them"
                problems.append(Problem(place.file, place.line, terms.shorten(subject), message))
            else:
                places[subject] = place
    return places, problems


def _loose_ends(files: list[TurtleFile], known: set[str]) -> Iterator[Problem]:
    """References to things that nothing describes, and blank nodes, which no claim could be cited by."""
    for file in files:
        described = {text_of(t.subject) for t in file.triples if t.predicate == TYPE}
        for triple in file.triples:
            subject = text_of(triple.subject)
            if isinstance(triple.subject, ox.BlankNode) or isinstance(triple.object, ox.BlankNode):
                yield Problem(file.name, file.line(subject), "", "has a blank node; give it an IRI of its own")
            elif subject not in described and subject not in known:
                yield Problem(file.name, file.line(subject), terms.shorten(subject), "has no class; say what it is")
            for term in (triple.predicate, triple.object):
                iri = _own(term)
                if iri and iri not in known and not iri.startswith(terms.ALGP):
                    near = difflib.get_close_matches(iri, known, n=1, cutoff=0.9)
                    hint = f"; did you mean {terms.shorten(near[0])}?" if near else "; describe it or correct the name"
                    message = f"refers to {terms.shorten(iri)}, which is described nowhere{hint}"
                    yield Problem(file.name, file.line(subject, iri), terms.shorten(subject), message)


def passage_quads(name: str, row: Row, graph: ox.NamedNode) -> Iterator[ox.Quad]:
    """A passage as an alg:Passage with its selector (design §3)."""
    place = Passage.named(name)
    node = ox.NamedNode(terms.ALGP + name)
    selector = ox.NamedNode(f"{terms.ALGP}{name}/selector")
    integer = ox.NamedNode(XSD + "integer")
    count = ox.NamedNode(XSD + "nonNegativeInteger")
    facts: list[tuple[ox.NamedNode, str, ox.NamedNode | ox.Literal]] = [
        (node, RDF + "type", ox.NamedNode(ALG + "Passage")),
        (node, OA + "hasSource", ox.NamedNode(terms.ALGID + place.source)),
        (node, ALG + "paragraph", ox.Literal(str(row.paragraph), datatype=integer)),
        (node, ALG + "sha256", ox.Literal(row.sha256)),
        (node, OA + "hasSelector", selector),
        (selector, RDF + "type", ox.NamedNode(OA + "TextPositionSelector")),
        (selector, OA + "start", ox.Literal(str(place.start), datatype=count)),
        (selector, OA + "end", ox.Literal(str(place.end), datatype=count)),
    ]
    for subject, predicate, value in facts:
        yield ox.Quad(subject, ox.NamedNode(predicate), value, graph)


def _passages(
    files: list[TurtleFile], table: dict[str, Row], known: set[str]
) -> tuple[dict[str, set[str]], list[Problem]]:
    """The passages each record points to, as names, and those that cannot be."""
    of_record: dict[str, set[str]] = defaultdict(set)
    problems: list[Problem] = []
    for file in files:
        for triple in file.triples:
            if triple.predicate != PASSAGE:
                continue
            subject = text_of(triple.subject)
            iri = _own(triple.object)
            name = iri.removeprefix(terms.ALGP)
            fault = ""
            try:
                passage = Passage.named(name) if iri.startswith(terms.ALGP) else None
            except ValueError:
                passage = None
            if passage is None:
                shown = terms.shorten(iri) if iri else str(triple.object)
                fault = f"has the passage {shown}; write algp:<source>-<start>-<end>, as “allegiance locate” prints it"
            elif terms.ALGID + passage.source not in known:
                fault = f"has a passage of {passage.source}, which is not a source; describe it in sources.ttl"
            elif name not in table:
                fault = f"has the passage {name}, not in passages.tsv; run “allegiance check-sources DIR --update”"
            if fault:
                line = file.line(subject, iri or "passage")
                problems.append(Problem(file.name, line, terms.shorten(subject), fault))
            else:
                of_record[subject].add(name)
    return of_record, problems


def graph_of(record: str, passages: Iterable[str]) -> str:
    """Claims stand in the graph of the source they are taken from; everything else among the entities."""
    sources = {Passage.named(name).source for name in passages}
    if record.startswith(terms.ALGC) and len(sources) == 1:
        return terms.source_graph(sources.pop())
    return terms.ENTITIES_GRAPH


def _instances(root: Path, extra: Sequence[Path]) -> list[TurtleFile]:
    """The instance files of a root, and further files that are not among them already."""
    files = _read(root, "instances")
    present = {path.resolve() for path in turtle_files(root / "instances")}
    return files + [TurtleFile(path, str(path)) for path in extra if path.resolve() not in present]


def compose(root: Path, extra: Sequence[Path] = ()) -> Composition:
    """The asserted dataset of a data root and some further instance files; DataError with every loose end it has."""
    ontology, problems = ontology_quads(root)
    files = _instances(root, extra)
    problems += [problem for file in files for problem in file.problems]
    if problems:
        raise DataError(problems)

    places, problems = _minted(files)
    known = set(places) | {q.subject.value for q in ontology if isinstance(q.subject, ox.NamedNode)}
    problems += _loose_ends(files, known)
    table = read_table(root / "instances" / "passages.tsv")
    of_record, passage_problems = _passages(files, table, known)
    problems += passage_problems
    link_quads, link_problems = links.quads(root / "instances", known)
    problems += link_problems

    result = Composition(quads=[*ontology, *link_quads], places=places, problems=[])
    for record, names in of_record.items():
        if record.startswith(terms.ALGC) and len({Passage.named(name).source for name in names}) > 1:
            message = "has passages of two sources; write one claim for each source"
            problems.append(result.problem(record, message))
    if problems:
        raise DataError(problems)

    entities = ox.NamedNode(terms.ENTITIES_GRAPH)
    graphs = {record: ox.NamedNode(graph_of(record, names)) for record, names in of_record.items()}
    for file in files:
        for triple in file.triples:
            graph = graphs.get(text_of(triple.subject), entities)
            result.quads.append(ox.Quad(triple.subject, triple.predicate, triple.object, graph))
    # A passage stands in the graph of its source and nowhere else, so that no triple is in the union twice.
    for name in sorted({name for names in of_record.values() for name in names}):
        graph = ox.NamedNode(terms.source_graph(Passage.named(name).source))
        result.quads.extend(passage_quads(name, table[name], graph))
    return result

"""Which focus nodes may break a shape: every SHACL Core constraint of the shapes as a search over the whole dataset.

pySHACL walks from focus node to focus node in Python. Here a shape becomes a few SPARQL queries that find, in the
engine and for all its targets at once, the nodes that it may not hold for: all that break it, and now and then one
more, because pySHACL is asked about these afterwards and its report stands. Two things make the searches safe:

- A search says *may*: where the engine and rdflib see a literal differently (rdflib reads "01" as 1, the engine does
  not), the node is suspect. Under sh:not the same holds the other way round, so each constraint has two conditions,
  one for values that surely pass and one for values that surely fail.
- What this module does not know raises `Unknown`, and then all targets of the shape are suspect.

SHACL: https://www.w3.org/TR/shacl/, sections 2.1.3 (targets), 2.3.1 (paths), 4 (constraint components).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations, count

import pyoxigraph as ox

from allegiance.build.shapes import TARGETS, ShapeGraph
from allegiance.engine import Engine, Term, text_of
from allegiance.terms import OWL, RDF, RDFS, SH, XSD


class Unknown(Exception):
    """A shape says something that is not compiled; its sentence names what."""


@dataclass(frozen=True)
class Search:
    """The SELECT queries over ?this that together find the suspects of a shape.

    Where `known` is false the shape has a constraint that is not compiled, and they find all its targets.
    """

    shape: Term
    queries: tuple[str, ...]
    known: bool = True


# What constrains nothing itself, or is read together with something else.
_APART = {
    *TARGETS, RDF + "type", RDFS + "label", RDFS + "comment",
    *(SH + name for name in ("path", "message", "name", "description", "order", "group", "severity", "sparql")),
}  # fmt: skip
_CLASSES = {RDFS + "Class", OWL + "Class"}
_INTEGER, _DECIMAL = XSD + "integer", XSD + "decimal"
_EXACT = f"DATATYPE({{v}}) IN (<{_INTEGER}>, <{_DECIMAL}>)"
_WORDS = f"(isIRI({{v}}) || DATATYPE({{v}}) IN (<{XSD}string>, <{RDF}langString>))"
# Lexical forms of which rdflib and the engine surely agree that they are of their datatype.
_LEXICAL = {
    _INTEGER: "^[+-]?[0-9]{1,18}$",
    _DECIMAL: r"^[+-]?[0-9]{1,9}(\\.[0-9]{1,9})?$",
    XSD + "boolean": "^(true|false)$",
}
_FREE = {XSD + "string", RDF + "langString"}
# Regular expressions that mean the same to Python and to an engine: literal characters, classes of such, anchors at the
# ends, and quantifiers.
_PLAIN_CLASS = r"\[\^?(?:[^\\\[\]^&~|-]|[0-9A-Za-z]-[0-9A-Za-z])+\]"
_PLAIN_PATTERN = re.compile(
    rf"\^?(?:(?:{_PLAIN_CLASS}|\\[.\-/]|[^\\\[\]^$.|?*+(){{}}\n])(?:[*+?]|\{{\d+(?:,\d*)?\}})?)*\$?"
)
_KINDS = {
    "IRI": "isIRI({v})",
    "Literal": "isLiteral({v})",
    "BlankNode": "isBlank({v})",
    "BlankNodeOrIRI": "!isLiteral({v})",
    "BlankNodeOrLiteral": "!isIRI({v})",
    "IRIOrLiteral": "!isBlank({v})",
}


@dataclass
class Leaf:
    """A constraint on single values: SPARQL conditions over a variable, an error counting as false."""

    passes: str
    fails: str = "false"


@dataclass
class Compiler:
    """Turns the shapes of a graph into searches. `below` has, for a class, itself and all its subclasses."""

    shapes: ShapeGraph
    below: dict[str, list[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._numbers = count(1)

    def searches(self) -> Iterator[Search]:
        """One search for each shape that has targets."""
        for shape in self.shapes.targeted:
            try:
                yield Search(shape, tuple(self._top(shape)))
            except Unknown:
                # Without a word about how, the shape may break anywhere.
                yield Search(
                    shape, tuple(f"SELECT DISTINCT ?this WHERE {{ {one} }}" for one in self.targets(shape)), False
                )

    def targets(self, shape: Term) -> list[str]:
        """The targets of a shape as groups that bind ?this; ValueError where they are of a kind not known."""
        found: list[str] = []
        for predicate in TARGETS:
            for value in self.shapes.values(shape, predicate):
                if predicate == SH + "targetClass":
                    found.append(f"VALUES ?target {{ {self._classes(value)} }} ?this a ?target .")
                elif predicate == SH + "targetSubjectsOf":
                    found.append(f"?this {value} ?target .")
                elif predicate == SH + "targetObjectsOf":
                    found.append(f"?target {value} ?this .")
                elif predicate == SH + "targetNode":
                    found.append(f"VALUES ?this {{ {value} }}")
                else:
                    raise ValueError(f"the targets of {shape} are of a kind that is not known: {predicate}")
        # A shape that is a class as well has its instances as targets (SHACL 2.1.3.3).
        if {text_of(kind) for kind in self.shapes.values(shape, RDF + "type")} & _CLASSES:
            found.append(f"VALUES ?target {{ {self._classes(shape)} }} ?this a ?target .")
        return found

    def _fresh(self) -> str:
        return f"?v{next(self._numbers)}"

    def _classes(self, cls: Term) -> str:
        return " ".join(f"<{name}>" for name in self.below.get(text_of(cls), [text_of(cls)]))

    def path(self, at: Term) -> str:
        """A path as SPARQL writes it; Unknown for those that repeat, and for the inverse of more than a property."""
        if isinstance(at, ox.NamedNode):
            return str(at)
        # pySHACL walks the inverse of a sequence from its wrong end, so that is left to pySHACL.
        if isinstance(inner := self.shapes.first(at, SH + "inversePath"), ox.NamedNode):
            return f"^{inner}"
        if (inner := self.shapes.first(at, SH + "alternativePath")) is not None:
            return "(" + "|".join(self.path(one) for one in self.shapes.members(inner)) + ")"
        if members := self.shapes.members(at):
            return "(" + "/".join(self.path(one) for one in members) + ")"
        raise Unknown(f"the path {at}")

    def _path_of(self, shape: Term) -> str:
        paths = self.shapes.values(shape, SH + "path")
        if len(paths) != 1:
            raise Unknown(f"the paths of {shape}")
        return self.path(paths[0])

    def _top(self, shape: Term) -> Iterator[str]:
        """Queries for a shape with targets: its property shapes are joined with them, all else is a condition."""
        if self.shapes.first(shape, SH + "deactivated") is not None:
            raise Unknown("sh:deactivated")
        parts = [shape] if self._is_property(shape) else self.shapes.values(shape, SH + "property")
        for target in self.targets(shape):
            for part in parts:
                yield from self._joined(target, part)
            conditions = [] if self._is_property(shape) else self._on_node(shape, "?this", skip={SH + "property"})
            if conditions:
                yield f"SELECT DISTINCT ?this WHERE {{ {target} FILTER({_any(c.violated for c in conditions)}) }}"

    def _is_property(self, shape: Term) -> bool:
        return self.shapes.first(shape, SH + "path") is not None

    def _joined(self, target: str, part: Term) -> Iterator[str]:
        """Queries for a property shape of all the nodes that a group binds ?this to."""
        if self.shapes.first(part, SH + "deactivated") is not None:
            raise Unknown("sh:deactivated")
        path = self._path_of(part)
        head, given = "SELECT DISTINCT ?this WHERE", self.shapes.predicates(part)
        for name in sorted(set(given) & {SH + "minCount", SH + "maxCount"}):
            number = self._number(part, name)
            if name == SH + "maxCount":
                having = f"GROUP BY ?this HAVING(COUNT(DISTINCT ?value) > {number})"
                yield f"SELECT ?this WHERE {{ {target} ?this {path} ?value }} {having}"
            elif number == 1:
                # Under NOT EXISTS the engine walks a sequence from its far end, anew for each node; MINUS does it once.
                without = "FILTER NOT EXISTS" if path.startswith("<") else "MINUS"
                yield f"{head} {{ {target} {without} {{ ?this {path} ?value }} }}"
            elif number > 1:
                # Literals are left out of the count: two of the engine's may be one of rdflib's.
                group = f"{target} OPTIONAL {{ ?this {path} ?value FILTER(isIRI(?value)) }}"
                having = f"GROUP BY ?this HAVING(COUNT(DISTINCT ?value) < {number})"
                yield f"SELECT ?this WHERE {{ {group} }} {having}"
        conditions = self._on_node(
            part, "?value", focus="?this", skip={SH + "minCount", SH + "maxCount", SH + "hasValue"}
        )
        if conditions:
            yield f"{head} {{ {target} ?this {path} ?value FILTER({_any(c.violated for c in conditions)}) }}"
        for value in self.shapes.values(part, SH + "hasValue"):
            yield f"{head} {{ {target} FILTER NOT EXISTS {{ ?this {path} {value} }} }}"

    def _number(self, shape: Term, predicate: str) -> int:
        values = self.shapes.values(shape, predicate)
        if len(values) != 1 or not re.fullmatch(r"[0-9]{1,9}", text_of(values[0])):
            raise Unknown(f"{predicate} of {shape}")
        return int(text_of(values[0]))

    def _on_node(self, shape: Term, at: str, focus: str = "", skip: Iterable[str] = ()) -> list[Condition]:
        """The conditions of a shape's constraints on one value; `focus` is the node whose value it is."""
        found: list[Condition] = []
        for predicate in self.shapes.predicates(shape):
            if predicate in _APART or predicate in skip:
                continue
            for value in self.shapes.values(shape, predicate):
                found += self._constraint(shape, predicate, value, at, focus)
        return found

    def _constraint(self, shape: Term, predicate: str, value: Term, at: str, focus: str) -> Iterator[Condition]:
        name = predicate.removeprefix(SH)
        if name in ("property", "node"):
            yield self.condition(value, at)
        elif name == "not":
            inner = self.condition(value, at)
            yield Condition(violated=inner.met, met=inner.violated)
        elif name in ("or", "and"):
            inner_ones = [self.condition(one, at) for one in self.shapes.members(value)]
            join, other = (_all, _any) if name == "or" else (_any, _all)
            yield Condition(join(c.violated for c in inner_ones), other(c.met for c in inner_ones))
        else:
            leaf = self._leaf(shape, name, value, focus)
            passes, fails = leaf.passes.replace("{v}", at), leaf.fails.replace("{v}", at)
            yield Condition(f"!COALESCE({passes}, false)", f"!COALESCE({fails}, false)" if fails != "false" else "true")

    def condition(self, shape: Term, at: str) -> Condition:
        """When a node may break a whole shape, and when it may conform."""
        if self.shapes.first(shape, SH + "deactivated") is not None:
            raise Unknown("sh:deactivated")
        if not self._is_property(shape):
            conditions = self._on_node(shape, at)
            return Condition(_any(c.violated for c in conditions), _all(c.met for c in conditions))
        path, value = self._path_of(shape), self._fresh()
        counts = {SH + "minCount", SH + "maxCount", SH + "hasValue"}
        conditions = [
            Condition(
                f"EXISTS {{ {at} {path} {value} FILTER({one.violated}) }}",
                f"NOT EXISTS {{ {at} {path} {value} FILTER(!({one.met})) }}",
            )
            for one in self._on_node(shape, value, focus=at, skip=counts)
        ]
        for name in sorted(counts & set(self.shapes.predicates(shape))):
            conditions += self._counted(shape, name, at, path)
        return Condition(_any(c.violated for c in conditions), _all(c.met for c in conditions))

    def _counted(self, shape: Term, name: str, at: str, path: str) -> Iterator[Condition]:
        """minCount, maxCount and hasValue as conditions on the focus node."""
        if name == SH + "hasValue":
            for value in self.shapes.values(shape, name):
                # A literal that the engine does not find may still be there for rdflib.
                met = f"EXISTS {{ {at} {path} {value} }}" if isinstance(value, ox.NamedNode) else "true"
                yield Condition(f"NOT EXISTS {{ {at} {path} {value} }}", met)
            return
        number = self._number(shape, name)
        some = f"EXISTS {{ {at} {path} {self._fresh()} }}"
        if name == SH + "minCount":
            if number:
                enough = some if number == 1 else f"EXISTS {{ {self._distinct(at, path, number, 'isIRI')} }}"
                yield Condition(f"!{enough}", some)
        elif number:
            yield Condition(f"EXISTS {{ {self._distinct(at, path, number + 1)} }}", "true")
        else:
            yield Condition(some, f"!{some}")

    def _distinct(self, at: str, path: str, number: int, kind: str = "") -> str:
        """A group that holds where a node has so many different values."""
        names = [self._fresh() for _ in range(number)]
        tests = [f"!sameTerm({one}, {other})" for one, other in combinations(names, 2)]
        tests += [f"{kind}({name})" for name in names if kind]
        return " ".join(f"{at} {path} {name} ." for name in names) + f" FILTER({' && '.join(tests)})"

    def _leaf(self, shape: Term, name: str, value: Term, focus: str) -> Leaf:
        """A constraint on single values."""
        leaf = self._of_term(name, value)
        if leaf is None and isinstance(value, ox.Literal):
            leaf = self._of_literal(shape, name, value)
        if leaf is None and focus and isinstance(value, ox.NamedNode):
            leaf = self._of_pair(name, value, focus)
        if leaf is None:
            raise Unknown(f"sh:{name} of {shape}")
        return leaf

    def _of_term(self, name: str, value: Term) -> Leaf | None:
        """sh:class, sh:datatype, sh:nodeKind, sh:hasValue, sh:in and sh:languageIn."""
        iri = value.value if isinstance(value, ox.NamedNode) else ""
        leaf = None
        if name == "class" and iri:
            cls = self._fresh()
            test = f"EXISTS {{ {{v}} a {cls} FILTER({cls} IN ({', '.join(self._classes(value).split())})) }}"
            leaf = Leaf(test, f"!{test}")
        elif name == "datatype" and iri:
            leaf = _datatype(iri)
        elif name == "nodeKind" and iri.removeprefix(SH) in _KINDS:
            kind = _KINDS[iri.removeprefix(SH)]
            leaf = Leaf(kind, f"!({kind})")
        elif name == "hasValue" and iri:
            leaf = Leaf(f"sameTerm({{v}}, {value})", f"!sameTerm({{v}}, {value})")
        elif name == "in":
            same = _any(f"sameTerm({{v}}, {one})" for one in self.shapes.members(value))
            leaf = Leaf(same, f"isIRI({{v}}) && !({same})")
        elif name == "languageIn":
            ranges = [text_of(one).lower() for one in self.shapes.members(value)]
            if ranges and all(re.fullmatch("[a-z]+", one) for one in ranges):
                leaf = Leaf(_any(f'langMatches(LANG({{v}}), "{one}")' for one in ranges))
        return leaf

    def _of_literal(self, shape: Term, name: str, value: ox.Literal) -> Leaf | None:
        """sh:pattern, sh:minLength, sh:maxLength, sh:minInclusive and sh:maxInclusive."""
        leaf = None
        if name == "pattern":
            plain = _PLAIN_PATTERN.fullmatch(value.value) and self.shapes.first(shape, SH + "flags") is None
            leaf = Leaf(f"{_WORDS} && REGEX(STR({{v}}), {ox.Literal(value.value)})") if plain else None
        elif name in ("minLength", "maxLength"):
            sign = ">=" if name == "minLength" else "<="
            leaf = Leaf(f"{_WORDS} && STRLEN(STR({{v}})) {sign} {self._number(shape, SH + name)}")
        elif name in ("minInclusive", "maxInclusive"):
            sign = ">=" if name == "minInclusive" else "<="
            exact = value.datatype.value in (_INTEGER, _DECIMAL)
            if exact and re.fullmatch(r"[+-]?[0-9]{1,9}(\.[0-9]{1,9})?", value.value):
                leaf = Leaf(f"{_EXACT} && {{v}} {sign} {value}")
        return leaf

    def _of_pair(self, name: str, value: ox.NamedNode, focus: str) -> Leaf | None:
        """sh:disjoint and sh:lessThanOrEquals, which set a value against the values of another property."""
        other = self._fresh()
        if name == "disjoint":
            clash = f"sameTerm({{v}}, {other}) || (isLiteral({{v}}) && isLiteral({other}))"
            return Leaf(f"NOT EXISTS {{ {focus} {value} {other} FILTER({clash}) }}")
        if name == "lessThanOrEquals":
            fine = f"{_EXACT} && {_EXACT.replace('{v}', other)} && {{v}} <= {other}"
            return Leaf(f"NOT EXISTS {{ {focus} {value} {other} FILTER(!COALESCE({fine}, false)) }}")
        return None


@dataclass(frozen=True)
class Condition:
    """SPARQL conditions for a node that may break a constraint, and for one that may meet it."""

    violated: str
    met: str


def _datatype(datatype: str) -> Leaf:
    right = f"DATATYPE({{v}}) = <{datatype}>"
    if datatype in _LEXICAL:
        return Leaf(f'{right} && REGEX(STR({{v}}), "{_LEXICAL[datatype]}")', f"isIRI({{v}}) || !({right})")
    # rdflib checks the lexical forms of the XML Schema datatypes, and of a few of RDF, and takes others as they come.
    if datatype in _FREE or not datatype.startswith((XSD, RDF)):
        return Leaf(right, f"isIRI({{v}}) || !({right})")
    raise Unknown(f"sh:datatype {datatype}")


def _any(conditions: Iterable[str]) -> str:
    return " || ".join(f"({one})" for one in conditions) or "false"


def _all(conditions: Iterable[str]) -> str:
    return " && ".join(f"({one})" for one in conditions) or "true"


def subclasses(engine: Engine, graphs: Sequence[str] = ()) -> dict[str, list[str]]:
    """For each class that has subclasses, itself and all of them, sorted."""
    children: dict[Term, set[Term]] = defaultdict(set)
    for row in engine.rows(f"SELECT ?sub ?sup WHERE {{ ?sub <{RDFS}subClassOf> ?sup }}", graphs):
        children[row["sup"]].add(row["sub"])
    found = {}
    for cls in list(children):
        seen, pending = {cls}, [cls]
        while pending:
            new = children.get(pending.pop(), set()) - seen
            seen |= new
            pending += new
        # A blank node is a step on the way and no class that a record could name.
        if isinstance(cls, ox.NamedNode):
            found[cls.value] = sorted(one.value for one in seen if isinstance(one, ox.NamedNode))
    return found


def compiled(engine: Engine, shapes: ShapeGraph) -> list[Search]:
    """The searches of all shapes, for the class hierarchy of a dataset."""
    return list(Compiler(shapes, subclasses(engine)).searches())


def suspects(engine: Engine, searches: Iterable[Search]) -> dict[Term, set[Term]]:
    """For each shape that may be broken the focus nodes where, over the union of an engine's graphs."""
    found: dict[Term, set[Term]] = {}
    for search in searches:
        nodes = {row["this"] for query in search.queries for row in engine.rows(query)}
        if nodes:
            found[search.shape] = nodes
    return found

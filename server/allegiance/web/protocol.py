"""The SPARQL 1.1 Protocol: what a request asks, and which formats it accepts.

https://www.w3.org/TR/sparql11-protocol/ §2, https://www.rfc-editor.org/rfc/rfc9110 §12.5.1
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from string import hexdigits
from typing import Any
from urllib.parse import unquote

from werkzeug.datastructures import MIMEAccept
from werkzeug.http import parse_accept_header, parse_options_header

from allegiance.web.replies import HttpError

Environ = dict[str, Any]

# The first of each list is what a client gets that accepts anything.
_TABLES = {
    "json": "application/sparql-results+json",
    "xml": "application/sparql-results+xml",
    "csv": "text/csv",
    "tsv": "text/tab-separated-values",
}
OFFERED: dict[str, dict[str, str]] = {
    "solutions": _TABLES,
    "boolean": _TABLES,
    "graph": {
        "turtle": "text/turtle",
        "ntriples": "application/n-triples",
        "jsonld": "application/ld+json",
        "rdfxml": "application/rdf+xml",
    },
}
# What clients say for a format besides its own media type.
ALIASES = {
    "application/json": "application/sparql-results+json",
    "application/xml": "application/sparql-results+xml",
    "text/xml": "application/sparql-results+xml",
}
# What `format` may be: the names above, those that client libraries write, and media types.
_NAMES = {
    **{name: {"solutions": kind, "boolean": kind} for name, kind in _TABLES.items()},
    **{name: {"graph": kind} for name, kind in OFFERED["graph"].items()},
}
_NAMES["xml"]["graph"] = _NAMES["rdfxml"]["graph"]
_NAMES["json"]["graph"] = _NAMES["jsonld"]["graph"]
_NAMES |= {
    "json-ld": _NAMES["jsonld"],
    "n-triples": _NAMES["ntriples"],
    "n3": _NAMES["turtle"],
    "nt": _NAMES["ntriples"],
    "rdf": _NAMES["rdfxml"],
    "rdf+xml": _NAMES["rdfxml"],
    "ttl": _NAMES["turtle"],
}
_NAMES |= {kind: {"solutions": kind, "boolean": kind} for kind in _TABLES.values()}
_NAMES |= {kind: {"graph": kind} for kind in OFFERED["graph"].values()}
CHARSET = {
    "text/csv": "; charset=utf-8",
    "text/tab-separated-values": "; charset=utf-8",
    "text/turtle": "; charset=utf-8",
}
FORM, QUERY, UPDATE = "application/x-www-form-urlencoded", "application/sparql-query", "application/sparql-update"
_FIELDS = 1_000
_QUERY_GRAPHS = ("default-graph-uri", "named-graph-uri")
_UPDATE_GRAPHS = ("using-graph-uri", "using-named-graph-uri")

Parameters = list[tuple[str, str]]


@dataclass(frozen=True)
class Asked:
    """A query and the graphs it is asked of."""

    query: str
    default_graphs: list[str]
    named_graphs: list[str]


@dataclass(frozen=True)
class Update:
    """An update and the graphs its patterns are matched against."""

    update: str
    using: list[str]
    using_named: list[str]


def parameters(encoded: str | bytes) -> Parameters:
    """Names and values of a query string or form; HttpError 400 where they are not UTF-8 or too many."""
    try:
        fields = (encoded if isinstance(encoded, str) else encoded.decode("ascii")).split("&")
        if len(fields) > _FIELDS:
            raise HttpError(400, f"There are more than {_FIELDS} parameters: send fewer.")
        pairs = (field.partition("=") for field in fields if field)
        return [(_decoded(name), _decoded(value)) for name, _, value in pairs]
    except UnicodeDecodeError:
        raise HttpError(400, "The parameters are not percent-encoded UTF-8: encode them so.") from None


_ASCII = {pair: chr(int(pair, 16)) for pair in map("".join, product(hexdigits, repeat=2)) if int(pair, 16) < 0x80}


def _decoded(text: str) -> str:
    text = text.replace("+", " ")
    if "%" not in text:
        return text
    first, *rest = text.split("%")
    try:
        return first + "".join([_ASCII[part[:2]] + part[2:] for part in rest])
    except KeyError:  # There is more than ASCII in it, or a per cent sign that stands for itself.
        return unquote(text, errors="strict")


def values(given: Parameters, name: str) -> list[str]:
    """All values of a parameter."""
    return [value for known, value in given if known == name]


def read_body(environ: Environ, most: int) -> bytes:
    """The body of a request; HttpError 413 where it has more bytes than may be, before it is read where it says so."""
    too_large = f"The request is larger than {most >> 10} KiB: send a shorter one."
    length = environ.get("CONTENT_LENGTH")
    if length and int(length) > most:
        raise HttpError(413, too_large, {"Connection": "close"})
    body: bytes = environ["wsgi.input"].read(int(length) if length else most + 1)
    if len(body) > most:
        raise HttpError(413, too_large, {"Connection": "close"})
    if length and len(body) < int(length):
        raise HttpError(400, "The body ended before its Content-Length: send the whole of it.", {"Connection": "close"})
    return body


def body_type(environ: Environ) -> str:
    """The media type of the body; HttpError 415 where it is in another charset than UTF-8."""
    kind, options = parse_options_header(environ.get("CONTENT_TYPE", ""))
    charset = options.get("charset", "utf-8").lower()
    if charset not in ("utf-8", "utf8", "us-ascii"):
        raise HttpError(415, f"The body is in {charset[:40]}: send it in UTF-8.")
    return kind.lower()


def _text(body: bytes, what: str) -> str:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise HttpError(400, f"The {what} is not UTF-8 at byte {error.start}: send it in UTF-8.") from None


def _graphs(given: Parameters, names: Iterable[str]) -> list[list[str]]:
    found = [values(given, name) for name in names]
    for name, graphs in zip(names, found, strict=True):
        for iri in graphs:
            check_iri(iri, f"A {name}")
    return found


def check_iri(iri: str, what: str) -> None:
    """HttpError 400 where something is not an absolute IRI."""
    if ":" not in iri or any(character in '<>"{}|\\^`' or ord(character) <= 32 for character in iri):
        raise HttpError(400, f"{what} is not an absolute IRI: correct “{iri[:100]}”.")


def _single(given: Parameters, name: str) -> str:
    other = "update" if name == "query" else "query"
    found = values(given, name)
    if values(given, other):
        raise HttpError(400, "There is a query and an update: send exactly one of them.")
    if len(found) != 1:
        raise HttpError(400, f"There are {len(found)} parameters “{name}”: send exactly one.")
    if not found[0].strip():
        what = "SELECT, ASK, CONSTRUCT or DESCRIBE" if name == "query" else "INSERT, DELETE or another operation"
        raise HttpError(400, f"The {name} is empty: write a {what}.")
    return found[0]


def _query(given: Parameters) -> Asked:
    default, named = _graphs(given, _QUERY_GRAPHS)
    return Asked(_single(given, "query"), default, named)


def _update(given: Parameters) -> Update:
    using, using_named = _graphs(given, _UPDATE_GRAPHS)
    return Update(_single(given, "update"), using, using_named)


def asked(environ: Environ, most: int) -> tuple[Asked | Update, Parameters]:
    """What a request asks in any form of the protocol, and all its parameters.

    HttpError where it asks nothing or more than one thing, in a wrong form, or more than `most` bytes.
    """
    given = parameters(environ.get("QUERY_STRING", ""))
    if environ["REQUEST_METHOD"] != "POST":
        if values(given, "update"):
            raise HttpError(400, "An update cannot be sent by GET: send it by POST.")
        if not values(given, "query"):
            raise HttpError(400, "There is no query: send one in the parameter “query”.")
        return _query(given), given
    kind = body_type(environ)
    if kind not in (FORM, QUERY, UPDATE):
        offered = f"{QUERY}, {UPDATE} or {FORM}"
        raise HttpError(415, f"A query is not read from {kind[:80] or 'a body without a type'}: send {offered}.")
    body = read_body(environ, most)
    if kind == FORM:
        given += parameters(body)
        if values(given, "update"):
            return _update(given), given
        if not values(given, "query"):
            raise HttpError(400, "There is no query: send one in the parameter “query”.")
        return _query(given), given
    name = "query" if kind == QUERY else "update"
    if values(given, "query") or values(given, "update"):
        raise HttpError(400, f"There is one {name} in the body and another in the address: send exactly one.")
    given.append((name, _text(body, name)))
    return (_query(given) if name == "query" else _update(given)), given


# ---------------------------------------------------------------- which format


def _quality(ranges: dict[str, float], media_type: str) -> float:
    """How much a client wants a type: what its most specific matching range says (RFC 9110 §12.5.1)."""
    main, _, _ = media_type.partition("/")
    return next((ranges[name] for name in (media_type, f"{main}/*", "*/*") if name in ranges), 0.0)


def best(accept: str | None, offered: Iterable[str], aliases: Iterable[str] = ()) -> str | None:
    """The offered type a client wants most, the first of equals; None where it wants none.

    Aliases are what it may name instead; a range such as application/* does not mean them.
    """
    offered = list(offered)
    if not accept or not accept.strip():
        return offered[0]
    ranges: dict[str, float] = {}
    for media_range, quality in parse_accept_header(accept, MIMEAccept):
        name = media_range.partition(";")[0].strip().lower()
        ranges[name] = max(quality, ranges.get(name, 0.0))
    wanted = {media_type: _quality(ranges, media_type) for media_type in offered}
    wanted |= {alias: ranges[alias] for alias in aliases if alias in ranges}
    chosen = max(wanted, key=lambda media_type: wanted[media_type])
    return chosen if wanted[chosen] > 0 else None


@lru_cache(maxsize=1024)
def negotiated(accept: str | None) -> tuple[dict[str, str], bool]:
    """For each kind of answer the media type to send, and whether the client wants a page more than any data."""
    formats = {}
    for kind, known in OFFERED.items():
        aliases = [alias for alias, real in ALIASES.items() if real in known.values()]
        chosen = best(accept, known.values(), aliases)
        if chosen is not None:
            formats[kind] = ALIASES.get(chosen, chosen)
    if not accept:
        return formats, False
    data = [media_type for known in OFFERED.values() for media_type in known.values()]
    return formats, best(accept, [*data, "text/html"], ALIASES) == "text/html"


def accepted(environ: Environ, given: Parameters = ()) -> dict[str, str]:  # type: ignore[assignment]
    """For each kind of answer the media type to send; kinds for which the client accepts none are absent.

    The parameter `format` (json, csv, turtle …) overrides the header, for links on pages. HttpError 406 where nothing
    is left.
    """
    wanted = values(given or parameters(environ.get("QUERY_STRING", "")), "format")
    if wanted:
        named = [_named(value) for value in wanted]
        formats = {kind: media_type for kind, media_type in named[0].items() if all(one == named[0] for one in named)}
        if not formats:
            names = ", ".join(sorted({name for known in OFFERED.values() for name in known}))
            raise HttpError(406, f"The format “{wanted[0][:40]}” is not offered, or not alone; there are {names}.")
        return formats
    formats, _ = negotiated(environ.get("HTTP_ACCEPT"))
    if not formats:
        every = sorted({media_type for known in OFFERED.values() for media_type in known.values()})
        raise HttpError(406, f"None of the formats asked for is offered; there are {', '.join(every)}.")
    return formats


def _named(value: str) -> dict[str, str]:
    """The media types that a value of `format` names, by kind of answer; of several it names, the first known."""
    known = (_NAMES.get(name.strip().lower()) for name in value.split(","))
    return next((found for found in known if found), {})


def not_acceptable(kind: str) -> HttpError:
    """The refusal of a request that accepts no format for the kind of answer its query has."""
    what = {"solutions": "a table", "boolean": "yes or no", "graph": "a graph"}[kind]
    return HttpError(406, f"The answer is {what}, to be had as {', '.join(OFFERED[kind].values())}.")


def wants_page(environ: Environ) -> bool:
    """Whether a client prefers HTML to every format of data."""
    return negotiated(environ.get("HTTP_ACCEPT"))[1]

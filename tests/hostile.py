"""What the service must withstand: queries, requests and uploads, each by name with the statuses it may end with."""

from __future__ import annotations

import itertools
import string
from dataclasses import dataclass

from http_client import ENDLESS, FORM, JSONLD, NTRIPLES, QUERY, RDFXML, RUNAWAY, TURTLE

# ---------------------------------------------------------------- queries


@dataclass(frozen=True)
class Hostile:
    """A query and the statuses it may end with; `streams` where rows come before it is known to be too much."""

    name: str
    query: str
    statuses: frozenset[int]
    streams: bool = False


REFUSED = frozenset({400})
OVER = frozenset({413, 503, 507})
ANY = frozenset({200, 400, 413, 503, 507})
DOUBLING = " ".join(
    f"BIND(CONCAT({', '.join([f'?{a}'] * 8)}) AS ?{b})" for a, b in itertools.pairwise(string.ascii_lowercase[:11])
)
TRIPLING = " ".join(f"BIND(ENCODE_FOR_URI(?{a}) AS ?{b})" for a, b in itertools.pairwise(string.ascii_lowercase[:20]))
REPLACING = " ".join(
    f"BIND(REPLACE(?{a}, 'x', 'xxxxxxxxxxxxxxxx') AS ?{b})" for a, b in itertools.pairwise(string.ascii_lowercase[:10])
)
VALUES = "VALUES ?v# { " + "1 " * 999 + "}"
PRODUCT = "?a ?b ?c . ?d ?e ?f"


def each(pattern: str, count: int, between: str = " ") -> str:
    """The pattern so many times, with a number in place of #."""
    return between.join(pattern.replace("#", str(number)) for number in range(count))


def nested(before: str, after: str, depth: int, inside: str = "", around: str = "SELECT * WHERE { %s }") -> str:
    return around.replace("%s", before * depth + inside + after * depth)


HOSTILE = [
    # what kills a parser
    Hostile("braces", nested("{", "}", 3_000), REFUSED),
    Hostile("parentheses", nested("(", ")", 20_000, "1", "SELECT * WHERE { FILTER %s }"), REFUSED),
    Hostile("negations", nested("!", "", 13_000, "true", "SELECT * WHERE { FILTER(%s) }"), REFUSED),
    Hostile("minus signs", nested("- ", "", 13_000, "1", "SELECT * WHERE { FILTER(%s) }"), REFUSED | ANY),
    Hostile("unions", "SELECT * WHERE { {}" + " UNION {}" * 10_000 + " }", REFUSED),
    Hostile("ands", "SELECT * WHERE { FILTER(true" + " && true" * 10_000 + ") }", REFUSED),
    Hostile("sums", "SELECT * WHERE { FILTER(1" + "+1" * 20_000 + " > 0) }", ANY),
    Hostile("optionals", nested("OPTIONAL {", "}", 3_200), REFUSED),
    Hostile("subqueries", nested("{ SELECT * WHERE ", "}", 2_000, "{}"), REFUSED),
    Hostile("calls", nested("ABS(", ")", 5_000, "1", "SELECT * WHERE { FILTER(%s) }"), REFUSED),
    Hostile("blank nodes", nested("[ <a:p> ", "]", 5_000, "1", "SELECT * WHERE { %s <a:q> 1 }"), REFUSED),
    Hostile("collections", nested("( ", ")", 5_000, "1", "SELECT * WHERE { %s <a:q> 1 }"), REFUSED),
    Hostile("path groups", nested("(", ")", 5_000, "<a:p>", "SELECT * WHERE { ?s %s ?o }"), REFUSED),
    Hostile("path inversions", nested("^", "", 20_000, "<a:p>", "SELECT * WHERE { ?s %s ?o }"), REFUSED | ANY),
    Hostile("path steps", "SELECT * WHERE { ?s " + "<a:p>/" * 15_000 + "<a:p> ?o }", ANY),
    Hostile("triple terms", nested("<<( <a:s> <a:p> ", ")>>", 3_000, "1", "SELECT * WHERE { ?s ?p %s }"), REFUSED),
    Hostile("not exists", nested("FILTER NOT EXISTS {", "}", 2_000), REFUSED),
    Hostile("braces after a hash in an IRI", nested("{", "}", 3_000, "", "SELECT * { BIND(<a:#> AS ?x) %s }"), REFUSED),
    Hostile("braces after a quote", nested("{", "}", 3_000, "", "SELECT * { BIND('\\'' AS ?x) %s }"), REFUSED),
    Hostile("braces after quotes", nested("{", "}", 3_000, "", "SELECT * { BIND('''a'b\"''' AS ?x) %s }"), REFUSED),
    # A less-than and a greater-than sign with no space between them look like an IRI to one who reads only letters.
    Hostile("brackets in a comparison", nested("(", ")", 9_000, "1", "SELECT * { FILTER(1<%s&&2>1) }"), ANY),
    # what an optimiser cannot do
    Hostile("250 patterns, empty graph", f"ASK FROM <a:none> {{ {each('?s <a:#> ?o# .', 250)} }}", ANY),
    Hostile("250 patterns", f"ASK {{ {each('?s ?p# ?o# .', 250)} }}", ANY),
    Hostile("15,000 patterns", f"ASK {{ {'?s ?p ?o.' * 15_000} }}", ANY),
    Hostile("500 optionals", f"SELECT * {{ ?s ?p ?o {each('OPTIONAL { ?s <a:#> ?o# }', 500)} }}", ANY, True),
    # products
    Hostile("product under COUNT", RUNAWAY, OVER),
    Hostile("product under COUNT DISTINCT", f"SELECT (COUNT(DISTINCT *) AS ?n) {{ {PRODUCT} }}", OVER),
    Hostile("product under ORDER BY", f"SELECT * {{ {PRODUCT} }} ORDER BY ?f ?c LIMIT 1", OVER),
    Hostile("product under DISTINCT", f"SELECT DISTINCT ?c ?f {{ {PRODUCT} }}", OVER, True),
    Hostile("product under GROUP BY", f"SELECT ?c ?f (COUNT(*) AS ?n) {{ {PRODUCT} }} GROUP BY ?c ?f", OVER),
    Hostile("product under OFFSET", f"SELECT * {{ {PRODUCT} }} OFFSET 2000000000 LIMIT 1", OVER),
    Hostile("product under MINUS", f"SELECT (COUNT(*) AS ?n) {{ {PRODUCT} MINUS {{ ?a ?b ?f }} }}", OVER),
    Hostile("product of VALUES", f"SELECT (COUNT(*) AS ?n) {{ {each(VALUES, 5)} }}", OVER),
    Hostile("endless rows", ENDLESS, OVER, True),
    Hostile("endless triples", f"CONSTRUCT {{ ?a ?b ?f }} {{ {PRODUCT} }}", OVER | {406}, True),
    Hostile(
        "optional bomb",
        "SELECT (COUNT(*) AS ?n) { ?a ?b ?c OPTIONAL { ?d ?e ?f OPTIONAL { ?g ?h ?i OPTIONAL { ?j ?k ?l } } } }",
        OVER,
    ),
    Hostile(
        "optional bomb, sorted",
        "SELECT * { ?a ?b ?c OPTIONAL { ?d ?e ?f OPTIONAL { ?g ?h ?i } } } ORDER BY ?i ?f ?c",
        OVER,
    ),
    Hostile(
        "paths",
        "SELECT (COUNT(*) AS ?n) { ?a (<a:p>|!<a:p>)* ?b . ?b (<a:p>|!<a:p>)* ?c . ?c (<a:p>|!<a:p>)* ?d }",
        OVER,
    ),
    Hostile("paths of paths", "SELECT (COUNT(*) AS ?n) { ?a ((((<a:p>|!<a:p>)*)*)*)* ?b }", OVER),
    # text
    Hostile(
        "GROUP_CONCAT of a product",
        f"SELECT (GROUP_CONCAT(STR(?c); separator='{'x' * 500}') AS ?t) {{ {PRODUCT} }}",
        OVER,
    ),
    Hostile(
        "GROUP_CONCAT of GROUP_CONCAT",
        "SELECT (GROUP_CONCAT(?t) AS ?u) { ?a ?b ?c { SELECT (GROUP_CONCAT(STR(?p)) AS ?t) { ?s ?p ?o } } }",
        OVER,
    ),
    Hostile("CONCAT doubling", f"SELECT ?k {{ BIND('xxxxxxxxxxxxxxxx' AS ?a) {DOUBLING} }}", OVER),
    Hostile(
        "CONCAT doubling, measured", f"SELECT (STRLEN(?k) AS ?n) {{ BIND('xxxxxxxxxxxxxxxx' AS ?a) {DOUBLING} }}", OVER
    ),
    Hostile(
        "ENCODE_FOR_URI", f"SELECT (STRLEN(?t) AS ?size) {{ BIND('%%%%%%%%%%%%%%%%' AS ?a) {TRIPLING} }}", OVER | {200}
    ),
    Hostile("REPLACE", f"SELECT (STRLEN(?j) AS ?n) {{ BIND('x' AS ?a) {REPLACING} }}", OVER),
    Hostile("regex backtracking", f"SELECT * {{ FILTER(REGEX('{'a' * 5_000}!', '^(a+)+$')) }}", ANY),
    Hostile(
        "regex of a large automaton", "SELECT * { ?s ?p ?o FILTER(REGEX(STR(?o), '((a{0,500}){0,500}){0,500}')) }", ANY
    ),
    Hostile(
        "regex from the data", "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f FILTER(REGEX(STR(?c), STR(?f))) }", OVER
    ),
    # size
    Hostile("100,000 rows of VALUES", f"SELECT (COUNT(*) AS ?n) {{ VALUES ?x {{ {each('#', 100_000)} }} }}", ANY),
    Hostile(
        "20,000 members of IN", f"SELECT (COUNT(*) AS ?n) {{ ?s ?p ?o FILTER(?o IN ({each('#', 20_000, ',')})) }}", ANY
    ),
    Hostile("5,000 variables", f"SELECT * {{ {each('BIND(1 AS ?v#)', 5_000)} }}", ANY),
    Hostile("one long word", "SELECT * { ?" + "v" * 190_000 + " ?p ?o } LIMIT 1", ANY),
    Hostile("everything described", "DESCRIBE ?s ?o { ?s ?p ?o }", ANY | {406}, True),
]


# ---------------------------------------------------------------- requests


CLOSE = "Connection: close"
ASKED = "/sparql?query=ASK%7B%7D"


def request(target: str, *headers: str, method: str = "GET", body: bytes = b"", version: str = " HTTP/1.1") -> bytes:
    lines = [f"{method} {target}{version}", "Host: x", CLOSE, *headers]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1") + body


def posted(*headers: str, body: bytes, kind: str = FORM) -> bytes:
    return request("/sparql", f"Content-Type: {kind}", *headers, method="POST", body=body)


BODY = b"query=ASK%7B%7D"
CHUNKED = "Transfer-Encoding: chunked"
NEXT = b"GET /sparql?query=smuggled HTTP/1.1\r\nHost: x\r\n\r\n"
INJECTED = "%0d%0aX-Evil:%20yes%0d%0a%0d%0a<script>"
BAD = (400,)

MALFORMED: list[tuple[str, bytes, tuple[int, ...]]] = [
    # header injection and escape
    *[
        (f"line break in {path}", request(path + INJECTED, "Accept: text/html"), (400, 404, 406))
        for path in (
            "/sparql?query=ASK%7B%7D&format=",
            "/sparql?query=",
            "/sparql?query=ASK%7B%7D&default-graph-uri=",
            "/graphs?graph=",
            "/id/",
            "/page/id/",
            "/data/",
            "/queries/",
            "/queries/leaders?group=",
            "/queries/pledges?format=",
            "/static/",
            "/no",
        )
    ],
    ("line break in a name that is asked to be echoed", request(ASKED, "X-Request-ID: a%0d%0aX-Evil: yes"), (200, 400)),
    ("markup as the host", request("/sparql", "Accept: text/turtle").replace(b"Host: x", b'Host: "><script>'), BAD),
    ("a path as the host", request("/sparql", "Accept: text/turtle").replace(b"Host: x", b"Host: evil/../x"), BAD),
    # framing: RFC 9112 §6
    ("length and coding", posted("Content-Length: 5", CHUNKED, body=b"0\r\n\r\n" + NEXT), BAD),
    ("coding and length", posted(CHUNKED, "Content-Length: 5", body=b"0\r\n\r\n" + NEXT), BAD),
    ("two lengths", posted("Content-Length: 15", "Content-Length: 3", body=BODY), BAD),
    *[
        (f"length {length!r}", posted(f"Content-Length: {length}", body=BODY + NEXT), (*BAD, 413))
        for length in (
            "abc",
            "-1",
            "+15",
            "0x0f",
            "1e1",
            "15, 3",
            "15.0",
            "9" * 30,
            "1_5",
            "１５".encode().decode("latin-1"),
        )
    ],
    ("length with a space before the colon", posted("Content-Length : 15", body=BODY + NEXT), BAD),
    *[
        (f"coding {coding!r}", posted(f"Transfer-Encoding: {coding}", body=b"0\r\n\r\n" + NEXT), (*BAD, 501))
        for coding in ("xchunked", "gzip, chunked", "chunked, chunked", "identity", "\x0bchunked", "chunked, identity")
    ],
    *[
        (
            f"chunk size {size[:20]!r}",
            posted(CHUNKED, body=size + b"\r\n" + BODY + b"\r\n0\r\n\r\n" + NEXT),
            (*BAD, 413),
        )
        for size in (b"-1", b"0x0f", b"f" * 17, b"zz", b"", b"+f", b"f_", b" f")
    ],
    (
        "a long extension of a chunk",
        posted(CHUNKED, body=b"f;" + b"a" * 100_000 + b"\r\n" + BODY + b"\r\n0\r\n\r\n"),
        (200, *BAD, 413),
    ),
    ("chunk longer than its size", posted(CHUNKED, body=b"5\r\n" + BODY + b"\r\n0\r\n\r\n" + NEXT), BAD),
    (
        "chunks for HTTP/1.0",
        posted(CHUNKED, body=b"f\r\n" + BODY + b"\r\n0\r\n\r\n").replace(b"/1.1", b"/1.0", 1),
        (200, *BAD),
    ),
    # targets
    ("another host as the target", request("http://evil.example/sparql?query=ASK%7B%7D"), (200, 400, 404, 421)),
    ("a target of another scheme", request("ftp://x/sparql"), BAD),
    ("a target without a slash", request("sparql"), BAD),
    ("no target", request(""), BAD),
    ("a target with a space", request("/sparql?query=ASK {}"), BAD),
    *[
        (f"path {path}", request(path, "Accept: text/html"), (303, 308, 400, 404))
        for path in (
            "//evil.example",
            "//evil.example/%2e%2e",
            "/%2f%2fevil.example/",
            "/\\evil.example",
            "/id//evil.example",
            "/id/%2f%2fevil.example",
            "/static/../../../../etc/passwd",
            "/static/..%2f..%2f..%2f..%2fetc%2fpasswd",
            "/static/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
            "/static/%252e%252e%252f%252e%252e%252fetc%252fpasswd",
            "/static/....//....//etc/passwd",
            "/static//etc/passwd",
            "/static/%2fetc%2fpasswd",
            "/static/style.css%00.txt",
            "/page/..%2f..%2fetc%2fpasswd",
            "/data/graph/..%2f..%2fetc%2fpasswd",
            "/queries/..%2fpledges.rq",
            "/queries/%2e%2e%2fpledges",
            "/id/%00",
            "/id/%ff%fe",
            "/id/" + "a/" * 10_000,
            "/id/%",
            "/id/%zz",
        )
    ],
    ("raw bytes in the path", b"GET /id/\xff\xfe HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", (400, 404)),
    ("NUL in the target", b"GET /id/\x00 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", BAD),
    ("a target of 300 KB", request("/sparql?query=" + "a" * 300_000), (400, 414, 431)),
    ("100,000 parameters", request("/sparql?" + "a=b&" * 100_000), (400, 414, 431)),
    ("100,000 separators", request("/sparql?query=ASK%7B%7D" + "&" * 100_000), (200, 400, 414)),
    # headers
    ("a header of 64 KB", request(ASKED, "X-Long: " + "a" * 65_536), (400, 413, 431)),
    ("a header of 5 MB", request(ASKED, "X-Long: " + "a" * 5_000_000), (400, 413, 431)),
    ("5,000 headers", request(ASKED, *(f"X-{n}: a" for n in range(5_000))), (400, 413, 431)),
    ("a header without a colon", request(ASKED, "X-None"), BAD),
    ("a header without a name", request(ASKED, ": x"), BAD),
    ("a header name with a space", request(ASKED, "X Y: x"), BAD),
    ("a folded header", request(ASKED, "X-Folded: a", "  b"), BAD),
    ("NUL in a header", request(ASKED, "X-Nul: a\x00b"), BAD),
    ("a bare carriage return in a header", request(ASKED, "X-Cr: a\rX-Evil: yes"), BAD),
    ("raw bytes in headers", request(ASKED, "Accept: \xff\xfe", "X-Raw: \xff"), (200, 400, 406)),
    ("10,000 types accepted", request(ASKED, "Accept: " + "a/b;q=0.1," * 5_000), (200, 400, 406, 431)),
    ("10,000 codings accepted", request(ASKED, "Accept-Encoding: " + "a;q=0.1," * 6_000), (200, 400, 406, 431)),
    ("10,000 tags", request(ASKED, "If-None-Match: " + '"a", ' * 10_000), (200, 304, 400, 431)),
    ("10,000 ranges", request(ASKED, "Range: bytes=" + "0-0," * 10_000), (200, 206, 400, 416, 431)),
    (
        "a long token",
        request("/graphs?graph=a:b", "Authorization: Bearer " + "a" * 60_000, method="DELETE"),
        (400, 401, 403, 431),
    ),
    (
        "a token in raw bytes",
        request("/graphs?graph=a:b", "Authorization: Bearer \xff\xfe", method="DELETE"),
        (400, 401, 403),
    ),
    ("no token", request("/graphs?graph=a:b", method="DELETE"), (401, 403)),
    (
        "a token of another scheme",
        request("/graphs?graph=a:b", "Authorization: Basic YTpi", method="DELETE"),
        (401, 403),
    ),
    ("an upgrade to a socket", request(ASKED, "Upgrade: websocket", "Sec-WebSocket-Key: x"), (200, 400, 426)),
    ("an upgrade to HTTP/2", request(ASKED, "Upgrade: h2c", "HTTP2-Settings: x"), (200, 400, 426)),
    # methods and versions
    ("an unknown method", request("/sparql", method="BREW"), (405, 501)),
    ("a method in small letters", request(ASKED, method="get"), (400, 405, 501)),
    ("a method of 10 KB", request(ASKED, method="A" * 10_000), (400, 405, 414, 501)),
    ("a method with a bracket", request(ASKED, method="G(T"), BAD),
    ("TRACE", request("/sparql", "X-Evil: yes", method="TRACE"), (405, 501)),
    ("CONNECT", request("evil.example:443", method="CONNECT"), (400, 405, 501)),
    ("HTTP/0.9", b"GET /sparql\r\n\r\n", (400, 505)),
    *[
        (f"version {version!r}", request(ASKED, version=version), (400, 505))
        for version in (
            " HTTP/3.0",
            " HTTP/2.0",
            " HTTP/1.2",
            " HTTP/1.1.1",
            " http/1.1",
            " HTTP/9",
            " HTTPS/1.1",
            " HTTP/1.1 x",
        )
    ],
    ("the preface of HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", (400, 405, 501, 505)),
    ("the hello of TLS", bytes.fromhex("16030100f8010000f40303") + bytes(range(256)) + b"\r\n\r\n", BAD),
    ("the banner of SSH", b"SSH-2.0-OpenSSH_9.0\r\n\r\n", BAD),
    ("bytes of no kind", bytes(range(128, 256)) * 100 + b"\r\n\r\n", (*BAD, 414, 431)),
    ("a megabyte without a line", b"a" * 1_000_000, (*BAD, 414, 431)),
    # bodies
    ("a form of 200,000 fields", posted("Content-Length: 800000", body=b"a=b&" * 200_000), (400, 413)),
    ("a form that is not UTF-8", posted("Content-Length: 19", body=b"query=%ff%fe%c0%80x"), BAD),
    ("a form of raw bytes", posted("Content-Length: 10", body=b"query=\xff\xfe\xc0\x80"), BAD),
    ("a query that is not UTF-8", posted("Content-Length: 8", body=b"ASK {}\xff\xfe", kind=QUERY), BAD),
    ("a query of NULs", posted("Content-Length: 8", body=b"ASK {}\x00\x00", kind=QUERY), BAD),
    ("a query with half a surrogate", request("/sparql?query=ASK%7B%7D%23%ed%a0%80"), BAD),
    ("an escape beyond Unicode", request("/sparql?query=ASK%7B%3Chttp://a/%5CU00110000%3E%20?p%20?o%7D"), BAD),
    (
        "a form of 10,000 parts",
        posted("Content-Length: 50000", body=b"--x\r\n" * 10_000, kind="multipart/form-data; boundary=x"),
        (400, 413, 415),
    ),
    ("a long type", posted("Content-Length: 15", body=BODY, kind="a/" + "b" * 50_000), (400, 415, 431)),
    (
        "a type of many parameters",
        posted("Content-Length: 15", body=BODY, kind=FORM + ";a=b" * 10_000),
        (200, 400, 415, 431),
    ),
]


# ---------------------------------------------------------------- uploads


LAUGHS = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
RDF = '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:p="a:"><rdf:Description rdf:about="a:s">'
END = "</rdf:Description></rdf:RDF>"
NS = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#"
UPLOADS: list[tuple[str, str, str]] = [
    ("billion laughs", RDFXML, f'<!DOCTYPE r [<!ENTITY a0 "ha">{LAUGHS}]>{RDF}<p:p>&a9;</p:p>{END}'),
    (
        "billion laughs in an attribute",
        RDFXML,
        f'<!DOCTYPE r [<!ENTITY a0 "ha">{LAUGHS}]>{RDF}<p:p rdf:resource="&a9;"/>{END}',
    ),
    (
        "quadratic blow-up",
        RDFXML,
        f'<!DOCTYPE r [<!ENTITY a "{"a" * 100_000}">]>{RDF}<p:p>{"&a;" * 100_000}</p:p>{END}',
    ),
    ("entities in a circle", RDFXML, f'<!DOCTYPE r [<!ENTITY a "&b;"><!ENTITY b "&a;">]>{RDF}<p:p>&a;</p:p>{END}'),
    ("nested elements", RDFXML, RDF + "<p:p><rdf:Description>" * 50_000),
    ("nested blank nodes", TURTLE, "<a:s> <a:p> " + "[ <a:p> " * 200_000),
    ("nested collections", TURTLE, "<a:s> <a:p> " + "( " * 200_000),
    ("nested triple terms", TURTLE, "<a:s> <a:p> " + "<<( <a:s> <a:p> " * 100_000),
    ("nested arrays", JSONLD, '{"@id": "a:s", "a:p": ' + "[" * 200_000),
    ("nested objects", JSONLD, '{"a:p": ' * 100_000 + "1" + "}" * 100_000),
    ("nested contexts", JSONLD, '{"@context": ' * 100_000 + "{}" + "}" * 100_000),
    ("a text that does not end", TURTLE, '<a:s> <a:p> """' + "a" * 1_000_000),
    ("nothing that is RDF", NTRIPLES, "a" * 1_000_000),
    ("100,000 prefixes", TURTLE, "".join(f"@prefix p{n}: <a:{n}> .\n" for n in range(100_000)) + "!"),
]

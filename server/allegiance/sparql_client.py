"""Another SPARQL engine as this service's own: any that speaks the SPARQL 1.1 Protocol (design §7).

What is asked is checked here first, against an empty store, so that a mistake is answered alike over every engine. What
comes back is parsed and serialised anew: every format is to be had whatever the other engine offers, and an answer that
is HTML, a redirection, or broken off is never passed on as if it were one. Runs in the boxed workers alone
(allegiance.worker), which bound time, memory and size; connections are kept open between queries.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence
from typing import IO, Any, cast

import pyoxigraph as ox
import requests
import requests.adapters
import requests.auth
import urllib3.exceptions
import urllib3.util

from allegiance.engine import Engine, kind_of, text_of
from allegiance.errors import UsageError, readable
from allegiance.remote import Remote
from allegiance.syntax import masked, names_its_graphs

CONNECT_SECONDS = 2.0
_RESULTS = "application/sparql-results+json"
_TRIPLES = {
    "application/n-triples": ox.RdfFormat.N_TRIPLES,
    "text/ntriples": ox.RdfFormat.N_TRIPLES,
    "text/turtle": ox.RdfFormat.TURTLE,
}
_GRAPH = "application/n-triples, text/ntriples;q=0.9, text/turtle;q=0.5"
_BUFFER = 1 << 16
_SILENT = "The engine behind this service does not answer: try again shortly."
_NOWHERE = "urn:x-allegiance:no-graph"
_FROM = re.compile(r"(?<![\w?$:@-])FROM\s+(?:NAMED\s+)?(?:\x01+|[\w.-]*:[\w.:%-]*)", re.IGNORECASE)
_UNBOUND = re.compile(r"VALUES\s+[?$]\w+\s*\{\s*UNDEF\s*\}", re.IGNORECASE)
_EVERYTHING = re.compile(r"SELECT\s+(?:DISTINCT\s+|REDUCED\s+)?\*", re.IGNORECASE)


def session(remote: Remote, retries: int = 1) -> requests.Session:
    """A session with the credentials, which follows nothing and reads no environment.

    UsageError where the secret cannot be read.
    """
    made = requests.Session()
    made.trust_env = False
    made.auth = _credentials(remote)
    # Asked again where nothing of an answer has come; a query changes nothing, so that this is safe.
    again = urllib3.util.Retry(
        total=retries, connect=retries, read=retries, status=0, redirect=0, backoff_factor=0.1, allowed_methods=None
    )
    adapter = requests.adapters.HTTPAdapter(max_retries=again)
    made.mount("http://", adapter)
    made.mount("https://", adapter)
    return made


def _credentials(remote: Remote) -> Any:
    if remote.auth == "none" or remote.secret is None:
        return None
    secret = readable(remote.secret).strip()
    if remote.auth == "bearer":
        return _Bearer(secret)
    user, colon, password = secret.partition(":")
    if not colon:
        raise UsageError(f"{remote.secret} holds no user:password; write one line of that form.")
    kind = requests.auth.HTTPDigestAuth if remote.auth == "digest" else requests.auth.HTTPBasicAuth
    return kind(user, password)


class _Bearer(requests.auth.AuthBase):
    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


class RemoteFailure(Exception):
    """The other engine did not do what it should; one sentence for the client, `detail` for the log."""

    def __init__(self, sentence: str, detail: str = "") -> None:
        super().__init__(sentence)
        self.sentence, self.detail = sentence, detail or sentence


class RemoteUnavailable(RemoteFailure):
    """It does not answer, or has no time."""


class RemoteBroken(RemoteFailure):
    """Its answer is none."""


class RemoteRefused(RemoteFailure):
    """It cannot evaluate a query that is one."""


def portable(query: str) -> str:
    """A query without the blocks VALUES ?x { UNDEF }, which bind nothing and which some engines take for no row."""
    hidden = masked(query)
    if _EVERYTHING.search(hidden):
        return query
    for match in reversed(list(_UNBOUND.finditer(hidden))):
        query = query[: match.start()] + query[match.end() :]
    return query


def without_from(query: str) -> str:
    """A query without its FROM and FROM NAMED clauses."""
    for match in reversed(list(_FROM.finditer(masked(query)))):
        query = query[: match.start()] + " " + query[match.end() :]
    return query


class RemoteEngine:
    """Queries to another engine."""

    def __init__(self, remote: Remote, graphs: Sequence[str], seconds: float) -> None:
        """`graphs` are the named graphs of the dataset, `seconds` is how long a query may go without a byte."""
        self._remote, self._graphs, self._seconds = remote, list(graphs), seconds
        self._session = session(remote)
        self._empty = Engine.in_memory()

    def close(self) -> None:
        """Close what is open: an engine gives a thread to each connection that is kept."""
        self._session.close()

    def check(self, text: str) -> str:
        """The kind of answer a query has: "solutions", "boolean" or "graph"; QuerySyntaxError where it is none.

        Evaluates it over nothing. The caller sees to it that no socket can be opened meanwhile.
        """
        return kind_of(self._empty.query(text))

    def results(
        self, text: str, kind: str, *, default_graphs: Sequence[str] = (), named_graphs: Sequence[str] = ()
    ) -> ox.QuerySolutions | ox.QueryBoolean:
        """Evaluate a SELECT or ASK there ("solutions" or "boolean"); RemoteFailure, also while rows are read."""
        media_type, body = self._ask(text, _RESULTS, default_graphs, named_graphs)
        if media_type not in (_RESULTS, "application/json"):
            raise broken(f"results as {media_type or 'nothing'}")
        try:
            answer = ox.parse_query_results(input=body, format=ox.QueryResultsFormat.JSON)
        except (SyntaxError, ValueError, OSError) as error:
            raise broken(str(error)) from None
        if kind == "boolean" and isinstance(answer, ox.QuerySolutions):
            return _virtuoso_boolean(answer)
        if kind_of(answer) != kind:
            raise broken(f"{kind_of(answer)} where {kind} was asked for")
        return answer

    def graph(
        self, text: str, *, default_graphs: Sequence[str] = (), named_graphs: Sequence[str] = ()
    ) -> Iterator[ox.Triple]:
        """Evaluate a CONSTRUCT or DESCRIBE there; RemoteFailure, also while triples are read."""
        media_type, body = self._ask(text, _GRAPH, default_graphs, named_graphs)
        if media_type not in _TRIPLES:
            raise broken(f"a graph as {media_type or 'nothing'}")
        return _triples(body, _TRIPLES[media_type])

    def _ask(
        self, text: str, accept: str, default_graphs: Sequence[str], named_graphs: Sequence[str]
    ) -> tuple[str, IO[bytes]]:
        if default_graphs or named_graphs:
            # What the protocol says outweighs the query (SPARQL 1.1 Protocol §2.1.4), and the part of the dataset that
            # it leaves out is empty: engines differ in both.
            text = without_from(text)
            default_graphs, named_graphs = default_graphs or [_NOWHERE], named_graphs or [_NOWHERE]
        elif not self._remote.union and not names_its_graphs(text):
            default_graphs = named_graphs = self._graphs
        form = [("query", portable(text))]
        form += [("default-graph-uri", graph) for graph in default_graphs]
        form += [("named-graph-uri", graph) for graph in named_graphs]
        try:
            response = self._session.post(
                self._remote.query,
                data=form,
                headers={"Accept": accept, "Accept-Encoding": "gzip, identity"},
                timeout=(CONNECT_SECONDS, self._seconds),
                stream=True,
                allow_redirects=False,
            )
        except requests.exceptions.RequestException as error:
            raise RemoteUnavailable(_SILENT, f"{type(error).__name__}: {error}") from None
        if response.status_code != 200:
            raise _failure(response)
        media_type = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        return media_type, cast(IO[bytes], io.BufferedReader(_Body(response), _BUFFER))


def _failure(response: requests.Response) -> RemoteFailure:
    status = response.status_code
    said = " ".join(response.raw.read(2000, decode_content=True).decode(errors="replace").split())[:300]
    response.close()
    detail = f"status {status}: {said}"
    if status == 400:
        return RemoteRefused("The engine behind this service cannot evaluate that: write it otherwise.", detail)
    if status in (429, 502, 503, 504):
        return RemoteUnavailable(_SILENT, detail)
    if status in (408, 500):
        return RemoteBroken("The engine behind this service could not evaluate the query: narrow it.", detail)
    return broken(detail)


def broken(detail: str) -> RemoteBroken:
    """The failure of an engine whose answer is none."""
    return RemoteBroken("The engine behind this service gave no proper answer.", detail)


class _Body(io.RawIOBase):
    """The body of a response as a file; what breaks off is RemoteBroken, not an end."""

    def __init__(self, response: requests.Response) -> None:
        self._response = response

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        try:
            data = self._response.raw.read(len(buffer), decode_content=True)
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise OSError(f"broken off: {error}") from None
        buffer[: len(data)] = data
        return len(data)


def _virtuoso_boolean(answer: ox.QuerySolutions) -> ox.QuerySolutions | ox.QueryBoolean:
    """Virtuoso 7 answers ASK with a table of one number, or of no row."""
    if [variable.value for variable in answer.variables] != ["__ASK_RETVAL"]:
        raise broken("solutions where boolean was asked for")
    yes = any(text_of(value) == "1" for row in answer for value in row if value is not None)
    return ox.parse_query_results(f'{{"head":{{}},"boolean":{str(yes).lower()}}}', format=ox.QueryResultsFormat.JSON)


def _triples(body: IO[bytes], form: ox.RdfFormat) -> Iterator[ox.Triple]:
    try:
        for quad in ox.parse(input=body, format=form):
            yield quad.triple
    except (SyntaxError, ValueError, OSError) as error:
        raise broken(str(error)) from None

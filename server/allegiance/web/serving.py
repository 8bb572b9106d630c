"""What is served now: a version of the dataset, its workers and cached answers, and how another takes its place."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Iterable, Iterator

import gevent
from gevent import subprocess
from gevent.lock import RLock

from allegiance import terms
from allegiance.dataset import Dataset, built, current, has_writes
from allegiance.errors import UsageError
from allegiance.pool import Pool
from allegiance.search import Index
from allegiance.sources import Words
from allegiance.web.cache import AnswerCache
from allegiance.web.limiter import Limiter
from allegiance.web.metrics import Metrics
from allegiance.web.settings import Settings

log = logging.getLogger("allegiance")

_LOOK_SECONDS = 1.0
"""How often the folder is looked at for a version that a build has put there."""


class Serving:
    """The version that is served, with what belongs to it. Greenlets of one thread only."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.metrics = Metrics()
        self.cache = AnswerCache(settings.cache_bytes)
        self.limiter = Limiter(settings.rate_limit) if settings.rate_limit else None
        self.passages = Words(settings.root, settings.sources) if settings.sources is not None else None
        # Browsers ask each time whether their copy is still right; a shared cache may be told to wait with that.
        shared = settings.shared_cache_seconds
        self.freshness = f"public, max-age=0, s-maxage={shared}" if shared else "no-cache"
        self._in_step = RLock()
        self._refused = ""
        self._base = settings.base_url.encode()
        self._own = terms.W3ID.encode()
        self._built = ""
        self._settle()
        self._open(current(settings.store))
        self.metrics.gauge("queries_waiting", "Queries that wait for a worker", lambda: self.pool.admission.waiting)
        self.metrics.gauge("workers_busy", "Workers in use", lambda: self.pool.admission.busy)
        self.metrics.gauge("workers", "Workers", lambda: settings.workers)
        self.metrics.gauge("cache_bytes", "Bytes of cached answers", lambda: self.cache.size)
        self.metrics.gauge("cache_hits", "Answers taken from the cache", lambda: self.cache.hits)
        self.metrics.gauge("cache_misses", "Answers not in the cache", lambda: self.cache.misses)

    def _open(self, dataset: Dataset) -> None:
        settings = self.settings
        pool = Pool(dataset, settings.workers, settings.limits, settings.engine, self.metrics.killed, settings.remote)
        index = Index.open(dataset.search)
        self.dataset, self.version, self.pool, self.index = dataset, dataset.version, pool, index
        self.statistics = dataset.statistics
        self.cache.clear()
        self.metrics.swapped(dataset.version)

    def _settle(self) -> None:
        """Put what was written over what was built, where the build is another or the service begins."""
        store, root = self.settings.store, self.settings.root
        found = built(store)
        if found == self._built or not has_writes(store):
            self._built = found
            return
        arguments = ["writes", "restore", "--store", str(store), "--data", str(root)]
        process = subprocess.Popen(
            [sys.executable, "-m", "allegiance.cli", *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        )
        _, said = process.communicate()
        if process.returncode:
            raise UsageError(said.decode(errors="replace").strip())
        self._built = found

    @property
    def ready(self) -> bool:
        """Whether queries can be answered."""
        return self.pool.ready

    def swap(self) -> None:
        """Serve the folder's current version, if it is another; requests under way end on the one they began with."""
        with self._in_step:
            self._settle()
            found = current(self.settings.store)
            if found.version == self.version:
                return
            pool, index = self.pool, self.index
            remote = self.settings.remote
            # While the one engine is loaded with the new version it holds neither whole.
            pool.paused = remote is not None and bool(remote.graph_store)
            try:
                self._open(found)
            finally:
                pool.paused = False
            pool.retire()
            index.close()
            log.info("serving another version", extra={"version": self.version})

    def reload(self) -> None:
        """Swap where there is another version; what cannot be opened leaves the present one in place."""
        try:
            self.swap()
            self._refused = ""
        except (UsageError, OSError, ValueError) as error:
            if str(error) != self._refused:
                log.error("the new version cannot be served: %s", error)
            self._refused = str(error)

    def watch(self) -> None:
        """Look for a new version and for workers that are gone from time to time, forever."""
        while True:
            gevent.sleep(_LOOK_SECONDS)
            self.reload()
            self.pool.sweep()

    # ------------------------------------------------------------ IRIs under another base

    def incoming(self, text: str) -> str:
        """A query or IRI with the canonical base where it has the local one."""
        return text.replace(self.settings.base_url, terms.W3ID) if self._base else text

    def outgoing(self, data: bytes) -> bytes:
        """A serialised answer with the local base where it has the canonical one."""
        return data.replace(self._own, self._base) if self._base else data

    def canonical(self, data: bytes) -> bytes:
        """What `outgoing` has rewritten, as it was: what pages are made of, whose links are local paths."""
        return data.replace(self._base, self._own) if self._base else data

    def outgoing_stream(self, chunks: Iterable[bytes]) -> Iterable[bytes]:
        """The same for an answer in chunks, which may end in the middle of an IRI."""
        return self._rewritten(chunks) if self._base else chunks

    def _rewritten(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        held = b""
        try:
            for chunk in chunks:
                held = (held + chunk).replace(self._own, self._base)
                keep = _begun(held, self._own)
                if len(held) > keep:
                    yield held[: len(held) - keep]
                held = held[len(held) - keep :]
            yield held
        finally:
            close = getattr(chunks, "close", None)
            if close is not None:
                close()

    def close(self) -> None:
        """End the workers."""
        self.pool.close()


def _begun(data: bytes, word: bytes) -> int:
    """How many bytes at the end of some data may be the beginning of a word."""
    for size in range(min(len(word) - 1, len(data)), 0, -1):
        if data.endswith(word[:size]):
            return size
    return 0


_HOST = re.compile(r"[A-Za-z0-9.-]+(:\d+)?|\[[0-9A-Fa-f:.]+\](:\d+)?")


def address(environ: dict[str, object], settings: Settings) -> str:
    """The address that the service was asked at, ending in a slash; never more of the request than a host name."""
    if settings.base_url:
        return settings.base_url
    host = str(environ.get("HTTP_HOST", ""))
    if not _HOST.fullmatch(host):
        host = f"{environ['SERVER_NAME']}:{environ['SERVER_PORT']}"
    return f"{environ['wsgi.url_scheme']}://{host}/"

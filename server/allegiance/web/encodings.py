"""Content codings: which one a client takes, and how a body is put into it (RFC 9110 §8.4.1, §12.5.3)."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any, NamedTuple, Protocol

import zstandard
from werkzeug.datastructures import Accept
from werkzeug.http import parse_accept_header

from allegiance.web.replies import HttpError

CODINGS = ("zstd", "gzip")
SMALLEST = 600
"""Bytes below which a whole body is not worth coding."""
_GZIP_LEVEL, _ZSTD_LEVEL = 1, 1
_GZIP_WINDOW = 31
_TYPES = ("text/", "application/json", "application/ld+json", "application/n-triples", "application/rdf+xml",
          "application/sparql-results", "application/openapi", "application/javascript", "application/xml")  # fmt: skip


class _Coder(Protocol):
    def compress(self, data: bytes, /) -> bytes: ...


class Coding(NamedTuple):
    """What a body is to be put into: zstd, gzip or nothing; `needed` where the client does not take it as it is."""

    name: str
    needed: bool

    @property
    def tag(self) -> str:
        """What tells an entity in this coding from the others; short bodies stay as they are unless it is needed."""
        return f"{self.name}-only" if self.needed else self.name

    def suits(self, size: int) -> bool:
        """Whether a whole body of so many bytes is to be coded."""
        return bool(self.name) and (self.needed or size >= SMALLEST)


@lru_cache(maxsize=512)
def choose(accept_encoding: str | None) -> Coding:
    """The best coding for an Accept-Encoding header; HttpError 406 where none will do."""
    if not accept_encoding:
        return Coding("", False)
    quality = {name.lower(): q for name, q in parse_accept_header(accept_encoding, Accept)}
    rest = quality.get("*")
    usable = {coding: quality.get(coding, rest if rest is not None else 0) for coding in CODINGS}
    best = max(CODINGS, key=lambda coding: usable[coding])
    plain = quality.get("identity", rest if rest is not None else 1)
    if usable[best] > 0 and usable[best] >= (plain if "identity" in quality else 0):
        return Coding(best, plain <= 0)
    if plain > 0:
        return Coding("", False)
    raise HttpError(406, f"No coding that is accepted is offered; there are {', '.join(CODINGS)} and identity.")


def codable(content_type: str | None) -> bool:
    """Whether a body of this type gets smaller by coding."""
    return content_type is not None and content_type.startswith(_TYPES)


def _coder(coding: str) -> Any:
    if coding == "gzip":
        return zlib.compressobj(_GZIP_LEVEL, wbits=_GZIP_WINDOW)
    return zstandard.ZstdCompressor(level=_ZSTD_LEVEL).compressobj()


def whole(body: bytes, coding: str) -> bytes:
    """A body in a coding."""
    coder = _coder(coding)
    coded: bytes = coder.compress(body) + coder.flush()
    return coded


def stream(chunks: Iterable[bytes], coding: str) -> Iterator[bytes]:
    """Chunks in a coding; each can be decoded as soon as it has arrived."""
    coder = _coder(coding)
    block = zlib.Z_SYNC_FLUSH if coding == "gzip" else zstandard.COMPRESSOBJ_FLUSH_BLOCK
    try:
        for chunk in chunks:
            yield coder.compress(chunk) + coder.flush(block)
        yield coder.flush()
    finally:
        close = getattr(chunks, "close", None)
        if close is not None:
            close()

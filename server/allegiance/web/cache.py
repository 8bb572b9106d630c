"""Answers kept for as long as their version is served, up to a budget of bytes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from cachetools import LRUCache

Headers = list[tuple[str, str]]
_SHARE = 16
"""One answer may take this part of the budget, so that a long one does not push out the many short ones."""
_OVERHEAD = 500


class AnswerCache:
    """Bodies with the headers that describe them, by entity tag, which names version, query, format and coding."""

    def __init__(self, budget: int) -> None:
        self.hits = self.misses = 0
        self._largest = budget // _SHARE
        self._kept: LRUCache[str, tuple[Headers, bytes]] = LRUCache(max(budget, 1), getsizeof=_size)

    @property
    def size(self) -> int:
        """Bytes in use."""
        return int(self._kept.currsize)

    def get(self, etag: str) -> tuple[Headers, bytes] | None:
        """The answer with a tag."""
        found: tuple[Headers, bytes] | None = self._kept.get(etag)
        if found is None:
            self.misses += 1
        else:
            self.hits += 1
        return found

    def put(self, etag: str, headers: Headers, body: bytes) -> None:
        """Keep an answer, where it is not too large."""
        if len(body) + _OVERHEAD <= self._largest:
            self._kept[etag] = (headers, body)

    def fill(self, etag: str, headers: Headers, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """Hand chunks on, and keep them when they have all come."""
        kept: bytearray | None = bytearray()
        try:
            for chunk in chunks:
                if kept is not None:
                    kept += chunk
                    if len(kept) > self._largest:
                        kept = None
                yield chunk
        finally:
            close = getattr(chunks, "close", None)
            if close is not None:
                close()
        if kept is not None:
            self.put(etag, headers, bytes(kept))

    def clear(self) -> None:
        """Forget everything, since another version is served."""
        self._kept.clear()


def _size(kept: tuple[Headers, bytes]) -> int:
    return len(kept[1]) + _OVERHEAD

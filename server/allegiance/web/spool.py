"""Between a worker that produces an answer and a client that may be slow to take it.

A worker is dear and a slow client is free to be slow: so the answer is taken from the worker as fast as it comes, kept
in memory up to a bound, and beyond that in a file without a name.
"""

from __future__ import annotations

import tempfile
from collections import deque
from collections.abc import Generator, Iterator
from typing import IO

import gevent
from gevent.event import Event

AHEAD = 1 << 20
"""Bytes the producer may be ahead of the client in memory."""
PATIENCE = 0.5
"""Seconds that the producer waits for the client before it goes on into a file."""
_PIECE = 1 << 16


class Spool:
    """Iterates over the chunks of a producer, which runs in a greenlet of its own and is stopped by close()."""

    def __init__(self, chunks: Generator[bytes, None, None]) -> None:
        self._chunks = chunks
        self._ahead: deque[bytes] = deque()
        self._size = self._written = self._read = 0
        self._file: IO[bytes] | None = None
        self._more, self._room = Event(), Event()
        self._done = False
        self._failure: Exception | None = None
        self._greenlet = gevent.spawn(self._produce)

    def _produce(self) -> None:
        try:
            for chunk in self._chunks:
                self._take(chunk)
                self._more.set()
        except Exception as error:  # Raised again where the chunks are taken out.
            self._failure = error
        finally:
            self._chunks.close()
            self._done = True
            self._more.set()

    def _take(self, chunk: bytes) -> None:
        if self._file is None and self._size > AHEAD:
            self._room.clear()
            if not self._room.wait(PATIENCE):
                self._file = tempfile.TemporaryFile(prefix="allegiance-")  # noqa: SIM115 - closed by close()
        if self._file is None:
            self._ahead.append(chunk)
            self._size += len(chunk)
        else:
            self._file.seek(self._written)
            self._file.write(chunk)
            self._written += len(chunk)

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        while True:
            if self._ahead:
                chunk = self._ahead.popleft()
                self._size -= len(chunk)
                self._room.set()
                return chunk
            if self._file is not None and self._read < self._written:
                self._file.seek(self._read)
                chunk = self._file.read(min(_PIECE, self._written - self._read))
                self._read += len(chunk)
                return chunk
            if self._done:
                if self._failure is not None:
                    raise self._failure
                raise StopIteration
            self._more.clear()
            self._more.wait()

    def close(self) -> None:
        """Give the answer up, or what is left of it."""
        self._greenlet.kill()
        if self._file is not None:
            self._file.close()

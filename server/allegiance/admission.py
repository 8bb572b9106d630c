"""Who gets a worker next: a bounded queue, fair between clients.

Clients wait in a queue each, and the queues take turns, so that one client with a hundred requests delays another by
one request and not by a hundred. A client that keeps all workers but one busy with long queries gets the last one for a
short while only, so that there is always a worker that comes free soon.
"""

from __future__ import annotations

import time
from collections import Counter, OrderedDict, deque
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from gevent import Timeout
from gevent.event import AsyncResult

T = TypeVar("T")

LONG_SECONDS = 1.0
"""A query that has run for longer is a long one."""


class QueueFull(Exception):
    """So many wait already that another would not be served in time."""


class TooManyWaiting(Exception):
    """This client has as many requests waiting as one client may."""


class WaitedTooLong(Exception):
    """No worker came free in time."""


@dataclass(eq=False)
class Grant(Generic[T]):
    """A worker for a client; `brief` where the client's other queries leave it a short while only."""

    worker: T
    client: str
    brief: bool
    since: float = field(default_factory=time.monotonic)


class Admission(Generic[T]):
    """Workers to be had, and those who wait for one. Greenlets of one thread only."""

    def __init__(self, size: int, queue: int, share: int) -> None:
        self._size, self._queue, self._share = size, queue, share
        self._idle: deque[T] = deque()
        self._waiting: OrderedDict[str, deque[AsyncResult[T]]] = OrderedDict()
        self._held: list[Grant[T]] = []
        self._counts: Counter[str] = Counter()

    @property
    def waiting(self) -> int:
        """How many wait."""
        return self._counts.total()

    @property
    def busy(self) -> int:
        """How many workers are in use."""
        return len(self._held)

    def acquire(self, client: str, seconds: float) -> Grant[T]:
        """A worker, at once or within so many seconds; QueueFull, TooManyWaiting or WaitedTooLong."""
        worker = self._idle.pop() if self._idle else self._wait(client, seconds)
        now = time.monotonic()
        long_ones = sum(held.client == client and now - held.since > LONG_SECONDS for held in self._held)
        grant = Grant(worker, client, brief=long_ones >= max(self._size - 1, 1))
        self._held.append(grant)
        return grant

    def _wait(self, client: str, seconds: float) -> T:
        if self.waiting >= self._queue:
            raise QueueFull
        if self._counts[client] >= self._share:
            raise TooManyWaiting
        turn: AsyncResult[T] = AsyncResult()
        self._waiting.setdefault(client, deque()).append(turn)
        self._counts[client] += 1
        try:
            worker: T = turn.get(timeout=seconds)
            return worker
        except Timeout:
            if turn.ready():  # It came in the very moment.
                worker = turn.get()
                return worker
            self._forget(client, turn)
            raise WaitedTooLong from None
        except BaseException:
            # Given up (the client has left): a worker that was handed over in the meantime goes to the next.
            if turn.ready():
                self.add(turn.get())
            else:
                self._forget(client, turn)
            raise

    def _forget(self, client: str, turn: AsyncResult[T]) -> None:
        self._waiting[client].remove(turn)
        self._drop(client)

    def _drop(self, client: str) -> None:
        self._counts[client] -= 1
        if not self._waiting[client]:
            del self._waiting[client], self._counts[client]

    def release(self, grant: Grant[T], worker: T) -> None:
        """Give a worker back, or the one that takes its place."""
        self._held.remove(grant)
        self.add(worker, new=worker is not grant.worker)

    def add(self, worker: T, new: bool = False) -> None:
        """Let a worker be had: by the client whose turn it is, or later; a new one after those that have worked.

        A new worker answers slowly at first, since it has to copy what it touches of the dataset.
        """
        if not self._waiting:
            self._idle.appendleft(worker) if new else self._idle.append(worker)
            return
        client, turns = next(iter(self._waiting.items()))
        turn = turns.popleft()
        self._waiting.move_to_end(client)
        self._drop(client)
        turn.set(worker)

    def withdraw(self, worker: T) -> None:
        """Let an idle worker no longer be had."""
        self._idle.remove(worker)

    def idle(self) -> list[T]:
        """The workers that nobody uses."""
        return list(self._idle)

"""A server under watch: its processes, memory, descriptors, processor time and log, and whether it is unharmed."""

from __future__ import annotations

import contextlib
import itertools
import time
from collections.abc import Callable

import psutil

from conftest import Server
from http_client import ALG, ANOTHER, CSV, query_path, step

_ROOM = 150 << 20
"""Bytes that the processes may hold above what they held at the start: caches, and what allocators keep."""
_DESCRIPTORS = 4
"""Descriptors above those at the start: connections that are about to be closed."""
_SETTLE_SECONDS = 8.0


class Watched:
    """A server with what it was like at the start."""

    def __init__(self, server: Server) -> None:
        self.server, self._asked = server, itertools.count()
        self._main = psutil.Process(server.process.pid)
        for _ in range(4):
            self.point_query()
        self._workers = len(self.workers())
        assert self._workers > 0
        self._memory, self._descriptors = self.memory(), self.descriptors()
        self._logged = 0

    def processes(self) -> list[psutil.Process]:
        """The server and all below it."""
        return [self._main, *self._main.children(recursive=True)]

    def workers(self) -> list[psutil.Process]:
        """The processes that evaluate queries: the children of a child."""
        found = []
        for process in self._main.children(recursive=True):
            with contextlib.suppress(psutil.NoSuchProcess):
                if process.ppid() != self._main.pid and process.status() != psutil.STATUS_ZOMBIE:
                    found.append(process)
        return found

    def memory(self) -> int:
        """Resident bytes, those that processes share counted once."""
        return self._sum(lambda process: int(process.memory_full_info().pss))

    def descriptors(self) -> int:
        """Open files and sockets."""
        return self._sum(lambda process: int(process.num_fds()))

    def processor_seconds(self) -> float:
        """Processor time that the processes there are have taken."""
        return self._sum(lambda process: sum(process.cpu_times()[:2]))

    def _sum(self, of: Callable[[psutil.Process], float]) -> int:
        total = 0.0
        for process in self.processes():
            with contextlib.suppress(psutil.NoSuchProcess, psutil.ZombieProcess):
                total += of(process)
        return total  # type: ignore[return-value]

    def busy(self, seconds: float = 0.5) -> float:
        """The share of a processor that they take just now; more than 1 where they take several."""
        before = self._times()
        time.sleep(seconds)
        after = self._times()
        return sum(after[pid] - before.get(pid, 0.0) for pid in after) / seconds

    def _times(self) -> dict[int, float]:
        times = {}
        for process in self.processes():
            with contextlib.suppress(psutil.NoSuchProcess):
                times[process.pid] = sum(process.cpu_times()[:2])
        return times

    def point_query(self) -> None:
        """Another client asks something that no cache holds, and is answered at once."""
        text = f"ASK {{ ?s a <{ALG}Person> }} # {next(self._asked)}"
        answer = step(self.server, query_path(text), accept=CSV, timeout=2, source=ANOTHER)
        assert (answer.status, answer.text.strip()) == (200, "true")

    def check(self) -> None:
        """AssertionError where the server is not what it was at the start, or has logged a failure of its own.

        What one attack has left behind is told once and not again after each that follows.
        """
        self.point_query()
        assert self.server.process.poll() is None
        workers = settled(lambda: len(self.workers()), lambda found: found == self._workers)
        descriptors = settled(self.descriptors, lambda found: found <= self._descriptors + _DESCRIPTORS)
        memory = settled(self.memory, lambda found: found <= self._memory + _ROOM)
        log = self.server.log[self._logged :]
        self._logged += len(log)
        harm = []
        if workers != self._workers:
            harm.append(f"{workers} workers in place of {self._workers}")
            self._workers = workers
        if descriptors > self._descriptors + _DESCRIPTORS:
            harm.append(f"{descriptors} descriptors in place of {self._descriptors}")
            self._descriptors = descriptors
        if memory > self._memory + _ROOM:
            harm.append(f"{memory >> 20} MiB in place of {self._memory >> 20}")
            self._memory = memory
        if "Traceback" in log:
            harm.append(log[log.index("Traceback") :][:3000])
        assert not harm, "; ".join(harm)
        self.point_query()


def settled(measure: Callable[[], int], good: Callable[[int], bool]) -> int:
    """A measure when it is good, or after a while, since what was killed takes a moment to go."""
    end = time.monotonic() + _SETTLE_SECONDS
    while not good(found := measure()) and time.monotonic() < end:
        time.sleep(0.05)
    return found

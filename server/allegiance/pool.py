"""Bounded evaluation: queries run in processes forked from one that has loaded the dataset once (allegiance.worker).

The server enforces wall time and size of the answer, notices when the client has left, and kills and replaces a worker
that overruns. Who gets a worker when is a matter of allegiance.admission. All of it runs in greenlets of one thread.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from typing import Any

from gevent import select, socket
from gevent.lock import RLock

from allegiance.admission import LONG_SECONDS, Admission, Grant, QueueFull, TooManyWaiting, WaitedTooLong
from allegiance.dataset import Dataset
from allegiance.engine import QuerySyntaxError
from allegiance.errors import UsageError
from allegiance.remote import Remote
from allegiance.worker import (
    DATA,
    ELSEWHERE,
    END,
    FAILED,
    HEADER,
    LENGTH,
    NO_FORMAT,
    OTHER,
    PID,
    READY,
    SILENT,
    SYNTAX,
    receive,
)

_RECEIVE = 1 << 17
_PATIENCE = 0.05
"""Seconds before a query is watched for its client leaving."""
_COURTESY = 0.25
"""Seconds after which a query yields the processor to younger ones."""
_AT_ONCE = 0.05
"""Seconds within which a query hardly takes the memory it may have: a worker that dies so soon was killed."""
_NICENESS = 10
_encode = json.JSONEncoder(check_circular=False).encode
ENGINES = ("memory", "disk", "remote")
_BREATH = 1.0
"""Seconds for which another engine that did not answer is not asked again."""
log = logging.getLogger("allegiance")


class QueryTimeout(Exception):
    """The query took longer than it may: so many seconds."""

    def __init__(self, seconds: float, brief: bool) -> None:
        super().__init__(seconds)
        self.seconds, self.brief = seconds, brief


class QueryTooLarge(Exception):
    """The answer is larger than it may be."""


class WorkerLost(Exception):
    """The worker died: the query needed more memory than it may have."""


class _Orphaned(Exception):
    """The worker died before the query can have been the reason."""


class EngineFailed(Exception):
    """Another engine, which holds the dataset, failed: one sentence for the client."""


class EngineUnavailable(EngineFailed):
    """It does not answer, or has no time."""


class EngineBroken(EngineFailed):
    """Its answer is none."""


class EngineRefused(EngineFailed):
    """It cannot evaluate a query that is one."""


_FAILURES = {
    "RemoteUnavailable": EngineUnavailable,
    "RemoteBroken": EngineBroken,
    "RemoteRefused": EngineRefused,
}


class ClientGone(Exception):
    """The client has left; nobody waits for the answer."""


class NoAcceptableFormat(Exception):
    """The answer is of a kind for which the client accepts no format; `kind` says which."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


@dataclass(frozen=True)
class Request:
    """A query, the media type for each kind of answer it may turn out to have, and the graphs it is asked of."""

    query: str
    formats: dict[str, str]
    default_graphs: list[str] = field(default_factory=list)
    named_graphs: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Limits:
    """Bounds of one query: seconds of wall time, bytes of memory above the dataset, bytes of answer, seconds of wait;
    how many may wait in all, and of one client."""

    seconds: float = 10.0
    memory: int = 512 << 20
    answer: int = 64 << 20
    wait: float = 5.0
    queue: int = 64
    share: int = 32


@dataclass(eq=False)
class _Worker:
    pid: int
    socket: Any
    nice: bool = False


def _nothing(_event: str) -> None:
    """Tell nobody."""


class Pool:
    """Some workers over one version of the dataset, loaded into memory, opened on disk, or in another engine.

    `tell` hears of each worker that is killed, by reason: time, size, memory, left, failure. UsageError where the
    dataset cannot be opened, or where the other engine holds another and cannot be loaded to. One that does not answer
    is no error: queries fail until it does.
    """

    def __init__(
        self,
        dataset: Dataset,
        workers: int,
        limits: Limits,
        engine: str = "memory",
        tell: Callable[[str], None] = _nothing,
        remote: Remote | None = None,
    ) -> None:
        self.dataset, self.limits, self._tell, self._remote = dataset, limits, tell, remote
        self._path = {"memory": dataset.nquads, "disk": dataset.store, "remote": dataset.folder}[engine]
        self._silent_at: float | None = None
        self.paused = False
        """Whether queries are refused for a while."""
        self._users, self._retired = 0, False
        self._in_step = RLock()
        self._start()
        self.admission: Admission[_Worker] = Admission(workers, limits.queue, limits.share)
        for _ in range(workers):
            self.admission.add(self._fork())

    def _start(self) -> None:
        """Start the process that the workers are forked from."""
        self._control, theirs = socket.socketpair()
        settings = {"--descriptor": theirs.fileno(), "--memory": self.limits.memory, "--seconds": self.limits.seconds}
        arguments = [str(part) for pair in settings.items() for part in pair]
        if self._remote is not None:
            arguments += ["--remote", json.dumps(self._remote.written())]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "allegiance.worker", *arguments, str(self._path)],
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
        )
        theirs.close()
        try:
            started = self._control.recv(1)
        except OSError:
            started = b""
        if started not in (READY, SILENT):
            self._process.kill()
            self._process.wait()
            raise UsageError(self._sentence(started))
        if started == SILENT:
            assert self._remote is not None
            log.warning("the engine at %s does not answer", self._remote.query)
            self._silent_at = time.monotonic()

    def _sentence(self, state: bytes) -> str:
        if state == OTHER and self._remote is not None:
            where = self._remote.query
            return f"{where} holds another dataset; run “allegiance load”, or name where to load it with --graph-store."
        return f"The dataset {self._path} cannot be opened; run “allegiance build” again."

    def _fork(self) -> _Worker:
        with self._in_step:
            try:
                return self._forked()
            except (EOFError, OSError):
                # Somebody has killed the process that the workers come from.
                self._process.kill()
                self._process.wait()
                self._control.close()
                self._start()
                return self._forked()

    def _forked(self) -> _Worker:
        ours, theirs = socket.socketpair()
        try:
            socket.send_fds(self._control, [b"F"], [theirs.fileno()])
            (pid,) = PID.unpack(receive(self._control, PID.size))
        except BaseException:
            ours.close()
            raise
        finally:
            theirs.close()
        return _Worker(pid, ours)

    def run(self, request: Request, client: str = "", connection: Any = None) -> Generator[bytes, None, None]:
        """The media type of the answer, then its bytes in chunks; close the generator to give the query up.

        `client` is whom the queue is fair to; `connection` is the client's socket, watched for its leaving. Raises
        QuerySyntaxError, NoAcceptableFormat, QueryTimeout, QueryTooLarge, WorkerLost, ClientGone, EngineFailed, or
        what Admission.acquire does; all but the first two of these can come after the first chunks.
        """
        if self.paused:
            raise EngineUnavailable("The engine behind this service is being loaded: try again shortly.")
        if self._silent_at is not None and time.monotonic() - self._silent_at < _BREATH:
            raise EngineUnavailable("The engine behind this service does not answer: try again shortly.")
        self._users += 1
        try:
            try:
                yield from self._once(request, client, connection)
            except _Orphaned:
                # The worker was being killed from outside as it was given the query, which is asked once more.
                yield from self._once(request, client, connection, again=True)
        finally:
            self._users -= 1
            if self._retired and not self._users:
                self.close()

    def _once(
        self, request: Request, client: str, connection: Any, again: bool = False
    ) -> Generator[bytes, None, None]:
        """What `run` does on one worker; _Orphaned, the first time, where the worker seems to have been killed."""
        grant = self._begun(request, client)
        reason, begun = "left", False
        try:
            for data in self._frames(grant, connection):
                begun = True
                yield data
            reason = ""
            self._silent_at = None
        except (QuerySyntaxError, NoAcceptableFormat):
            reason = ""
            raise
        except EngineFailed as error:
            reason = ""
            if isinstance(error, EngineUnavailable):
                self._silent_at = time.monotonic()
            raise
        except TimeoutError:
            reason = "time"
            raise QueryTimeout(self._seconds(grant), grant.brief) from None
        except (EOFError, ConnectionError):
            at_once = time.monotonic() - grant.since < _AT_ONCE or not self.alive
            reason = "failure" if at_once and not begun and not again else "memory"
            raise (_Orphaned if reason == "failure" else WorkerLost) from None
        except QueryTooLarge:
            reason = "size"
            raise
        except RuntimeError:
            reason = "failure"
            raise
        finally:
            self._give_back(grant, reason)

    def _begun(self, request: Request, client: str) -> Grant[_Worker]:
        """A worker that has the request; one that somebody has killed while it was idle is replaced by another."""
        body = _encode(request.__dict__).encode()
        while True:
            grant = self.admission.acquire(client, self.limits.wait)
            try:
                _send(grant.worker.socket, LENGTH.pack(len(body)) + body, self._seconds(grant))
            except OSError:
                self._give_back(grant, "failure")
            except BaseException:
                self._give_back(grant, "left")
                raise
            else:
                return grant

    def _seconds(self, grant: Grant[_Worker]) -> float:
        return min(LONG_SECONDS, self.limits.seconds) if grant.brief else self.limits.seconds

    def _give_back(self, grant: Grant[_Worker], reason: str) -> None:
        worker = grant.worker
        if not reason and (not worker.nice or _back_in_line(worker)):
            self.admission.release(grant, worker)
            return
        if reason:
            self._tell(reason)
        _kill(worker)
        if self._retired and self._users == 1:
            return
        self.admission.release(grant, self._fork())

    def _frames(self, grant: Grant[_Worker], connection: Any) -> Generator[bytes, None, None]:
        """The media type, then the data, as the worker sends them; TimeoutError past the limit."""
        deadline = grant.since + self._seconds(grant)
        buffer, size = bytearray(), 0
        while True:
            while (parsed := _parse(buffer)) is None:
                buffer += self._receive(grant, deadline, connection)
            kind, data = parsed
            if kind == END:
                return
            if kind == DATA:
                size += len(data)
                if size > self.limits.answer:
                    raise QueryTooLarge
            elif kind == SYNTAX:
                raise QuerySyntaxError(data.decode())
            elif kind == NO_FORMAT:
                raise NoAcceptableFormat(data.decode())
            elif kind == ELSEWHERE:
                name, sentence, detail = json.loads(data)
                log.warning("the engine behind the service failed: %s", detail)
                raise _FAILURES[name](sentence)
            elif kind == FAILED:
                raise RuntimeError(f"a worker failed: {data.decode(errors='replace')}")
            yield data

    def _receive(self, grant: Grant[_Worker], deadline: float, connection: Any) -> bytes:
        """Some bytes of a worker; TimeoutError past the deadline, EOFError if it died, ClientGone if nobody waits."""
        worker = grant.worker
        with contextlib.suppress(TimeoutError):
            worker.socket.settimeout(max(min(_PATIENCE, deadline - time.monotonic()), 0.001))
            return _some(worker)
        while True:
            now = time.monotonic()
            if now >= deadline:
                raise TimeoutError
            pause = deadline - now
            if not worker.nice:
                pause = min(pause, max(grant.since + _COURTESY - now, 0.001))
            watched = [worker.socket] if connection is None else [worker.socket, connection]
            ready = select.select(watched, [], [], pause)[0]
            if worker.socket in ready:
                return _some(worker)
            if ready and _has_left(connection):
                raise ClientGone
            if ready:
                connection = None  # It has sent its next request already; its leaving shows no more.
            if not worker.nice and time.monotonic() - grant.since >= _COURTESY:
                _yield_to_others(worker)

    def sweep(self) -> None:
        """Replace workers that somebody has killed while they were idle."""
        for worker in self.admission.idle():
            # An idle worker says nothing: what can be read is that its end is closed.
            if select.select([worker.socket], [], [], 0)[0] and worker in self.admission.idle():
                self.admission.withdraw(worker)
                self._tell("failure")
                _kill(worker)
                self.admission.add(self._fork())

        if self._silent_at is not None:
            with contextlib.suppress(EngineFailed, QueryTimeout, QueueFull, TooManyWaiting, WaitedTooLong, WorkerLost):
                for _ in self.run(Request("ASK { ?s ?p ?o }", {"boolean": "text/csv"})):
                    pass

    @property
    def alive(self) -> bool:
        """Whether the process that the workers come from is there."""
        return self._process.poll() is None

    @property
    def ready(self) -> bool:
        """Whether queries can be answered, as far as is known."""
        return self.alive and self._silent_at is None

    def retire(self) -> None:
        """Take no new query; close when the last one is done."""
        self._retired = True
        if not self._users:
            self.close()

    def close(self) -> None:
        """End the workers and the process they were forked from."""
        self._control.close()
        for worker in self.admission.idle():
            _kill(worker)
        self._process.kill()
        self._process.wait()


def _parse(buffer: bytearray) -> tuple[bytes, bytes] | None:
    """Take a whole frame off the front of a buffer."""
    if len(buffer) < HEADER.size:
        return None
    kind, size = HEADER.unpack_from(buffer)
    end = HEADER.size + size
    if len(buffer) < end:
        return None
    data = bytes(buffer[HEADER.size : end])
    del buffer[:end]
    return kind, data


def _send(sock: Any, data: bytes, seconds: float) -> None:
    """Send some bytes within a time; what the socket takes at once, which is most often all, goes out in one call."""
    sock.settimeout(seconds)
    sent = sock.send(data)
    if sent < len(data):
        sock.sendall(memoryview(data)[sent:])


def _some(worker: _Worker) -> bytes:
    data: bytes = worker.socket.recv(_RECEIVE)
    if not data:
        raise EOFError
    return data


def _has_left(connection: Any) -> bool:
    try:
        return not connection.recv(1, socket.MSG_PEEK)
    except OSError:
        return True


def _yield_to_others(worker: _Worker) -> None:
    """Let shorter queries have the processor first."""
    worker.nice = True
    with contextlib.suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, worker.pid, _NICENESS)


def _back_in_line(worker: _Worker) -> bool:
    """Whether a worker has its priority again, and can be used on; else it is replaced by a new one, which is slower.

    Raising it takes a privileged service, or one whose RLIMIT_NICE allows it.
    """
    try:
        os.setpriority(os.PRIO_PROCESS, worker.pid, os.getpriority(os.PRIO_PROCESS, 0))
    except OSError:
        return False
    worker.nice = False
    return True


def _kill(worker: _Worker) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(worker.pid, signal.SIGKILL)
    worker.socket.close()

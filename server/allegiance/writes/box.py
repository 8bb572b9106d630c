"""Run a piece of work in a forked process that can be ended: by time, by memory, or because it crashed.

RLIMIT_AS     memory above what the process holds when it is forked
RLIMIT_CPU    no more processor time than wall time, should the parent be gone that would kill it
PDEATHSIG     no orphans
and, where the work is not trusted to keep to itself:
RLIMIT_NOFILE no new descriptor: no socket, no file
RLIMIT_FSIZE  no byte written to a file
"""

from __future__ import annotations

import ctypes
import math
import os
import resource
import select
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_DONE, _MEMORY, _FAILED = b"D", b"M", b"F"
_RESULT = 3


class TookTooLong(Exception):
    """The work ran over its time."""


class NeedsMemory(Exception):
    """The work needs more memory than it may have, or its result is larger than it may be."""


class Crashed(Exception):
    """The work ended its process, as a parser does that runs out of stack."""


@dataclass(frozen=True)
class Box:
    """Bounds: seconds of wall time, bytes of memory above what there is, bytes of result; whether it may open files."""

    seconds: float
    memory: int
    result: int = 64 << 20
    files: bool = False


def run(work: Callable[[], bytes], box: Box) -> bytes:
    """The result of the work; TookTooLong, NeedsMemory, Crashed, or RuntimeError where it raised an exception."""
    read, write = os.pipe()
    parent = os.getpid()
    sys.stdout.flush()
    pid = os.fork()
    if pid == 0:
        try:
            _inside(work, box, read, write, parent)
        finally:
            os._exit(1)
    os.close(write)
    try:
        received = _receive(read, box)
    except BaseException:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        raise
    finally:
        os.close(read)
        _, status = os.waitpid(pid, 0)
    kind, data = received[:1], received[1:]
    if kind == _DONE:
        return data
    if kind == _FAILED:
        raise RuntimeError(data.decode(errors="replace"))
    ended_by = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
    if ended_by == signal.SIGXCPU:
        raise TookTooLong
    if kind == _MEMORY or ended_by == signal.SIGABRT:  # The allocator of the engine aborts where it gets no memory.
        raise NeedsMemory
    raise Crashed(f"signal {ended_by}")


def _receive(descriptor: int, box: Box) -> bytes:
    deadline = time.monotonic() + box.seconds
    received = bytearray()
    while True:
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([descriptor], [], [], left)[0]:
            raise TookTooLong
        part = os.read(descriptor, 1 << 16)
        if not part:
            return bytes(received)
        received += part
        if len(received) > box.result + 1:
            raise NeedsMemory


def _inside(work: Callable[[], bytes], box: Box, read: int, write: int, parent: int) -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        return
    os.close(read)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    limit = pages * resource.getpagesize() + box.memory
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    if box.files:
        out = write
    else:
        out = _RESULT
        if write != out:
            os.dup2(write, out)
        os.closerange(out + 1, min(resource.getrlimit(resource.RLIMIT_NOFILE)[1], 4096))
        resource.setrlimit(resource.RLIMIT_NOFILE, (out + 1, out + 1))
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
        seconds = math.ceil(time.process_time() + box.seconds) + 1
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    try:
        answer = _DONE + work()
    except MemoryError:
        answer = _MEMORY
    except Exception as error:  # The parent logs it.
        answer = _FAILED + f"{type(error).__name__}: {error}".encode()[:2000]
    view = memoryview(answer)
    while view:
        view = view[os.write(out, view) :]
    os._exit(0)

"""Structured log lines on standard error: JSON, one a line.

They are written by a thread of their own from a bounded queue, many at a time: a reader who does not keep up loses
lines, and does not stop the service.
"""

from __future__ import annotations

import json
import logging
import os
import select
import sys
import threading
import time
from collections import deque
from functools import lru_cache
from typing import Any

from pythonjsonlogger.json import JsonFormatter

LEVELS = ("debug", "info", "warning", "error")
_LINES = 10_000
_GATHER = 0.02
"""Seconds that lines are gathered before they are written: to wake the thread costs more than to write a line."""
_PATIENCE = 2.0
_READER_MILLISECONDS = 200


class _Writer:
    """Writes lines to a descriptor while somebody reads; a reader who has stopped loses them."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._ready = select.poll()
        self._ready.register(descriptor, select.POLLOUT)
        self._lines: deque[str] = deque(maxlen=_LINES)
        self._some, self._ending = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="log", daemon=True)
        self._thread.start()

    def add(self, line: str) -> None:
        """Have a line written; where too many wait, the oldest is lost."""
        self._lines.append(line)
        if not self._some.is_set():
            self._some.set()

    def end(self) -> None:
        """Write what is left, as far as somebody reads it."""
        self._ending.set()
        self._some.set()
        self._thread.join(_PATIENCE)

    def _run(self) -> None:
        while not self._ending.is_set():
            self._some.wait()
            self._ending.wait(_GATHER)
            self._some.clear()
            self._write()
        self._write()

    def _write(self) -> None:
        while self._lines:
            data = bytearray()
            # A pipe that is ready takes so many bytes without blocking (POSIX); a longer line goes in parts.
            while self._lines and (not data or len(data) + len(self._lines[0]) < select.PIPE_BUF):
                data += f"{self._lines.popleft()}\n".encode(errors="replace")
            for start in range(0, len(data), select.PIPE_BUF):
                if not self._ready.poll(_READER_MILLISECONDS):
                    break
                try:
                    os.write(self._descriptor, data[start : start + select.PIPE_BUF])
                except OSError:
                    break


class _Enqueue(logging.Handler):
    """Formats records and hands the lines on."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            line = self.format(record)
        except Exception:  # Whatever cannot be shown stops nothing.
            self.handleError(record)
            return
        for writer in _writer:
            writer.add(line)


_access = logging.getLogger("allegiance.access")
_HEAD = f'"level": "INFO", "logger": "{_access.name}", "message": "request"'
_encode = json.JSONEncoder(check_circular=False).encode
_writer: list[_Writer] = []


def begin(level: str) -> None:
    """Log from now on, at a level of LEVELS and above."""
    _writer.append(_Writer(sys.stderr.fileno()))
    handler = _Enqueue()
    renamed = {"levelname": "level", "asctime": "time", "name": "logger"}
    handler.setFormatter(JsonFormatter("%(asctime)s %(levelname)s %(name)s %(message)s", rename_fields=renamed))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())


def requests_shown() -> bool:
    """Whether requests are logged."""
    return bool(_writer) and _access.isEnabledFor(logging.INFO)


def request(fields: dict[str, Any]) -> None:
    """Log a request that was answered: a line like those of logging, without what that does for a line of prose."""
    now = time.time()
    shown = f"{_second(int(now))},{int(now % 1 * 1000):03d}"
    line = f'{{"time": "{shown}", {_HEAD}, {_encode(fields)[1:]}'
    for writer in _writer:
        writer.add(line)


@lru_cache(maxsize=1)
def _second(now: int) -> str:
    """A second as logging shows it."""
    return time.strftime(logging.Formatter.default_time_format, time.localtime(now))


def end() -> None:
    """Write what is left, as far as somebody reads it."""
    while _writer:
        _writer.pop().end()

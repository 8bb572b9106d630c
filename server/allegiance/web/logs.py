"""Structured log lines on standard error: JSON, one a line.

They are written by a thread of their own from a bounded queue: a reader who does not keep up loses lines, and does not
stop the service.
"""

from __future__ import annotations

import logging
import os
import queue
import select
import sys
from logging.handlers import QueueHandler, QueueListener
from typing import Any

from pythonjsonlogger.json import JsonFormatter

LEVELS = ("debug", "info", "warning", "error")
_LINES = 10_000
_PATIENCE = 2.0
_READER_MILLISECONDS = 200

_listener: list[QueueListener] = []


class _Enqueue(QueueHandler):
    """Puts records into the queue as they are; what finds it full is dropped."""

    def prepare(self, record: logging.LogRecord) -> Any:
        return record

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the name is logging's
        """Drop the line."""


class _Patient(logging.Handler):
    """Writes lines to a descriptor while somebody reads; a reader who has stopped loses them."""

    def __init__(self, descriptor: int) -> None:
        super().__init__()
        self._descriptor = descriptor
        self._ready = select.poll()
        self._ready.register(descriptor, select.POLLOUT)

    def emit(self, record: logging.LogRecord) -> None:
        data = f"{self.format(record)}\n".encode(errors="replace")
        # A pipe that is ready takes so many bytes without blocking (POSIX).
        for start in range(0, len(data), select.PIPE_BUF):
            if not self._ready.poll(_READER_MILLISECONDS):
                return
            try:
                os.write(self._descriptor, data[start : start + select.PIPE_BUF])
            except OSError:
                return


def begin(level: str) -> None:
    """Log from now on, at a level of LEVELS and above."""
    out = _Patient(sys.stderr.fileno())
    renamed = {"levelname": "level", "asctime": "time", "name": "logger"}
    out.setFormatter(JsonFormatter("%(asctime)s %(levelname)s %(name)s %(message)s", rename_fields=renamed))
    lines: queue.Queue[Any] = queue.Queue(_LINES)
    root = logging.getLogger()
    root.handlers = [_Enqueue(lines)]
    root.setLevel(level.upper())
    listener = QueueListener(lines, out)
    listener.start()
    _listener.append(listener)


def end() -> None:
    """Write what is left, as far as somebody reads it."""
    while _listener:
        listener = _listener.pop()
        listener.enqueue_sentinel()
        if listener._thread is not None:
            listener._thread.join(_PATIENCE)

"""How a worker evaluates queries where another engine holds the dataset."""

from __future__ import annotations

import json
import math
import resource
import time
from pathlib import Path
from typing import Any

from allegiance.dataset import Dataset
from allegiance.errors import UsageError
from allegiance.loading import holds, load
from allegiance.remote import Remote
from allegiance.sparql_client import RemoteEngine, RemoteFailure, RemoteUnavailable, broken
from allegiance.worker import OTHER, READY, SILENT

_CHECK_SECONDS = 30.0
"""How long another engine is taken to hold what it was seen to hold."""


class Elsewhere:
    """Asks another engine, once it is known to hold the dataset."""

    descriptors = 64

    def __init__(self, remote: dict[str, Any], version: Path, seconds: float) -> None:
        """`remote` is what `Remote.written` gives, `version` the folder of the version that the engine is to hold."""
        self._remote, self._dataset, self._checked = Remote.read(remote), Dataset(version), -math.inf
        self._engine = RemoteEngine(self._remote, sorted(self._dataset.statistics["graphs"]), seconds)
        self.state = self._loaded()

    def _loaded(self) -> bytes:
        """Load the dataset into the engine where it holds another and may be loaded to."""
        try:
            if holds(self._remote, self._dataset):
                return READY
            if not self._remote.graph_store:
                return OTHER
            load(self._remote, self._dataset)
            return READY if holds(self._remote, self._dataset) else OTHER
        except (RemoteFailure, UsageError):
            return SILENT

    def failure(self, error: Exception) -> str:
        """A failure of that engine as JSON: what it is, a sentence for the client, and more for the log."""
        if isinstance(error, SyntaxError | ValueError | OSError):
            error = broken(f"{type(error).__name__}: {error}")
        if not isinstance(error, RemoteFailure):
            return ""
        return json.dumps([type(error).__name__, error.sentence, error.detail[:1000]])

    def begin(self, request: dict[str, Any]) -> tuple[str, Any]:
        """The kind of the answer, and the answer, which is read on while it is written; RemoteFailure."""
        resource.setrlimit(resource.RLIMIT_NOFILE, (0, self.descriptors))
        try:
            kind = self._engine.check(request["query"])
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (self.descriptors, self.descriptors))
        if kind not in request["formats"]:
            return kind, None
        self._check()
        graphs = {name: request[name] for name in ("default_graphs", "named_graphs")}
        if kind == "graph":
            return kind, self._engine.graph(request["query"], **graphs)
        return kind, self._engine.results(request["query"], kind, **graphs)

    def _check(self) -> None:
        if time.monotonic() - self._checked < _CHECK_SECONDS:
            return
        if not holds(self._remote, self._dataset):
            raise RemoteUnavailable("The engine behind this service is being loaded: try again shortly.")
        self._checked = time.monotonic()

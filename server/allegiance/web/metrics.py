"""What the service counts, in Prometheus' text format."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Info, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

CONTENT_TYPE = CONTENT_TYPE_LATEST
_BUCKETS = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100)


class Metrics:
    """The counters of one running service."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "allegiance_requests", "Requests answered", ["route", "method", "status"], registry=self.registry
        )
        self._seconds = Histogram(
            "allegiance_request_seconds", "Time to the end of the answer", ["route"], buckets=_BUCKETS,
            registry=self.registry,
        )  # fmt: skip
        self._kills = Counter(
            "allegiance_worker_kills", "Workers killed, by reason", ["reason"], registry=self.registry
        )
        self._refusals = Counter(
            "allegiance_queries_refused", "Queries not answered, by status", ["status"], registry=self.registry
        )
        self._writes = Counter("allegiance_writes", "Writes, by outcome", ["outcome"], registry=self.registry)
        self._swaps = Counter("allegiance_dataset_swaps", "Versions put in place", registry=self.registry)
        self._dataset = Info("allegiance_dataset", "The version that is served", registry=self.registry)
        for reason in ("time", "size", "memory", "left", "failure"):
            self._kills.labels(reason)
        # Finding the counter of some labels costs more than counting.
        self._answered = lru_cache(maxsize=1024)(self._requests.labels)
        self._took = lru_cache(maxsize=128)(self._seconds.labels)

    def gauge(self, name: str, meaning: str, value: Callable[[], float]) -> None:
        """Add a value that is read when asked for."""
        Gauge(f"allegiance_{name}", meaning, registry=self.registry).set_function(value)

    def request(self, route: str, method: str, status: int, seconds: float) -> None:
        """A request was answered."""
        self._answered(route, method, status).inc()
        self._took(route).observe(seconds)

    def killed(self, reason: str) -> None:
        """A worker was killed."""
        self._kills.labels(reason).inc()

    def refused(self, status: int) -> None:
        """A query was not answered."""
        self._refusals.labels(status).inc()

    def written(self, outcome: str) -> None:
        """A write was accepted or refused."""
        self._writes.labels(outcome).inc()

    def swapped(self, version: str) -> None:
        """A version was put in place."""
        self._swaps.inc()
        self._dataset.info({"version": version})

    def text(self) -> bytes:
        """Everything, as Prometheus reads it."""
        return generate_latest(self.registry)

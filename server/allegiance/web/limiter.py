"""A rate limit for each client, where the operator sets one."""

from __future__ import annotations

import time

from limits import parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from allegiance.errors import UsageError
from allegiance.web.replies import HttpError


class Limiter:
    """At most so many requests in a time, such as “60/minute”; UsageError where that is not a rate."""

    def __init__(self, rate: str) -> None:
        try:
            self._rate = parse(rate)
        except ValueError:
            raise UsageError(f"“{rate}” is not a rate; write --rate-limit 60/minute or 10/second.") from None
        self._written = rate
        self._window = MovingWindowRateLimiter(MemoryStorage())

    def admit(self, client: str) -> None:
        """HttpError 429 where the client has had its share."""
        if not self._window.hit(self._rate, client):
            freed = self._window.get_window_stats(self._rate, client).reset_time
            wait = str(max(1, round(freed - time.time())))
            raise HttpError(429, f"More than {self._written} requests: wait and go on.", {"Retry-After": wait})

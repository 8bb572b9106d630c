"""What an operator can set. Each is a flag, an environment variable and a line of a file (docs/service.md)."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from allegiance.pool import Limits
from allegiance.remote import Remote


@dataclass(frozen=True)
class Settings:
    """Settings of the service; sizes in bytes, times in seconds."""

    store: Path
    root: Path
    sources: Path | None = None
    engine: str = "memory"
    remote: Remote | None = None
    workers: int = 4
    limits: Limits = field(default_factory=Limits)
    request_bytes: int = 1 << 20
    cache_bytes: int = 64 << 20
    shared_cache_seconds: int = 0
    rate_limit: str = ""
    write_token: str = ""
    write_bytes: int = 16 << 20
    write_seconds: float = 120.0
    base_url: str = ""
    proxies: int = 0
    connections: int = 1000
    client_seconds: float = 30.0
    stop_seconds: float = 20.0
    log_level: str = "info"
    log_queries: bool = False

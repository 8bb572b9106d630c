"""Where another SPARQL engine is that holds the dataset, and how it is spoken to."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

AUTH = ("none", "basic", "digest", "bearer")


@dataclass(frozen=True)
class Remote:
    """Where the other engine is. `secret` is a file: user:password for basic and digest, a token for bearer.

    `graph_store` is its Graph Store Protocol address, where versions are loaded to (allegiance.loading). `union` says
    that its default graph is the union of its graphs and that it holds nothing else, so that none need be named.
    """

    query: str
    graph_store: str = ""
    auth: str = "none"
    secret: Path | None = None
    union: bool = False

    @classmethod
    def read(cls, written: dict[str, Any]) -> Remote:
        """The remote that `written` stands for."""
        secret = written.pop("secret")
        return cls(**written, secret=Path(secret) if secret else None)

    def written(self) -> dict[str, Any]:
        """What JSON can hold of it; the secret stays in its file."""
        return {**asdict(self), "secret": str(self.secret) if self.secret else ""}

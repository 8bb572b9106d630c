"""What is sent back, before it is WSGI or Flask: a status, headers, and a body in chunks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from http import HTTPStatus

TEXT = "text/plain; charset=utf-8"
STATUS_LINES = {status.value: f"{status.value} {status.phrase}" for status in HTTPStatus}


class HttpError(Exception):
    """A failure with its status and one sentence for the client."""

    def __init__(self, status: int, sentence: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(sentence)
        self.status = status
        self.sentence = sentence
        self.headers = headers or {}


@dataclass
class Reply:
    """A response. A body that is a list is whole and gets its length; any other is streamed."""

    status: int = 200
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: Iterable[bytes] = ()

    def header(self, name: str) -> str | None:
        """The value of a header, or None."""
        wanted = name.lower()
        for known, value in self.headers:
            if known.lower() == wanted:
                return value
        return None


def sentence(status: int, text: str, headers: dict[str, str] | None = None) -> Reply:
    """A reply of one sentence; what it echoes of the request cannot break the line or steer a terminal."""
    shown = "".join(character if character.isprintable() else "�" for character in text)
    return Reply(status, [("Content-Type", TEXT), *(headers or {}).items()], [f"{shown}\n".encode(errors="replace")])


def failure(error: HttpError) -> Reply:
    """The reply that a failure is."""
    return sentence(error.status, error.sentence, error.headers)

"""What can go wrong, by whose fault it is."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


class UsageError(Exception):
    """The caller's mistake or environment; one sentence that says what to change. Exit status 2."""


@dataclass(frozen=True, order=True)
class Problem:
    """One thing wrong with the data: where it stands and what an editor should do.

    `line` counts from 1; 0 where only the file is known.
    """

    file: str
    line: int
    record: str
    message: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {self.record}: {self.message}" if self.record else f"{place}: {self.message}"


class DataError(Exception):
    """The data does not conform. Exit status 1."""

    SHOWN = 10

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = sorted(set(problems))
        super().__init__(self.summary())

    def summary(self) -> str:
        """The first ten problems, a line each, and how many more there are."""
        lines = [str(problem) for problem in self.problems[: self.SHOWN]]
        more = len(self.problems) - self.SHOWN
        if more > 0:
            lines.append(f"and {more} more")
        return "\n".join(lines)


def readable(path: Path) -> str:
    """The text of a file, or UsageError with one sentence."""
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise UsageError(f"There is no file {path}; check the path.") from None
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is not UTF-8 (byte {error.start}); save it as UTF-8.") from None
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}.") from None

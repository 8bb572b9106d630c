"""What a view is: an address with typed parameters, a page, and the same data as JSON and CSV."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from allegiance import library
from allegiance.record.ask import Ask
from allegiance.web.replies import HttpError

FORMATS = {"json": "application/json", "csv": "text/csv"}
SLUG = r"[a-z0-9]+(-[a-z0-9]+)*"


@dataclass(frozen=True)
class Parameter:
    """A parameter of a view. `pattern` says what a value looks like; `choices` are all there are, where there are few.

    `many`: it may be given several times, and is handed on as a list joined by commas.
    """

    name: str
    meaning: str
    sample: str
    pattern: str = ".{0,200}"
    choices: tuple[str, ...] = ()
    many: bool = False
    is_date: bool = False

    @property
    def schema(self) -> dict[str, Any]:
        """What a value looks like, as JSON Schema; empty, as a form sends it, is none."""
        if self.choices and not self.many:
            return {"type": "string", "enum": ["", *self.choices]}
        one = "|".join(map(re.escape, self.choices)) if self.choices else self.pattern
        if self.is_date:
            one = r"\d{4}-\d\d-\d\d"
        return {"type": "string", "pattern": f"^(?:(?:{one})(?:,(?:{one}))*)?$" if self.many else f"^(?:{one})?$"}

    def value(self, given: Sequence[str]) -> str:
        """The value, checked; HttpError 400 says what to change."""
        found = [part.strip() for value in given for part in (value.split(",") if self.many else [value])]
        found = [value for value in dict.fromkeys(found) if value]
        if len(found) > 1 and not self.many:
            raise HttpError(400, f"The parameter {self.name} is given more than once: give it one value.")
        for value in found:
            self._check(value)
        return ",".join(found)

    def _check(self, value: str) -> None:
        shown = library.shown(value)
        if self.choices and value not in self.choices:
            raise HttpError(400, f"The parameter {self.name} is one of {', '.join(self.choices)}; “{shown}” is none.")
        if self.is_date:
            try:
                if not re.fullmatch(r"\d{4}-\d\d-\d\d", value):
                    raise ValueError
                date.fromisoformat(value)
            except ValueError:
                wanted = f"a day such as {self.sample}"
                raise HttpError(400, f"The parameter {self.name} is {wanted}; “{shown}” is none.") from None
        elif not re.fullmatch(self.pattern, value):
            raise HttpError(400, f"The parameter {self.name} looks like {self.sample}; “{shown}” does not.")


def day(name: str, meaning: str, sample: str) -> Parameter:
    """A parameter that is a calendar day."""
    return Parameter(name, meaning, sample, is_date=True)


def slug(name: str, meaning: str, sample: str, many: bool = False) -> Parameter:
    """A parameter that is the slug of a thing, such as islamic-state-khorasan."""
    return Parameter(name, meaning, sample, pattern=SLUG, many=many)


@dataclass
class Shown:
    """What a view shows: `context` for its template, `data` for JSON, `rows` for CSV (and the table of the page)."""

    data: Any
    rows: list[dict[str, Any]]
    columns: Sequence[str]
    context: dict[str, Any] = field(default_factory=dict)

    def json(self) -> str:
        """The data as JSON."""
        return json.dumps(self.data, ensure_ascii=False) + "\n"

    def csv(self) -> str:
        """The rows as CSV (RFC 4180); a list within a cell is joined with semicolons."""
        out = io.StringIO()
        table = csv.DictWriter(out, list(self.columns), extrasaction="ignore")
        table.writeheader()
        table.writerows({name: _cell(value) for name, value in row.items()} for row in self.rows)
        return out.getvalue()


def _cell(value: Any) -> Any:
    return "; ".join(map(str, value)) if isinstance(value, list | tuple) else value


Given = Mapping[str, str]
Writer = Callable[[Shown], str]


@dataclass(frozen=True)
class View:
    """A view at /<name>, /<name>.json and /<name>.csv.

    `show` makes what is shown of checked parameters (absent ones are empty) by asking the record; it knows nothing of
    HTTP beyond HttpError. The template is templates/<name>.html, its sentences are texts/<language>/<name>.ftl, its
    script is frontend/src/<name>.ts where there is one. `further` are formats besides JSON and CSV: by name, which is
    the suffix of the address, the media type and the function that writes what is shown.
    """

    name: str
    summary: str
    show: Callable[[Ask, Given], Shown]
    parameters: tuple[Parameter, ...] = ()
    script: bool = True
    further: Mapping[str, tuple[str, Writer]] = field(default_factory=dict)

    @property
    def formats(self) -> dict[str, tuple[str, Writer]]:
        """All formats of its data by name: media type and writer."""
        return {"json": (FORMATS["json"], Shown.json), "csv": (FORMATS["csv"], Shown.csv), **self.further}

    def given(self, pairs: Sequence[tuple[str, str]]) -> dict[str, str]:
        """Checked values of all parameters; HttpError 400 where one is unknown or malformed."""
        known = {parameter.name for parameter in self.parameters}
        for name, _ in pairs:
            if name not in known:
                offered = ", ".join(sorted(known)) or "none"
                raise HttpError(400, f"{self.name} has no parameter “{library.shown(name)}”; it has {offered}.")
        return {
            parameter.name: parameter.value([value for name, value in pairs if name == parameter.name])
            for parameter in self.parameters
        }

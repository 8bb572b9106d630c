"""Dates as written in EDTF, and the calendar days they can mean.

The grammar is EDTF levels 0 to 2 (https://www.loc.gov/standards/datetime/, ISO 8601-2:2019) for years 0001 to
9999. Not a wrapper of the `edtf` package: version 5.0.2 refuses qualified seasons ("2015-21~") and gives an unknown
end an invented bound of ten years, which would put words into a source's mouth.

Qualifiers (? ~ %) say how firm a date is and do not widen it.
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date

# Northern seasons of three whole months; quarters, quadrimesters and halves as in EDTF level 2.
# A value is (first month, number of months); winter begins in December and ends in the next year.
GROUPINGS: dict[int, tuple[int, int]] = {
    21: (3, 3), 22: (6, 3), 23: (9, 3), 24: (12, 3),
    25: (3, 3), 26: (6, 3), 27: (9, 3), 28: (12, 3),
    29: (9, 3), 30: (12, 3), 31: (3, 3), 32: (6, 3),
    33: (1, 3), 34: (4, 3), 35: (7, 3), 36: (10, 3),
    37: (1, 4), 38: (5, 4), 39: (9, 4), 40: (1, 6), 41: (7, 6),
}  # fmt: skip

_QUALIFIER = "[?~%]"
_DATE = re.compile(
    rf"{_QUALIFIER}?(?P<year>[\dX]{{4}}){_QUALIFIER}?(?:S(?P<digits>[1-4]))?"
    rf"(?:-{_QUALIFIER}?(?P<month>[\dX]{{2}}){_QUALIFIER}?"
    rf"(?:-{_QUALIFIER}?(?P<day>[\dX]{{2}}){_QUALIFIER}?)?)?"
)


class EdtfError(ValueError):
    """A string is not EDTF that this module reads; the message says what to change."""


@dataclass(frozen=True)
class Span:
    """The days a date can mean: `first` to `last`, both included; None where the date leaves it open."""

    first: date | None
    last: date | None


@dataclass(frozen=True)
class Bounds:
    """Between which days something began, and between which it ended; None is unknown."""

    earliest_begin: date | None = None
    latest_begin: date | None = None
    earliest_end: date | None = None
    latest_end: date | None = None


def _fill(digits: str, low: bool) -> int:
    return int(digits.replace("X", "0" if low else "9"))


def _matches(pattern: str, number: int) -> bool:
    return all(p in ("X", d) for p, d in zip(pattern, f"{number:02}", strict=True))


def _months(pattern: str) -> list[int]:
    return [month for month in range(1, 13) if _matches(pattern, month)]


def _last_day(year: int, month: int) -> date:
    return date(year, month, calendar.monthrange(year, month)[1])


def _years(match: re.Match[str], text: str) -> tuple[int, int]:
    pattern = match["year"]
    first, last = _fill(pattern, True), _fill(pattern, False)
    if match["digits"]:
        step = 10 ** (4 - int(match["digits"]))
        first, last = first - first % step, first - first % step + step - 1
    if last < 1:
        raise EdtfError(f"“{text}” has the year 0000; years 0001 to 9999 can be written")
    return max(first, 1), last


def _simple(text: str) -> Span:
    match = _DATE.fullmatch(text)
    if match is None:
        raise EdtfError(f"“{text}” is not an EDTF date; write 2015, 2015-01, 2015-01-26 or 2015-21 for spring 2015")
    first_year, last_year = _years(match, text)
    month, day = match["month"], match["day"]
    if month is None:
        return Span(date(first_year, 1, 1), date(last_year, 12, 31))
    if month.isdigit() and int(month) in GROUPINGS:
        if day is not None:
            raise EdtfError(f"“{text}” gives a day of a season; leave the day out")
        begin, length = GROUPINGS[int(month)]
        end = begin + length - 1
        end_year = last_year + (end - 1) // 12
        if end_year > 9999:
            raise EdtfError(f"“{text}” ends after the year 9999")
        return Span(date(first_year, begin, 1), _last_day(end_year, (end - 1) % 12 + 1))
    months = _months(month)
    if not months:
        raise EdtfError(f"“{text}” has no month {month}; months are 01 to 12, seasons 21 to 24")
    if day is None:
        return Span(date(first_year, months[0], 1), _last_day(last_year, months[-1]))
    first = next((found for y in range(first_year, last_year + 1) if (found := _days(y, months, day))), None)
    if first is None:
        raise EdtfError(f"“{text}” has no day {day} in that month")
    last = next(found for y in range(last_year, first_year - 1, -1) if (found := _days(y, months, day)))
    return Span(first[0], last[-1])


def _days(year: int, months: list[int], pattern: str) -> list[date]:
    """The days of a year that match a day pattern in one of the months, in order."""
    return [
        date(year, month, day)
        for month in months
        for day in range(1, calendar.monthrange(year, month)[1] + 1)
        if _matches(pattern, day)
    ]


def _member(text: str) -> Span:
    """A member of a set: a date, or a range a..b with either end open."""
    if ".." not in text:
        return _simple(text)
    left, _, right = text.partition("..")
    if not left and not right:
        raise EdtfError("“..” alone names no date; write at least one end")
    first = _simple(left).first if left else None
    last = _simple(right).last if right else None
    if first and last and first > last:
        raise EdtfError(f"“{text}” ends before it begins; swap its ends")
    return Span(first, last)


def _set(text: str) -> list[Span]:
    close = {"[": "]", "{": "}"}[text[0]]
    if not text.endswith(close) or not text[1:-1].strip():
        raise EdtfError(f"“{text}” is an unclosed or empty set; end it with {close}")
    return [_member(member.strip()) for member in text[1:-1].split(",")]


def _hull(spans: list[Span]) -> Span:
    firsts = [span.first for span in spans]
    lasts = [span.last for span in spans]
    first = None if None in firsts else min(day for day in firsts if day)
    last = None if None in lasts else max(day for day in lasts if day)
    return Span(first, last)


def _end(text: str) -> Span:
    """An end of an interval: a date, ".." for open, or nothing for unknown: both leave the day unsaid."""
    return Span(None, None) if text in ("", "..") else _simple(text)


def bounds(text: str) -> Bounds:
    """The four bounds of something dated `text`; EdtfError where it is no EDTF.

    A date is one time within its span; an interval a/b begins within a and ends within b; a set [a, b] is one of
    its members, {a, b} begins within the first and ends within the last.
    """
    if not text or text != text.strip():
        raise EdtfError(f"“{text}” is empty or has white space around it")
    if text[0] == "[":
        span = _hull(_set(text))
        return Bounds(span.first, span.last, span.first, span.last)
    if text[0] == "{":
        spans = _set(text)
        begin = min(spans, key=lambda s: s.first or date.min)
        end = max(spans, key=lambda s: s.last or date.max)
        return Bounds(begin.first, begin.last, end.first, end.last)
    if "/" in text:
        left, _, right = text.partition("/")
        if "/" in right or {left, right} <= {"", ".."}:
            raise EdtfError(f"“{text}” is not one interval; write begin/end")
        begin, end = _end(left), _end(right)
        if begin.first and end.last and begin.first > end.last:
            raise EdtfError(f"“{text}” ends before it begins; swap its ends")
        return Bounds(begin.first, begin.last, end.first, end.last)
    span = _simple(text)
    return Bounds(span.first, span.last, span.first, span.last)


def of_event(on: str) -> Bounds:
    """The bounds of an event dated `on`."""
    return bounds(on)


def of_relationship(began: str | None, ended: str | None, on: str | None) -> Bounds:
    """The bounds of a relationship; `on` is a time at which it held.

    An end that is not said stays unknown. Having held on some day of a span means having begun by its last day and
    not having ended before its first.
    """
    begin = bounds(began) if began else Bounds()
    end = bounds(ended) if ended else Bounds()
    held = bounds(on) if on else Bounds()
    return Bounds(
        begin.earliest_begin,
        _least(begin.latest_begin, held.latest_begin),
        _most(end.earliest_end, held.earliest_end),
        end.latest_end,
    )


def _least(one: date | None, other: date | None) -> date | None:
    return min((day for day in (one, other) if day), default=None)


def _most(one: date | None, other: date | None) -> date | None:
    return max((day for day in (one, other) if day), default=None)

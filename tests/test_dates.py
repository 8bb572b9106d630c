"""Dates in EDTF and the days they can mean."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allegiance import dates

BOUNDS = {
    # text: earliest begin, latest begin, earliest end, latest end
    "2015": ("2015-01-01", "2015-12-31", "2015-01-01", "2015-12-31"),
    "2015-01": ("2015-01-01", "2015-01-31", "2015-01-01", "2015-01-31"),
    "2016-02": ("2016-02-01", "2016-02-29", "2016-02-01", "2016-02-29"),
    "2015-01-26": ("2015-01-26",) * 4,
    "2016-21": ("2016-03-01", "2016-05-31", "2016-03-01", "2016-05-31"),
    "2016-22": ("2016-06-01", "2016-08-31", "2016-06-01", "2016-08-31"),
    "2016-23": ("2016-09-01", "2016-11-30", "2016-09-01", "2016-11-30"),
    "2015-24": ("2015-12-01", "2016-02-29", "2015-12-01", "2016-02-29"),
    "2016-29": ("2016-09-01", "2016-11-30", "2016-09-01", "2016-11-30"),
    "2016-33": ("2016-01-01", "2016-03-31", "2016-01-01", "2016-03-31"),
    "2016-41": ("2016-07-01", "2016-12-31", "2016-07-01", "2016-12-31"),
    "2015-21~": ("2015-03-01", "2015-05-31", "2015-03-01", "2015-05-31"),
    "2016?": ("2016-01-01", "2016-12-31", "2016-01-01", "2016-12-31"),
    "?2016-~05-%04": ("2016-05-04",) * 4,
    "199X": ("1990-01-01", "1999-12-31", "1990-01-01", "1999-12-31"),
    "1950S2": ("1900-01-01", "1999-12-31", "1900-01-01", "1999-12-31"),
    "2016-05-XX": ("2016-05-01", "2016-05-31", "2016-05-01", "2016-05-31"),
    "2016-1X": ("2016-10-01", "2016-12-31", "2016-10-01", "2016-12-31"),
    "20XX-02-29": ("2000-02-29", "2096-02-29", "2000-02-29", "2096-02-29"),
    "[..2016-05]": (None, "2016-05-31", None, "2016-05-31"),
    "[2016-05..]": ("2016-05-01", None, "2016-05-01", None),
    "[2015-01..2015-04]": ("2015-01-01", "2015-04-30", "2015-01-01", "2015-04-30"),
    "[2014,2016]": ("2014-01-01", "2016-12-31", "2014-01-01", "2016-12-31"),
    "{2014,2016}": ("2014-01-01", "2014-12-31", "2016-01-01", "2016-12-31"),
    "2015-01/2015-03": ("2015-01-01", "2015-01-31", "2015-03-01", "2015-03-31"),
    "2016/..": ("2016-01-01", "2016-12-31", None, None),
    "2016/": ("2016-01-01", "2016-12-31", None, None),
    "/2016": (None, None, "2016-01-01", "2016-12-31"),
}


def written(found: dates.Bounds) -> tuple[str | None, ...]:
    days = (found.earliest_begin, found.latest_begin, found.earliest_end, found.latest_end)
    return tuple(day.isoformat() if day else None for day in days)


@pytest.mark.parametrize("text", BOUNDS)
def test_bounds_are_the_days_a_date_can_mean(text: str) -> None:
    assert written(dates.bounds(text)) == BOUNDS[text]


@pytest.mark.parametrize(
    "text",
    ["", " 2015", "15", "2015-1", "2015-13", "2015-02-30", "2015-21-01", "2015/2014", "2016/2015/2014", "/", "../..",
     "..", "[..]", "[]", "{ }", "[2015", "[2016..2015]", "0000", "next spring", "2015-01-26T00:00"],
)  # fmt: skip
def test_what_is_not_edtf_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(dates.EdtfError) as caught:
        dates.bounds(text)
    assert "“" in str(caught.value)


def test_a_missing_end_stays_unknown() -> None:
    found = dates.of_relationship("2015-01-26", None, None)
    assert written(found) == ("2015-01-26", "2015-01-26", None, None)


def test_having_held_on_a_day_bounds_begin_and_end_from_inside() -> None:
    assert written(dates.of_relationship(None, None, "2015-10")) == (None, "2015-10-31", "2015-10-01", None)
    found = dates.of_relationship("2013", "2016", "2015-10-05")
    assert written(found) == ("2013-01-01", "2013-12-31", "2016-01-01", "2016-12-31")


DAYS = st.dates(min_value=date(1900, 1, 1), max_value=date(2100, 12, 31))


@given(DAYS, st.sampled_from(["{:%Y}", "{:%Y-%m}", "{:%Y-%m-%d}", "{:%Y}~", "{:%Y-%m}?"]))
def test_a_day_lies_within_the_bounds_of_every_coarser_writing_of_it(day: date, form: str) -> None:
    found = dates.bounds(form.format(day))
    assert found.earliest_begin is not None
    assert found.latest_end is not None
    assert found.earliest_begin <= day <= found.latest_end


@given(DAYS, DAYS)
def test_an_interval_is_read_if_and_only_if_it_does_not_end_before_it_begins(one: date, other: date) -> None:
    text = f"{one}/{other}"
    if one <= other:
        assert dates.bounds(text) == dates.Bounds(one, one, other, other)
    else:
        with pytest.raises(dates.EdtfError):
            dates.bounds(text)


@given(st.text(alphabet="0123456789X-/.,[]{}?~%S ", max_size=24))
def test_any_text_is_read_or_refused_and_bounds_are_ordered(text: str) -> None:
    try:
        found = dates.bounds(text)
    except dates.EdtfError:
        return
    for low, high in [(found.earliest_begin, found.latest_begin), (found.earliest_end, found.latest_end)]:
        assert low is None or high is None or low <= high

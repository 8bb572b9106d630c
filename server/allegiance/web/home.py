"""The front page: what this is, a search box, five questions answered from the record, and the ways to look at it."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

from flask import Blueprint, Response, current_app, render_template, request
from flask.blueprints import BlueprintSetupState

from allegiance import __version__, library, terms
from allegiance.record import home as record
from allegiance.record.ask import Ask
from allegiance.record.home import TONES, Dated, Year
from allegiance.web import answers, texts
from allegiance.web.cache import Headers
from allegiance.web.replies import HttpError
from allegiance.web.views import VIEWS

front = Blueprint("home", __name__)

COUNTED = ("Claim", "Passage", "Organisation", "Person", "Place", "Occurrence")
QUESTIONS = {
    "became": "became-isis-k",
    "founded": "founding-dates",
    "backed": "hekmatyar-and-isis-k",
    "planned": "planned-mergers",
    "held": "held-on-a-day",
}
"""The questions of the page, each with the question of the library that has the full answer."""
_GIVEN = {"founded": "?group=islamic-state-khorasan", "held": f"?day={record.DAY}&group=islamic-state-khorasan"}
_BUSY = (429, 503, 507)
WIDE, DOTS, STEP, GAP, MOST = 540, 3, 10, 14, 600
"""The picture: its width, dots in a row of a year, from dot to dot, between years, and dots at most."""


@dataclass(frozen=True)
class Dot:
    """A mark of the picture, at its middle."""

    x: float
    y: float
    tone: str


@dataclass(frozen=True)
class Column:
    """A year of the picture: its marks, above its number, and where what happened in it can be read."""

    year: Year
    x: float
    width: float
    top: float
    dots: tuple[Dot, ...]
    href: str


@dataclass(frozen=True)
class Picture:
    """Claims by the year they date, as stacked marks: one mark for so many claims."""

    columns: tuple[Column, ...]
    width: float
    height: float
    each: int
    dated: Dated
    tones: tuple[str, ...]


def picture(dated: Dated) -> Picture | None:
    """The picture of the years; None where nothing is dated."""
    if not dated.years:
        return None
    each = max(ceil(dated.total / MOST), 1)
    tallest = max(ceil(year.total / each) for year in dated.years)
    base = ceil(tallest / DOTS) * STEP + 16
    columns = []
    for at, year in enumerate(dated.years):
        left = at * (DOTS * STEP + GAP)
        tones = [tone for tone in TONES for _ in range(ceil(year.tones.get(tone, 0) / each))]
        middle = max(DOTS - len(tones), 0) * STEP / 2
        dots = tuple(
            Dot(left + GAP / 2 + middle + (n % DOTS + 0.5) * STEP, base - (n // DOTS + 0.5) * STEP, tone)
            for n, tone in enumerate(tones)
        )
        top = base - ceil(len(tones) / DOTS) * STEP
        href = f"/queries/what-happened?from={year.year}-01-01&until={year.year}-12-31"
        columns.append(Column(year, left, DOTS * STEP + GAP, top, dots, href))
    shown = tuple(tone for tone in TONES if any(year.tones.get(tone) for year in dated.years))
    return Picture(tuple(columns), len(columns) * (DOTS * STEP + GAP), base + 22, each, dated, shown)


def counts() -> dict[str, int]:
    """How many of what the dataset holds, as counted when it was built."""
    classes = answers.serving().statistics["classes"]
    return {name: classes.get(terms.ALG + name, 0) for name in COUNTED}


def ways() -> list[tuple[str, str]]:
    """The ways to look at the record that there are: name and address."""
    fixed = [("questions", "/queries"), ("sparql", "/sparql"), ("ontology", "/ontology")]
    found = [*((view.name, f"/{view.name}") for view in VIEWS), *fixed]
    return [(name, address) for name, address in dict(found).items() if texts.has(f"home-way-{name}")]


def _page(ask: Ask | None) -> str:
    """The page; without `ask`, without what has to be asked for."""
    live = record.answers(ask) if ask is not None else None
    drawn = picture(record.dated(ask)) if ask is not None else None
    questions = library.questions()
    return render_template(
        "home.html",
        live=live,
        drawn=drawn,
        day=record.DAY,
        counts=counts(),
        ways=ways(),
        version=__version__,
        full={key: f"/queries/{name}{_GIVEN.get(key, '')}" for key, name in QUESTIONS.items() if name in questions},
        asked_of_library=len(questions),
        sparql=ask.asked if ask is not None else [],
    )


@front.record_once
def _ready(state: BlueprintSetupState) -> None:
    # What a process does once: not while the first visitor waits.
    texts.text("site-name")
    state.app.jinja_env.get_template("home.html")


@front.route("/")
def home() -> Response:
    """What this is, with five questions answered; without the answers while all workers are busy."""
    served = answers.serving()

    def make() -> tuple[Headers, bytes]:
        return [("Content-Type", "text/html; charset=utf-8")], _page(Ask(answers.json_of)).encode()

    try:
        return answers.response(answers.made(served, request.environ, make, "home"))
    except HttpError as error:
        if error.status not in _BUSY:
            raise
        current_app.logger.info("the front page is shown without its answers: %s", error.sentence)
        return Response(_page(None), headers={"Vary": "Accept", "Cache-Control": "no-store"})

"""Recheck every Wikidata id of the links table against live Wikidata: still there, not redirected, same label and type.

Polite as https://www.mediawiki.org/wiki/API:Etiquette asks: fifty ids a request, one request at a time, a named agent,
maxlag, back-off on 429 and 5xx with Retry-After, answers cached for a day.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from requests_cache import CachedSession
from urllib3.util import Retry

from allegiance import __version__
from allegiance.errors import UsageError
from allegiance.links import Mapping

BATCH = 50
LABELS = "en|mul"


@dataclass(frozen=True)
class Finding:
    """What Wikidata says of one id: `state` is ok, label, type, redirect, deleted; `detail` in words."""

    identifier: str
    state: str
    detail: str


def session(cache: Path | None) -> requests.Session:
    """A session with back-off, and with a cache of a day where a file for it is named."""
    made: requests.Session
    if cache is None:
        made = requests.Session()
    else:
        try:
            cache.parent.mkdir(parents=True, exist_ok=True)
            made = CachedSession(str(cache), backend="sqlite", expire_after=timedelta(days=1), allowable_codes=(200,))
        except OSError as error:
            raise UsageError(f"{cache} cannot be written: {error.strerror}; name another file with --cache.") from None
    retry = Retry(total=4, backoff_factor=1, status_forcelist=(429, 500, 502, 503, 504), allowed_methods=("GET",))
    for scheme in ("http://", "https://"):
        made.mount(scheme, HTTPAdapter(max_retries=retry))
    made.headers["User-Agent"] = f"allegiance/{__version__} (check-links)"
    return made


def _entities(client: requests.Session, endpoint: str, ids: list[str], timeout: float) -> dict[str, Any]:
    parameters = {
        "action": "wbgetentities",
        "ids": "|".join(ids),
        "props": "info|labels|aliases|claims",
        "languages": LABELS,
        "format": "json",
        "maxlag": "5",
    }
    try:
        # A redirect to another host is not followed: the answer would not be the register's.
        response = client.get(f"{endpoint}/w/api.php", params=parameters, timeout=timeout, allow_redirects=False)
        response.raise_for_status()
        body = response.json()
        found = body["entities"]
        if not isinstance(found, dict):
            raise TypeError
    except requests.RequestException as error:
        raise UsageError(
            f"{endpoint} cannot be asked ({type(error).__name__}); try again where it can be reached."
        ) from None
    except (ValueError, KeyError, TypeError):
        raise UsageError(f"{endpoint} does not answer as Wikidata does; check --endpoint.") from None
    return found


def _names(entity: dict[str, Any]) -> set[str]:
    labels = [label["value"] for label in entity.get("labels", {}).values()]
    aliases = [alias["value"] for some in entity.get("aliases", {}).values() for alias in some]
    return {" ".join(name.casefold().replace("–", "-").split()) for name in labels + aliases}


def _classes(entity: dict[str, Any]) -> list[str]:
    statements = entity.get("claims", {}).get("P31", [])
    values = [s.get("mainsnak", {}).get("datavalue", {}).get("value", {}).get("id") for s in statements]
    return [value for value in values if value]


def judge(identifier: str, label: str, entities: dict[str, Any]) -> Finding:
    """What an answer says of one id that we have under a label (empty where we have none)."""
    moved = [target for target, e in entities.items() if e.get("redirects", {}).get("from") == identifier]
    if moved:
        return Finding(identifier, "redirect", f"is now {moved[0]}; judge it and change the row")
    entity = entities.get(identifier)
    if entity is None or "missing" in entity:
        return Finding(identifier, "deleted", "is no longer there; take the row out")
    expected = "property" if identifier.startswith("P") else "item"
    if entity.get("type", expected) != expected:
        return Finding(identifier, "type", f"is of type {entity['type']}, not {expected}; judge it again")
    names = _names(entity)
    wanted = " ".join(label.casefold().replace("–", "-").split())
    known = entity.get("labels", {}).get("en", {}).get("value", "no English label")
    if wanted and wanted not in names:
        return Finding(identifier, "label", f"is called “{known}” there and “{label}” here; judge it again")
    return Finding(identifier, "ok", f"{known} ({', '.join(_classes(entity)) or 'no class'})")


def recheck(
    mappings: Iterable[Mapping], endpoint: str, client: requests.Session, *, delay: float = 1.0, timeout: float = 20.0
) -> Iterator[Finding]:
    """A finding for each Wikidata id of the positive mappings, in the order of the ids.

    `delay` is the seconds between two requests that go out. UsageError where the register cannot be asked.
    """
    labels: dict[str, str] = {}
    for mapping in mappings:
        prefix, _, local = mapping.object.partition(":")
        if prefix in ("wikidata", "wdt") and not mapping.negated:
            labels[local] = labels.get(local) or mapping.object_label
    ordered = sorted(labels, key=lambda identifier: (identifier[0], int(identifier[1:])))
    for number, start in enumerate(range(0, len(ordered), BATCH)):
        if number:
            time.sleep(delay)
        batch = list(itertools.islice(ordered, start, start + BATCH))
        entities = _entities(client, endpoint.rstrip("/"), batch, timeout)
        for identifier in batch:
            yield judge(identifier, labels[identifier], entities)

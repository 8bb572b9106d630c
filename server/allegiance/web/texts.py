"""Every sentence of the pages, in one folder: texts/<language>/<page>.ftl, in Mozilla's Fluent.

A further language is a further folder; the scripts of the pages read the same files (frontend/src/lib/texts.ts).
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from fluent.runtime import FluentBundle, FluentResource

FOLDER = Path(__file__).parent / "texts"
LANGUAGE = "en"


class NoSuchText(KeyError):
    """A page asks for a sentence that is not in the folder of texts."""


@cache
def files(language: str = LANGUAGE) -> dict[str, str]:
    """The content of each file of a language, by its name without suffix."""
    return {path.stem: path.read_text(encoding="utf-8") for path in sorted((FOLDER / language).glob("*.ftl"))}


@cache
def _bundle(language: str) -> FluentBundle:
    # Names of things are isolated by <bdi> in the markup, not by invisible characters.
    bundle = FluentBundle([language], use_isolating=False)
    for content in files(language).values():
        bundle.add_resource(FluentResource(content))
    return bundle


def text(key: str, /, **values: object) -> str:
    """The sentence of a key, with its values filled in; NoSuchText where there is none or a value is wanting."""
    bundle = _bundle(LANGUAGE)
    if not bundle.has_message(key):
        raise NoSuchText(key)
    pattern = bundle.get_message(key).value
    made, errors = bundle.format_pattern(pattern, values) if pattern else (None, [key])
    if made is None or errors:
        raise NoSuchText(f"{key}: {errors}")
    return str(made)


def has(key: str) -> bool:
    """Whether there is a sentence with a key."""
    return _bundle(LANGUAGE).has_message(key)


def named(group: str, value: str) -> str:
    """The words for a value of the ontology, such as `mode`, `Asserted`; the value itself, split, where none are."""
    key = f"{group}-{value}"
    return text(key) if has(key) else _split(value)


def _split(value: str) -> str:
    """armedGroup as “armed group”."""
    return "".join(f" {letter.lower()}" if letter.isupper() and at else letter for at, letter in enumerate(value))

"""Spellings that mean the same name: folding of scripts, diacritics, punctuation and transliteration.

Four forms, each coarser than the one before:

    exact     as written, without regard to case and spacing
    plain     Latin letters and digits: no diacritics, no apostrophes, hyphens as spaces, no English possessive
    folded    one key for the spellings that transliteration from Arabic, Persian, Pashto, Urdu and Cyrillic script
              produces: kh/x/q/k, gh/g, dh/z, ee/y/i/e, oo/ou/o/u, aa/a, ay/ai/ei, -ah/-at, -ullah/-ulla, al-/ul-/ud-
    keys      of a whole name: also with d/z as one (Ramadan, Ramazan; Fadl, Fazl) and without regard to word breaks

Folding is for finding, not for judging: that two names fold alike says nothing about who bears them.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from anyascii import anyascii

_POSSESSIVE = re.compile(r"(?<=\w)['’ʼ]s\b", re.IGNORECASE)
_INITIALS = re.compile(r"\b(?:\w\.){2,}")
_ARABIC_ARTICLE = re.compile(r"\bال(?=\w\w)")
_NO_WORD = re.compile(r"[^a-z0-9]+")

# Each rule shortens the word, or puts a letter that no rule makes into one that stays: applied until nothing changes
# they come to an end, and folding what is folded changes nothing.
_RULES = tuple(
    (re.compile(pattern), letters)
    for pattern, letters in (
        (r"ph", "f"),
        (r"dj", "j"),
        (r"c(?!h)|[qx]", "k"),
        (r"dh", "z"),
        (r"([kgt])h", r"\1"),
        (r"[ey]", "i"),
        (r"o", "u"),
        (r"w(?=[aiu])", "v"),
        (r"w", "u"),
        (r"([a-z])\1+", r"\1"),
        (r"a([iu])", r"\1"),
        (r"ih(?=[^aiuh])", "ah"),  # Tehrik, Tahrik; Mehdi, Mahdi
        (r"(?<=[aiu])h$", ""),  # Jundullah, Jundulla
        (r"(?<=..[^aiu])at$", "a"),  # Khilafat, Khilafah; Wilayat, Wilayah
        (r"(?<=...i)at$", "a"),
    )
)
_NAMES = {"muhamid": "muhamad", "muhd": "muhamad", "ahmid": "ahmad", "utman": "usman"}
_ABD = re.compile(r"abd[aiu](?:l(.{4,})?|(r.{4,}))")
_DIN = re.compile(r"(.{3,}?)[aiu]?din")
# Articles, the ezafe and “and”, as they are after folding; they differ from spelling to spelling of one name.
_LINKS = frozenset(
    ("al", "il", "ul", "ad", "ar", "an", "as", "ash", "at", "az", "ud", "ur", "ut", "i", "ti", "va", "val")
)


def exact(text: str) -> str:
    """A text without regard to case and spacing."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def plain(text: str) -> str:
    """The words of a text in a–z and 0–9, with single spaces; empty where it has no letter and no digit."""
    text = _INITIALS.sub(lambda match: match[0].replace(".", ""), _POSSESSIVE.sub("", text))
    text = _ARABIC_ARTICLE.sub("", text)
    kept = []
    for character in unicodedata.normalize("NFKD", text):
        category = unicodedata.category(character)
        if category[0] in "LN":
            kept.append(character)
        elif character not in "'’‘ʼ`´" and category not in ("Mn", "Me", "Cf"):
            kept.append(" ")
    latin = anyascii("".join(kept)).lower().replace("'", "").replace("`", "")
    return " ".join(_NO_WORD.split(latin)).strip()


def folded(text: str) -> str:
    """The words of a text with one spelling for all that transliteration makes of a name."""
    words = [part for word in plain(text).split() for part in fold(word)]
    return " ".join([word for word in words if word not in _LINKS] or words)


@lru_cache(maxsize=1 << 16)
def fold(word: str) -> tuple[str, ...]:
    """One plain word folded; a compound such as Abdulrahman or Sirajuddin gives its parts."""
    before, given = "", word
    while word != before:
        before = word
        for rule, letters in _RULES:
            word = rule.sub(letters, word)
    if len(word) < 2 <= len(given):
        return (given,)  # a single letter would stand for too much
    word = _NAMES.get(word, word)
    if match := _ABD.fullmatch(word):
        rest = match[1] or match[2]
        return ("abd", *fold(rest)) if rest else ("abd",)
    if match := _DIN.fullmatch(word):
        return (*fold(match[1]), "din")
    return (word,)


def keys(text: str) -> set[str]:
    """What two spellings of the same whole name have in common: they share at least one of these."""
    latin, coarse = plain(text), folded(text).replace("z", "d")
    return {exact(text), latin, coarse, latin.replace(" ", ""), coarse.replace(" ", "")} - {""}


def is_link(word: str) -> bool:
    """Whether a plain word is an article, the ezafe or “and”, which one spelling of a name has and another has not."""
    return _LINKS.issuperset(fold(word))


def skeleton(words: str) -> str:
    """The consonants of folded words, which is all that a name in Arabic script is sure to share with a Latin one."""
    consonants = (re.sub(r"[ht]+$", "", re.sub(r"[aiuv]", "", word.replace("z", "d"))) for word in words.split())
    return re.sub(r"(?<=[kgdt])h|(.)(?=\1)", "", "".join(consonants))


def is_latin(text: str) -> bool:
    """Whether every letter of a text is in Latin script."""
    return all(
        unicodedata.name(c, "").startswith(("LATIN", "MODIFIER", "FULLWIDTH LATIN")) for c in text if c.isalpha()
    )

"""How a thing of the record is cited: in BibTeX, as CSL-JSON, and in plain words, each naming the version."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

TITLE = "Allegiance: a citable knowledge graph of armed groups"
AUTHOR = "The Allegiance contributors"
FORMATS = {
    "bibtex": "application/x-bibtex",
    "csl": "application/vnd.citationstyles.csl+json",
    "plain": "text/plain",
}
SUFFIXES = {"bibtex": "bib", "csl": "json", "plain": "txt"}
_SPECIAL = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}


@dataclass(frozen=True)
class Citation:
    """What a citation names: the thing, its lasting address, and the versions of the record and of its data.

    The record has no day of issue, and its address no day of access that would be the reader's: neither is invented.
    """

    label: str
    iri: str
    version: str
    dataset: str

    @property
    def key(self) -> str:
        """A key for a bibliography."""
        return f"allegiance-{re.sub(r'[^a-z0-9]+', '-', self.iri.rpartition('/')[2].lower()).strip('-')}"

    @property
    def plain(self) -> str:
        """One line of words."""
        label = self.label.rstrip(".")
        return f"“{label}”. {TITLE}, version {self.version} (dataset {self.dataset}). {AUTHOR}. {self.iri}"

    @property
    def bibtex(self) -> str:
        """An entry for BibTeX and BibLaTeX; braces keep the case of names."""
        fields = {
            "author": f"{{{{{AUTHOR}}}}}",
            "title": f"{{{{{_escaped(self.label)}}}}}",
            "howpublished": f"{{{_escaped(TITLE)}}}",
            "note": f"{{Version {_escaped(self.version)}, dataset {_escaped(self.dataset)}}}",
            "url": f"{{{self.iri}}}",
        }
        return f"@misc{{{self.key},\n" + "".join(f"  {name} = {value},\n" for name, value in fields.items()) + "}\n"

    @property
    def csl(self) -> str:
        """An item of CSL-JSON 1.0, for Zotero and pandoc."""
        item = {
            "id": self.key,
            "type": "entry",
            "title": self.label,
            "container-title": TITLE,
            "author": [{"literal": AUTHOR}],
            "version": self.version,
            "note": f"dataset {self.dataset}",
            "URL": self.iri,
        }
        return json.dumps([item], ensure_ascii=False, indent=2) + "\n"

    def as_(self, name: str) -> str:
        """The citation in one of FORMATS."""
        return {"bibtex": self.bibtex, "csl": self.csl, "plain": self.plain + "\n"}[name]


def _escaped(words: str) -> str:
    return "".join(_SPECIAL.get(sign, f"\\{sign}" if sign in "&%$#_{}" else sign) for sign in words)

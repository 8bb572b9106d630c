"""The expected answers of the question library; run as a script it writes them anew, for an editor to review as a diff.

python tests/answers.py build
"""

from __future__ import annotations

import io
import sys
from pathlib import Path

from allegiance import library
from allegiance.engine import Engine, write_answer

FOLDER = Path(__file__).parent / "answers"


def answer(engine: Engine, question: library.Question) -> str:
    """The answer of a question with its sample parameters, as CSV."""
    text = question.bound({parameter.name: parameter.sample for parameter in question.parameters})
    out = io.BytesIO()
    write_answer(engine.query(text), "text/csv", out, {})
    return out.getvalue().decode().replace("\r\n", "\n")


def main(build: Path) -> None:
    """Write the answers that a build gives."""
    engine = Engine.on_disk(build / "store")
    FOLDER.mkdir(exist_ok=True)
    for old in FOLDER.glob("*.csv"):
        old.unlink()
    for question in library.questions().values():
        (FOLDER / f"{question.name}.csv").write_text(answer(engine, question), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))

"""No verdict word without a rule: the strings this project prints accuse nobody.

Docstrings and the words of others (claims, sources) are not ours; what pages and commands print is.
"""

from __future__ import annotations

import ast
import html
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "orebook"
# Words that pass judgement on somebody. None has a rule behind it here, so none may be printed.
VERDICTS = re.compile(
    r"\b(?:fraud\w*|scam\w*|corrupt\w*|brib\w+|liar|lied|lying|fak(?:e|ed|ery)|bogus|sham|hoax\w*|"
    r"scandal\w*|secretive\w*|one-sided (?:deal|agreement|contract)s?|lopsided|"
    r"unfair\w*|plunder\w*|loot(?:ed|ing)|stole\w*|"
    r"cover-?up|conceal\w*|suspicious\w*|dubious\w*|dishonest\w*|deceiv\w+|deceptive\w*|"
    r"mislead\w*|guilty|crimin\w+|illegal\w*|smuggl\w+|launder\w*|debunk\w*|disproven?)\b",
    re.IGNORECASE,
)
# Words that a rule computes: printed by the rooms that hold the rule, and nowhere else.
RULED = re.compile(r"\b(?:implausible|contradicted|retracted|superseded)\b", re.IGNORECASE)
# Rooms whose words reach a reader; the words of a foreign standard or format are not ours.
SPEAKING = ("show", "web", "cli", "acts", "engines")
RULED_IN = (
    "cli/witness",
    "engines/evidence",
    "engines/origin",
    "engines/rules",
    "show",
    "web",
    "acts",
    "model",
)


def strings(path: Path) -> Iterator[tuple[int, str]]:
    """Every string a module holds, docstrings and regular expressions left aside."""
    tree = ast.parse(path.read_text("utf-8"))
    silent = {
        node.body[0].value
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in silent:
            yield node.lineno, node.value


def printed() -> Iterator[tuple[str, str]]:
    """Every string and template text that can reach a page, an answer or a terminal."""
    for path in sorted(SOURCE.rglob("*.py")):
        name = path.relative_to(SOURCE).as_posix()
        if not name.startswith(SPEAKING):
            continue
        for line, text in strings(path):
            yield f"{name}:{line}", text
    for path in sorted((SOURCE / "web" / "templates").glob("*.html")):
        text = re.sub(r"\{[%{#].*?[%}#]\}|<[^>]+>", " ", path.read_text("utf-8"), flags=re.DOTALL)
        yield f"web/templates/{path.name}", html.unescape(text)
    for path in sorted((SOURCE / "web" / "static").glob("*.js")):
        yield f"web/static/{path.name}", path.read_text("utf-8")


def test_nothing_printed_passes_judgement_on_anybody() -> None:
    told = [(place, m[0]) for place, text in printed() for m in VERDICTS.finditer(text)]
    assert told == []


def test_a_word_that_a_rule_computes_stays_where_the_rule_is() -> None:
    told = [
        (place, m[0])
        for place, text in printed()
        if not place.startswith(RULED_IN)
        for m in RULED.finditer(text)
    ]
    assert told == []


@pytest.mark.parametrize("word", ["a fraudulent deal", "The secretive contract", "It is illegal."])
def test_the_lint_finds_a_verdict(word: str) -> None:
    assert VERDICTS.search(word)

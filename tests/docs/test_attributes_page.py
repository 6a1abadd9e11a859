"""The page of attributes is the table of attributes; run this file to write it again."""

from __future__ import annotations

from pathlib import Path

from orebook.model.shape import KINDS, shapes
from orebook.model.vocabulary import table, words

_PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "attributes.md"
_SHELF = {"clear": "in the leaf", "public": "public shelf", "sealed": "sealed"}


def page() -> str:
    """Every kind and nested record with its attributes, then every vocabulary."""
    lines = [
        "# Attributes and words",
        "",
        "Made from `src/orebook/model/tables/`; a test holds this page to it. Where an attribute",
        "lies: *in the leaf* is public wherever the log is; *public shelf* is readable by everyone",
        "and can be taken down; *sealed* is for the audience its owner names. `!` marks what a",
        "body must have. Any value but an identifier can be an [absence](model.md#absence).",
    ]
    nested = [name for name in shapes() if name not in KINDS]
    for kind in (*KINDS, *nested):
        lines += ["", f"## {kind}", "", "| Attribute | Type | Lies | Meaning | Source |"]
        lines.append("|---|---|---|---|---|")
        for a in shapes()[kind].values():
            name = f"`{a.name}`" + (" !" if a.required else "")
            cells = (name, a.type, _SHELF[a.shelf], a.description, a.source)
            lines.append(f"| {' | '.join(cells)} |")
    names = dict.fromkeys(row["vocabulary"] for row in table("words"))
    for vocabulary in ("event_kind", "stage", "contract_term", *names):
        lines += ["", f"## Words: {vocabulary}", ""]
        lines += [f"- `{word}`: {meaning}" for word, meaning in words(vocabulary).items()]
    return "\n".join(lines) + "\n"


def test_the_page_is_the_table() -> None:
    assert _PAGE.read_text("utf-8") == page(), f"write it again: python {Path(__file__).name}"


if __name__ == "__main__":
    _PAGE.write_text(page(), "utf-8")

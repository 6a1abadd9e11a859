"""Change fragments and decision notes keep their form, so that they can be read at a glance."""

from __future__ import annotations

import re
from pathlib import Path


def test_each_change_says_who_is_affected(root: Path) -> None:
    fragments = [path for path in (root / "CHANGES.d").glob("*.md") if path.name != "README.md"]
    assert fragments
    for path in fragments:
        lines = path.read_text(encoding="utf-8").splitlines()
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", path.stem), path.name
        assert re.match(r"# \S", lines[0]), path.name
        assert re.match(r"For: \S.*\.$", lines[1]), f"{path.name}: the second line says For: who."
        assert lines[2] == "", path.name
        assert "".join(lines[3:]).strip(), path.name


def test_decision_notes_are_numbered_and_complete(root: Path) -> None:
    notes = sorted((root / "docs" / "why").glob("[0-9]*.md"))
    assert [int(path.name[:4]) for path in notes] == list(range(1, len(notes) + 1))
    for path in notes:
        text = path.read_text(encoding="utf-8")
        headings = re.findall(r"^## (.+)$", text, re.MULTILINE)
        assert headings == ["Context", "Decision", "Consequences"], path.name
        assert text.startswith(f"# {int(path.name[:4])}. "), path.name
        assert len(text.splitlines()) <= 60, f"{path.name}: half a page"


def test_the_list_of_notes_is_whole(root: Path) -> None:
    listed = (root / "docs" / "why" / "README.md").read_text(encoding="utf-8")
    names = {path.name for path in (root / "docs" / "why").glob("[0-9]*.md")}
    assert set(re.findall(r"\]\((\d{4}-[\w-]+\.md)\)", listed)) == names

"""The python of the manual is true: a block with prompts runs and prints what it says.

A block without prompts is a sketch that may name what its reader will write: it must compile, and
what it imports must be there.
"""

from __future__ import annotations

import ast
import doctest
import re
from pathlib import Path

import pytest

_DOCS = Path(__file__).resolve().parents[2] / "docs"
_BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_PAGES = {p.relative_to(_DOCS).as_posix(): p for p in sorted(_DOCS.rglob("*.md"))}
_WITH_CODE = [name for name, page in _PAGES.items() if _BLOCK.search(page.read_text("utf-8"))]


@pytest.mark.parametrize("name", _WITH_CODE)
def test_the_python_of_a_page_runs(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # what a block writes is gone with the test
    text = _PAGES[name].read_text("utf-8")
    names: dict[str, object] = {"__name__": "manual"}
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
    ran = 0
    for match in _BLOCK.finditer(text):
        line = text.count("\n", 0, match.start()) + 1
        ran += 1
        if ">>>" not in match[1]:
            sketch = ast.parse(match[1], name)
            sketch.body = [n for n in sketch.body if isinstance(n, ast.Import | ast.ImportFrom)]
            exec(compile(sketch, name, "exec"), names)
            continue
        parsed = doctest.DocTestParser().get_doctest(match[1], names, name, name, line)
        told: list[str] = []
        result = runner.run(parsed, out=told.append, clear_globs=False)
        names.update(parsed.globs)
        assert result.failed == 0, "".join(told)
    assert ran > 0


def test_the_manual_shows_the_words_of_the_model() -> None:
    assert "reference/model.md" in _WITH_CODE

"""The manual's examples give what the manual says."""

from __future__ import annotations

import doctest
from pathlib import Path


def test_every_example_of_the_manual_runs() -> None:
    page = Path(__file__).resolve().parents[3] / "docs" / "reference" / "balance.md"
    text = page.read_text(encoding="utf-8").replace("```", "")
    examples = doctest.DocTestParser().get_doctest(text, {}, "balance.md", str(page), 0)
    assert len(examples.examples) > 20
    said: list[str] = []
    outcome = doctest.DocTestRunner(verbose=False).run(examples, out=said.append)
    assert outcome.failed == 0, "".join(said)

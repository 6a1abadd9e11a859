"""The hand-worked cases of the manual, run as they stand there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from orebook.acts.origin_list import origin, read

_PAGE = (Path(__file__).resolve().parents[3] / "docs/reference/origin.md").read_text("utf-8")
_CASE = re.compile(
    r"^### ([^\n]+)\n.*?^```csv\n(.*?)^```\n\n((?:\|[^\n]*\n)+)", re.MULTILINE | re.DOTALL
)
CASES = {m[1]: (m[2], m[3]) for m in _CASE.finditer(_PAGE)}


@pytest.mark.parametrize("name", CASES)
def test_a_case_of_the_manual_comes_out_as_written(name: str) -> None:
    document, table = CASES[name]
    answer = origin(read(document.encode(), "case.csv"))
    found = {lot.lot: {s.question.key: s for s in lot.splits} for lot in answer.lots}
    rows = [[c.strip() for c in line.strip("|\n").split("|")] for line in table.splitlines()[2:]]
    assert rows
    for lot, key, label, low, value, high in rows:
        split = found[lot][key]
        if label == "(unknown)":
            assert split.unknown == pytest.approx(float(value), abs=1e-12)
            continue
        share = (
            split.not_passed
            if label == "(not passed)"
            else next(s for s in split.shares if s.name == label)
        )
        assert share is not None
        wanted = pytest.approx((float(low), float(value), float(high)), abs=1e-12)
        assert (share.low, share.value, share.high) == wanted, (lot, label)
        assert split.whole == pytest.approx(1, abs=1e-12)


def test_the_manual_has_its_cases() -> None:
    assert len(CASES) == 7

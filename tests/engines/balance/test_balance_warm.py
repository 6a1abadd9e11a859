"""A new event begins from where the book was balanced before, and changes no answer."""

from __future__ import annotations

from typing import Any

import pytest

from orebook.acts.reconcile import reconcile_view
from orebook.model.facts import Facts


class Shelf:
    """A book that can be remembered by; it says nothing itself."""


class Stub:
    """A view of those facts of that book."""

    reader, today = "public", "2026-03-01"

    def __init__(self, held: Facts, book: Shelf) -> None:
        self.held, self.book = held, book

    def facts(self, **_: object) -> Facts:
        return self.held


def mass(tonnes: float, figure_of) -> dict[str, Any]:
    return figure_of(f"{tonnes * 1000:.3f}", "KGM", f"{tonnes * 8:.3f}", basis="dry")


def bodies(lots: int, figure_of) -> list[tuple[str, dict[str, Any]]]:
    """Lots that a crusher and a mill hand on; every mass and grade is read a little differently."""
    made: list[tuple[str, dict[str, Any]]] = []
    for n in range(lots + 1):
        grade = figure_of(f"{2 + 0.01 * (n % 3):.2f}", "P1", "0.05")
        results = [{"substance": "Cu", "grade": grade}]
        assay = {"id": f"a{n}", "lot": f"l{n}", "basis": "dry", "results": results}
        made += [("lot", {"id": f"l{n}"}), ("assay", assay)]
    for n in range(lots):
        made.append((
            "event",
            {"id": f"e{n}", "kind": "crush", "when": "2026-01-10",
             "inputs": [{"lot": f"l{n}", "mass": mass(100 + (n * 7) % 5 / 4, figure_of)}],
             "outputs": [{"lot": f"l{n + 1}", "mass": mass(100 + (n * 3) % 4 / 4, figure_of)}]},
        ))  # fmt: skip
    return made


@pytest.mark.parametrize("used_up", [True, False])
def test_a_new_event_begins_where_the_book_stood_and_agrees_with_a_fresh_start(
    build, figure_of, used_up
) -> None:
    today, tomorrow = (build(bodies(n, figure_of)) for n in (6, 7))
    book = Shelf()
    reconcile_view(Stub(today, book), used_up=used_up)
    warm = reconcile_view(Stub(tomorrow, book), used_up=used_up)
    cold = reconcile_view(Stub(tomorrow, Shelf()), used_up=used_up)
    assert warm.answer is not None
    assert cold.answer is not None
    assert warm.answer.found.rounds < cold.answer.found.rounds
    assert "begun at the balance before" in warm.answer.method
    assert cold.answer.method == "dense"
    assert warm.answer.digest == cold.answer.digest
    told = cold.answer.known.told
    assert told.any()
    assert warm.answer.known.value[told] == pytest.approx(cold.answer.known.value[told], rel=1e-9)
    assert warm.answer.known.sd[told] == pytest.approx(cold.answer.known.sd[told], rel=1e-6)
    assert warm.verdict == cold.verdict
    again = reconcile_view(Stub(tomorrow, book), used_up=used_up)
    assert again.as_json() == warm.as_json()

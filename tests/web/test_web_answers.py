"""An answer, or a question without one, stands beside the claim in page, CSV and JSON alike."""

from __future__ import annotations

from typing import Any

from orebook.model.claim import Notice, Reply
from orebook.model.entry import Ref
from orebook.model.facts import Head, facts_of
from orebook.model.read import record
from orebook.web.cells import answer_cell


def test_an_answer_stands_beside_the_claim_and_a_question_without_one_is_a_state() -> None:
    bodies: list[tuple[str, dict[str, Any]]] = [
        ("party", {"id": "p", "name": "Acme"}),
        (
            "reply",
            {"id": "r", "to": ["a"], "party": "p", "when": "2026-02-01", "text": "We did not."},
        ),
        ("notice", {"id": "n", "to": "p", "about": ["a", "b"], "when": "2026-01-05"}),
    ]
    records = [record(k, b, Ref(f"{n:064x}", 0, n)) for n, (k, b) in enumerate(bodies)]
    facts = facts_of(Head("x", 3, ""), "", "2026-03-01", records)
    assert facts.all(Reply)
    assert facts.all(Notice)
    assert (
        answer_cell("a", facts).text == "Acme answered on 1\u00a0February\u00a02026: “We did not.”"
    )
    assert (
        answer_cell("b", facts).text
        == "Acme was asked on 5\u00a0January\u00a02026, no answer recorded"
    )
    assert answer_cell("c", facts).state == "silent"

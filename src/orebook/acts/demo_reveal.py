"""The demo's last step: what the invented agreement sealed is opened to everyone, and stays so."""

from __future__ import annotations

from orebook.acts.reveal import Opened, reveal
from orebook.acts.see import View
from orebook.model.agreement import Agreement
from orebook.model.document import Document
from orebook.model.problem import NotFound

_PRICE = ("agreement:invented/offtake", "/amounts/0/amount")
_CLAUSE = "/clauses/1/text"
_TEXT = ("document:invented/offtake-text", "/sha256")


def open_agreement(view: View) -> tuple[Opened, ...]:
    """Price, its clause and the digest of the text, each revealed by an entry that carries it.

    Refuses: NotFound in any other book.
    """
    facts = view.facts(kinds=["agreement", "document"])
    agreement, text = facts.get(Agreement, _PRICE[0]), facts.get(Document, _TEXT[0])
    if agreement is None or text is None:
        message = f"this book has no sealed {_PRICE[0]}"
        raise NotFound(message)
    return (
        reveal(view.book, agreement.ref.text(), _PRICE[1], "public"),
        reveal(view.book, agreement.ref.text(), _CLAUSE, "public"),
        reveal(view.book, text.ref.text(), _TEXT[1], "public"),
    )

"""The text of an agreement clause by clause, one clause across agreements, and two side by side."""

from __future__ import annotations

from orebook.acts.contract import texts
from orebook.acts.deal import deals
from orebook.acts.opened import compared
from orebook.engines.disclosure.yardstick import keys
from orebook.model.absence import known
from orebook.model.agreement import Agreement
from orebook.model.document import Document
from orebook.model.problem import NotFound, ReaderError
from orebook.show.opened import compared_json, frame
from orebook.show.values import say
from orebook.web.addresses import address
from orebook.web.cells import ref_cell
from orebook.web.opened_parts import changes_table
from orebook.web.page import Answer, Ask, Page
from orebook.web.tables import Cell, Table, cell, table
from orebook.web.text_parts import clauses_table, held_of, merged, page_of

TRAIL = (("Agreements", "/agreements"),)


def reader(ask: Ask) -> Answer:
    """The clauses of a text that is public, each with its own address; a page; or one key.

    `clause=N` shows one clause, `key=K` the clauses on one term here and across agreements;
    `document=D&page=N` one page as it looks beside the clauses on it, `as=png` its picture alone
    and `as=file` the file. Refuses: NotFound for an agreement, clause, text or page not there.
    """
    facts = ask.view.facts(kinds=["agreement", "document"])
    agreement = facts.get(Agreement, ask.ident)
    if agreement is None:
        message = f"this book has no agreement {ask.ident}"
        raise NotFound(message)
    if ask.query.get("document"):
        return page_of(ask, agreement)
    title = say(agreement.title).text
    here = address("agreement", agreement.id)
    held = texts(ask.view, agreement)
    clauses = merged(agreement, held)
    wanted, key = ask.query.get("clause", ""), ask.query.get("key", "")
    if wanted:
        clauses = tuple(c for c in clauses if c.number == wanted)
        if not clauses:
            message = f'this text has no clause "{wanted[:40]}"'
            raise NotFound(message)
    if key and key not in keys():
        message = f'key: expected a key of the public contract list, found "{key[:60]}"'
        raise ReaderError(message)
    shown = [c for c in clauses if not key or key in c.keys]
    parts: dict[str, object] = {
        "agreement": agreement,
        "clauses": shown,
        "unchecked": any(not c.stated for c in shown),
        "one": wanted,
        "key": keys()[key].label if key else "",
        "whole": address("agreement", agreement.id, "text"),
        "held": [held_of(agreement, one) for one in held],
    }
    tables = (
        clauses_table(agreement, clauses),
        _papers(agreement, {d.id: d for d in facts.all(Document)}),
        *((_across(deals(ask.view), key),) if key else ()),
    )
    name = f"{title}: the text" if not wanted else f"{title}: clause {wanted}"
    return Page("text", name, parts, tables, {"id": agreement.id}, trail=(*TRAIL, (title, here)))


def _papers(agreement: Agreement, documents: dict[str, Document]) -> Table:
    rows = []
    for paper in known(agreement.papers) or ():
        ident = known(paper.document) or ""
        held = documents.get(ident)
        rows.append(
            (
                Cell(
                    say(held.name).text if held is not None else ident,
                    address("document", ident) if held is not None else "",
                ),
                cell(paper.role),
                cell(paper.public),
                cell(paper.by),
                _yes(paper.signed),
                _yes(paper.pages_missing),
                _yes(paper.annexes_missing),
                cell(held.sha256) if held is not None else Cell("not in the book", state="silent"),
            )
        )
    columns = (
        ("document", "document"),
        ("role", "part"),
        ("public", "public since"),
        ("by", "published by"),
        ("signed", "signed copy"),
        ("pages", "pages missing"),
        ("annexes", "annexes missing"),
        ("sha256", "SHA-256"),
    )
    return table("papers", "Documents", columns, rows)


def _yes(value: object) -> Cell:
    if isinstance(value, bool):
        return Cell("yes" if value else "no")
    return cell(value)


def _across(every: tuple[Agreement, ...], key: str) -> Table:
    """What each agreement of the book says on one key, by clause or by term."""
    rows = []
    for one in every:
        link = Cell(say(one.title).text, address("agreement", one.id))
        told = [
            (
                Cell(
                    f"clause {known(c.number)}",
                    address("agreement", one.id, "text", clause=known(c.number) or ""),
                ),
                cell(c.text),
            )
            for c in known(one.clauses) or ()
            if key in (known(c.keys) or ())
        ]
        told += [
            (Cell("term"), cell(t.value)) for t in known(one.terms) or () if known(t.key) == key
        ]
        silent = (Cell("", state="silent"), Cell("says nothing of it", state="silent"))
        rows += [(link, *pair, ref_cell(one.ref)) for pair in (told or [silent])]
    columns = (("agreement", "agreement"), ("where", "where"), ("text", "says"), ("entry", "entry"))
    return table("across", f"{keys()[key].label.capitalize()}, across agreements", columns, rows)


def _others(ask: Ask) -> Page:
    """What an agreement can be compared with."""
    listed = deals(ask.view)
    title = next((say(a.title).text for a in listed if a.id == ask.ident), None)
    if title is None:
        message = f"this book has no agreement {ask.ident}"
        raise NotFound(message)
    rows = [
        (
            Cell(say(a.title).text, address("agreement", ask.ident, "compare", other=a.id)),
            cell(a.instrument),
            cell(a.signed),
        )
        for a in listed
        if a.id != ask.ident
    ]
    columns = (("agreement", "agreement"), ("instrument", "instrument"), ("signed", "signed"))
    found = table("others", "Compare it with", columns, rows)
    trail = (*TRAIL, (title, address("agreement", ask.ident)))
    return Page("list", f"{title}, beside another", tables=(found,), trail=trail)


def compare(ask: Ask) -> Page:
    """Two agreements term by term; those to choose from where no other one is named."""
    other = ask.query.get("other", "")
    if not other:
        return _others(ask)
    before, after, changes, facts = compared(ask.view, ask.ident, other)
    left, right = say(before.title).text, say(after.title).text
    heads = frame(ask.view, before, after, facts.as_of)
    framed = table(
        "frame",
        "The two instruments",
        (("what", "what"), ("before", left), ("after", right)),
        [(Cell(name), Cell(a), Cell(b)) for name, a, b in heads],
    )
    tables = (framed, changes_table("changes", "Term by term", changes, (left, right)))
    parts: dict[str, object] = {
        "left": (left, address("agreement", before.id)),
        "right": (right, address("agreement", after.id)),
        "swap": address("agreement", after.id, "compare", other=before.id),
        "difference": before.difference,
    }
    trail = (*TRAIL, (left, address("agreement", before.id)))
    return Page(
        "compared",
        f"{left} and {right}",
        parts,
        tables,
        compared_json(before, after, changes, facts, heads),
        trail=trail,
    )

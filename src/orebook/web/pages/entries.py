"""Entries and the log: the newest first, one leaf with its proof, and how to check the head."""

from __future__ import annotations

import json
from importlib import import_module
from typing import Any

from orebook.acts.entries import PAGE, EntrySheet, entry
from orebook.acts.entries import page as page_of
from orebook.acts.record import Record
from orebook.acts.register import names
from orebook.model.absence import sealed_for
from orebook.model.entry import Entry
from orebook.model.problem import ReaderError
from orebook.model.pseudonym import in_words
from orebook.show.numbers import number
from orebook.show.sealed import audience_text, signer_text
from orebook.web.addresses import ROOMS, address
from orebook.web.cells import stated_by
from orebook.web.page import Answer, Ask, File, Page
from orebook.web.tables import Cell, Table, fields, table

_IDS_SHOWN = 3


def listing(ask: Ask) -> Page:
    """Entries, newest first, a hundred to a page."""
    size = ask.view.head.size
    before = ask.number("before", size, 10**9 - 1) if ask.query.get("before") else None
    found = page_of(ask.view, before)
    called = names(ask.view, [e.author for e in found])
    rows = [
        (
            Cell(str(e.position), address("entry", str(e.position)), value=str(e.position)),
            Cell(e.kind),
            Cell(number(len(e.facts)), value=str(len(e.facts))),
            Cell(_about(e)),
            Cell(called.get(e.author, in_words(e.author))),
            Cell(e.issued),
            Cell(f"{e.leaf[:16]}…", value=e.leaf),
        )
        for e in found
    ]
    columns = (
        ("position", "entry"),
        ("kind", "kind"),
        ("facts", "facts"),
        ("about", "about"),
        ("author", "stated by"),
        ("issued", "sealed at"),
        ("leaf", "leaf hash"),
    )
    shown = table("entries", "Entries, newest first", columns, rows, numbers=("position", "facts"))
    last = found[-1].position if found else 0
    parts: dict[str, object] = {
        "older": f"/entries?before={last}" if last > 0 else "",
        "newest": "/entries" if before is not None else "",
        "size": size,
        "count": PAGE,
    }
    return Page("entries", "Entries", parts, (shown,))


def _about(found: Entry) -> str:
    ids = [str(fact.get("id", "")) for fact in found.facts]
    more = f" and {len(ids) - _IDS_SHOWN} more" if len(ids) > _IDS_SHOWN else ""
    return "; ".join(ids[:_IDS_SHOWN]) + more


def sheet(ask: Ask) -> Answer:
    """One entry: the leaf as it stands and what it says, what is sealed, the proof, the signer."""
    found = entry(ask.view, ask.ident)
    wanted = ask.query.get("file", "")
    if wanted == "leaf":
        return File(found.leaf, "application/jose", f"entry-{found.entry.position}.jws")
    if wanted == "proof":
        name = f"entry-{found.entry.position}.tlog-proof"
        return File(found.proof.encode(), "text/plain", name)
    if wanted:
        message = f'file: expected leaf or proof, found "{wanted[:40]}"'
        raise ReaderError(message)
    own = found.entry
    called = names(ask.view, [own.author, ask.view.book.operator])
    sealed = _sealed(own)
    parts: dict[str, object] = {
        "found": found,
        "signer": _signer(found, ask, called),
        "payload": json.dumps(found.payload, indent=1, ensure_ascii=False),
        "header": json.dumps(found.header, indent=1, ensure_ascii=False),
        "facts": [json.dumps(fact, indent=1, ensure_ascii=False) for fact in own.facts],
        "links": _links(own),
        "leaf_link": address("entry", str(own.position), file="leaf"),
        "proof_link": address("entry", str(own.position), file="proof"),
        "earlier": address("entry", str(own.position - 1)) if own.position else "",
        "later": address("entry", str(own.position + 1))
        if own.position + 1 < found.head.size
        else "",
    }
    tables = (
        _envelope(found, called),
        table("sealed", "Sealed members", (("member", "member"), ("since", "sealed since"),
                                           ("audience", "for")), sealed,
              note="" if sealed else "Nothing in this entry is hidden from you."),
    )  # fmt: skip
    data = {
        "entry": {
            "position": own.position, "leaf": own.leaf, "kind": own.kind, "author": own.author,
            "issued": own.issued, "facts": list(own.facts),
        },
        "header": found.header,
        "payload": found.payload,
        "disclosures": list(found.disclosures),
        "proof": found.proof,
    }  # fmt: skip
    unknown = tuple(row[0].text for row in sealed)
    return Page(
        "entry",
        f"Entry {own.position}: {own.kind}",
        parts,
        tables,
        data,
        unknown,
        trail=(("Entries", "/entries"),),
    )


def _envelope(found: EntrySheet, called: dict[str, str]) -> Table:
    own = found.entry
    rows = [
        ("position", Cell(number(own.position), value=str(own.position))),
        ("leaf hash", Cell(own.leaf)),
        ("kind", Cell(own.kind)),
        ("stated by", stated_by(own.author, called)),
        ("sealed at", Cell(own.issued)),
        ("key", Cell(own.key_id)),
        ("evidence", Cell("; ".join(own.evidence) or "none named")),
        ("replaces", Cell("; ".join(own.supersedes) or "nothing")),
        ("capture", Cell(own.capture or "none")),
        ("bytes of the leaf", Cell(number(len(found.leaf)), value=str(len(found.leaf)))),
        ("disclosures you hold", Cell(number(len(found.disclosures)),
                                      value=str(len(found.disclosures)))),
    ]  # fmt: skip
    return fields("envelope", "The envelope", rows)


def _signer(found: EntrySheet, ask: Ask, called: dict[str, str]) -> str:
    """Who signed: custodial signatures are never passed off as the party's own."""
    own, operator = found.entry, ask.view.book.operator
    author = called.get(own.author, in_words(own.author))
    return signer_text(own, author, called.get(operator, operator))


def _sealed(own: Entry) -> list[tuple[Cell, ...]]:
    rows: list[tuple[Cell, ...]] = []
    for number_, fact in enumerate(own.facts):
        for place, audience in _hidden(fact, f"/{number_}"):
            words = audience_text(sealed_for(own.position, audience).audiences)
            rows.append((Cell(place), Cell(f"entry {own.position}"), Cell(words)))
    return rows


def _hidden(value: object, place: str) -> list[tuple[str, object]]:
    found: list[tuple[str, object]] = []
    if isinstance(value, dict):
        sealed = value.get("sealed")
        if isinstance(sealed, dict):
            found += [(f"{place}/{name}", whom) for name, whom in sealed.items()]
        for name, member in value.items():
            found += _hidden(member, f"{place}/{name}") if name != "sealed" else []
    elif isinstance(value, list):
        for number_, item in enumerate(value):
            found += _hidden(item, f"{place}/{number_}")
    return found


def _links(own: Entry) -> list[tuple[str, str]]:
    """The pages of the things its facts are about."""
    if own.kind not in ROOMS:
        return []
    ids = list(dict.fromkeys(str(fact.get("id", "")) for fact in own.facts))
    return [(ident, address(own.kind, ident)) for ident in ids[:50]]


def log(ask: Ask) -> Page:
    """The head, its signed note, how to check it, and where the tiles lie."""
    book = ask.view.book
    head = ask.view.head
    shown = [
        ("origin", Cell(head.origin)),
        ("entries", Cell(number(head.size), value=str(head.size))),
        ("root hash", Cell(head.root)),
        ("verifier key", Cell(book.log_key)),
        ("checkpoint", Cell("/checkpoint", "/checkpoint")),
        ("first tile of hashes", Cell(_tile(head.size, "0"), f"/{_tile(head.size, '0')}")),
        ("first bundle of entries", Cell(_tile(head.size, "entries"),
                                         f"/{_tile(head.size, 'entries')}")),
    ]  # fmt: skip
    parts: dict[str, object] = {
        "note": book.signed_head.decode("utf-8", "replace"),
        "vkey": book.log_key,
        "last": head.size - 1,
        "witnesses": _witnesses(book),
    }
    tables = (fields("log", "The log at this head", shown),)
    return Page("log", "The log", parts, tables, {"checkpoint": parts["note"]})


def _witnesses(book: Record) -> tuple[str, ...]:
    """What witnesses say of the head. They are asked elsewhere; a page only tells."""
    standing: Any = import_module("orebook.acts.cosign").standing
    return tuple(standing(book).lines())


def _tile(size: int, level: str) -> str:
    return f"tile/{level}/000" + (f".p/{size}" if size < 256 else "")

"""Rules: the packs there are, one pack, and what they say of a lot, the witness as a picture."""

from __future__ import annotations

from urllib.parse import urlencode

from orebook.acts import packs
from orebook.acts.plausible import chain_of_lot
from orebook.acts.qualify import Qualified, judged
from orebook.acts.register import names
from orebook.engines.rules import Pack
from orebook.model.problem import NotFound
from orebook.show.values import day_text
from orebook.web.addresses import address
from orebook.web.credential_parts import verdict_of
from orebook.web.days import day as day_of
from orebook.web.page import Ask, Page
from orebook.web.rules_parts import (
    ENGINE,
    every_pack,
    rules_address,
    said,
    shown,
    summary,
    tables_of,
)
from orebook.web.tables import Cell, Table, fields, table


def page(ask: Ask) -> Page:
    """The packs, one of them, or what they say of a lot on a day.

    Takes: `lot`, `pack`, and `law`, the day whose law is asked of (today if left out).
    """
    lot, name = ask.query.get("lot", ""), ask.query.get("pack", "")
    day = day_of("law", ask.query.get("law", "") or ask.view.today)
    if name and name not in packs.names():
        message = f"pack: expected one of {', '.join(packs.names())}, found {name[:60]!r}"
        raise NotFound(message)
    if lot:
        return _verdicts(ask, lot, name, day)
    return _one(packs.pack(name), day) if name else _list(day)


def _verdicts(ask: Ask, lot: str, name: str, day: str) -> Page:
    chain, facts = chain_of_lot(ask.view, lot)
    found: tuple[Qualified, ...]
    if name:
        found = (judged(chain, packs.pack(name), day, ("*",), facts.head),)
    else:
        found = every_pack(chain, facts.head, day)
    told = tuple(shown(f"w{n}", q, facts) for n, q in enumerate(found)) if name else ()
    parts: dict[str, object] = {
        "lot": lot,
        "lot_href": address("lot", lot),
        "chosen": name,
        "day": day,
        "packs": [(p, packs.pack(p).title) for p in packs.names()],
        "told": told,
        "credential": verdict_of(ask.view, lot, found[0].verdicts[0]) if name else None,
        "all": rules_address(lot, "", day),
        "form": f"/disclosure?{_query(lot)}",
    }
    tables = [summary(found, lot, day), *tables_of(told)]
    called = names(ask.view, [lot]).get(lot, lot)
    title = f"Which rules does {called} meet?"
    data = {"day": day, "verdicts": [q.as_json() for q in found]}
    unknown = tuple(q.verdicts[0].pack.title for q in found if said(q.verdicts[0])[0] == "?")
    return Page(
        "rules", title, parts, tuple(tables), data, unknown, (ENGINE,),
        trail=(("Lots", "/lots"), (called, address("lot", lot))),
    )  # fmt: skip


def _query(lot: str) -> str:
    return urlencode({"lot": lot})


def _list(day: str) -> Page:
    rows = []
    for name in packs.names():
        pack = packs.pack(name)
        forces = [rule.at(day) for rule in pack.rules]
        states = dict.fromkeys(force.status if force else "not law" for force in forces)
        words = ", ".join(state.replace("_", " ") for state in states)
        rows.append(
            (
                Cell(pack.title, rules_address("", name, day)),
                Cell(pack.jurisdiction),
                Cell(str(len(pack.rules)), value=str(len(pack.rules))),
                Cell(words),
                Cell("; ".join(b.text for b in pack.branches.values()) or "none"),
                Cell(day_text(pack.recheck)),
            )
        )
    columns = (("pack", "rules"), ("jurisdiction", "jurisdiction"), ("count", "how many"),
               ("state", f"state on {day_text(day)}"), ("branches", "if the law were another"),
               ("recheck", "vouched for until"))  # fmt: skip
    listed = table("packs", "Packs of rules", columns, rows, numbers=("count",))
    return Page("list", "Rules a lot can be held against", tables=(listed,), versions=(ENGINE,))


def _one(pack: Pack, day: str) -> Page:
    about = fields(
        "about",
        "The pack",
        [
            ("identifier", Cell(pack.id)),
            ("citation", Cell(pack.citation)),
            ("publisher", Cell(pack.publisher)),
            ("version", Cell(pack.version)),
            ("vouched for until", Cell(day_text(pack.recheck))),
            ("digest of its files", Cell(pack.digest)),
        ],
    )
    return Page(
        "plain", pack.title, {}, (about, _rules(pack, day), _branches(pack)), {},
        tuple(r.title for r in pack.rules if r.verification is None), (ENGINE,),
        trail=(("Rules", "/rules"),),
    )  # fmt: skip


def _rules(pack: Pack, day: str) -> Table:
    rows = []
    for rule in pack.rules:
        force = rule.at(day)
        read = rule.verification
        rows.append(
            (
                Cell(rule.title),
                Cell(rule.clause),
                Cell(rule.text),
                Cell(force.status.replace("_", " ") if force is not None else "not law"),
                Cell(f"{read.reader}, {day_text(read.date)}")
                if read is not None
                else Cell("nobody: it cannot prove", "", "silent"),
            )
        )
    columns = (("rule", "rule"), ("clause", "clause"), ("text", "in our words"),
               ("state", f"state on {day_text(day)}"), ("read", "clause read by"))  # fmt: skip
    return table("rules", "Its rules", columns, rows)


def _branches(pack: Pack) -> Table:
    rows = [
        (Cell(b.name.replace("-", " ").replace("_", " ")), Cell(b.text), Cell(b.source))
        for b in pack.branches.values()
    ]
    columns = (("branch", "name"), ("text", "what would have happened"), ("source", "source"))
    return table("branches", "Branches: the law as it would stand", columns, rows)

"""Close a period: its balance becomes an entry, as the public may see it; a later one replaces it.

The finding lies on the record as a document of its own format, member by member, with the head it
is of. Closed again it is stated anew under the same identifier and cites the one before; what was
said stays readable. The stocks it leaves are what the next period opens with.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

import numpy as np

from orebook.acts.closings import FORMAT, STOCK, Closing, before, closings_of
from orebook.acts.reconcile import Told, balance_id, reconcile_view
from orebook.acts.see import View
from orebook.engines.balance.phrases import sentence
from orebook.engines.balance.suspicions import VERSION, Answer, Explanation
from orebook.model.entry import PUBLIC, Body, Draft
from orebook.model.finding import Figure, Finding, Missing
from orebook.model.when import when

PROVISIONAL, FINAL = "provisional", "final"
_PER_FACT = 60


@dataclass(frozen=True, slots=True)
class Closed:
    """A period as it now stands closed. `again` says that nothing had changed and nothing was
    written; `replaces` is the entry before, if there was one."""

    closing: Closing
    replaces: int | None
    again: bool

    def as_json(self) -> dict[str, object]:
        """Plain members."""
        return {
            "closing": self.closing.ident,
            "status": self.closing.status,
            "verdict": self.closing.verdict,
            "entry": self.closing.position,
            "replaces": self.replaces,
            "again": self.again,
            "members": self.closing.members,
        }


def finding_of(
    told: Told, view: View, site: str | None, period: str | None, lot: str | None = None
) -> Finding:
    """A lot's chain, a site, a period or all as a finding: gaps, global test and stocks left."""
    figures: list[Figure] = []
    reasons: list[str] = []
    if told.answer is not None:
        found = told.answer.found
        figures.append(Figure("global_test", _decimal(found.statistic), "1"))
        figures.append(Figure("degrees_of_freedom", Decimal(found.freedom), "1"))
        reasons += [told.sentence(), told.answer.reason]
        for number, gap in enumerate(told.answer.gaps, 1):
            figures.append(_gap(f"gap/{number}", gap.best))
            for place, rival in enumerate(gap.near, 1):
                figures.append(_gap(f"gap/{number}/cannot_be_told_apart/{place}", rival))
        figures += _stocks(told.answer)
    else:
        reasons.append(told.why_not or "No number is given.")
    missing = tuple(Missing(p.expected, p.place, p.found) for p in told.problems)
    reasons += [a.sentence() for a in told.asked]
    return Finding(
        "reconcile", VERSION, "does it add up", balance_id(site, period, lot),
        told.verdict or "cannot_be_told", view.head, view.today, tuple(figures), tuple(reasons),
        missing, told.assumptions,
    )  # fmt: skip


def _gap(name: str, item: Explanation) -> Figure:
    low, high = (_decimal(x) for x in item.size.interval)
    value, sd = _decimal(item.size.value), _decimal(item.size.sd)
    return Figure(name, value, item.size.unit, "derived", sd, low, high, sentence(item))


def _stocks(told: Answer) -> Iterator[Figure]:
    """What is left of each lot at the end: made and not used, or what stayed behind of it."""
    network, known = told.network, told.known
    for e in np.flatnonzero(network.head < 0).tolist():
        edge = network.edges[e]
        rest = edge.removeprefix("rest of ")
        lot = rest if rest != edge else edge.partition(" out of ")[0]
        if (lot == edge and rest == edge) or not known.told[e, 0]:
            continue
        for k, component in enumerate(network.components):
            if known.told[e, k] and known.sd[e, k] > 0:
                value, sd = _decimal(known.value[e, k]), _decimal(known.sd[e, k])
                unit = "1" if k else network.unit
                label = f"{component} of {lot}, left at the end"
                yield Figure(f"{STOCK}{lot}/{component}", value, unit, "derived", sd, label=label)


def _decimal(value: float) -> Decimal:
    return Decimal(f"{value:.12g}")


def close(
    view: View, period: str, *, site: str | None = None, assumptions: Iterable[str] = (),
    used_up: bool = False,
) -> Closed:  # fmt: skip
    """The balance of a period put on record, computed from what everyone may see.

    Gives: `final` where the period is over on the view's day and every figure it asked for was
    measured; else `provisional`, to be closed again. Writes nothing where the finding is as it was.
    Refuses: ReaderError for a period that is no year, month or day; NotFound where nothing
    happened in it.
    """
    before(period)
    here = replace(view, reader=PUBLIC)
    ident = balance_id(site, period)
    told = reconcile_view(here, site=site, period=period, assumptions=assumptions, used_up=used_up)
    found = finding_of(told, here, site, period)
    over = when(view.today).first > when(period).last
    status = FINAL if over and not found.missing and told.answer is not None else PROVISIONAL
    members = _members(found, status)
    stood = closings_of(here, ident)
    last = stood[-1] if stood else None
    if last is not None and _said(last.members) == _said(dict(members)):
        return Closed(last, stood[-2].position if len(stood) > 1 else None, again=True)
    cites = (last.leaf,) if last is not None else ()
    parts = [members[i : i + _PER_FACT] for i in range(0, len(members), _PER_FACT)]
    drafts = [
        Draft(
            "document", (_body(ident, part, number, len(parts)),), view.book.operator,
            supersedes=cites if not number else (),
        )
        for number, part in enumerate(parts)
    ]  # fmt: skip
    receipt = view.book.append(drafts)
    made = Closing(ident, "", receipt.first, dict(members))
    return Closed(made, last.position if last is not None else None, again=False)


def _said(members: dict[str, str]) -> dict[str, str]:
    """What a closing says, without the moment it was said at."""
    return {k: v for k, v in members.items() if not k.startswith("/head/") and k != "/as_of"}


def _members(found: Finding, status: str) -> list[tuple[str, str]]:
    def text(value: dict[str, object] | dict[str, str]) -> str:
        return json.dumps(value, ensure_ascii=False, sort_keys=True)

    return [
        ("/status", status),
        ("/verdict", found.verdict),
        ("/engine", found.version),
        ("/as_of", found.as_of),
        ("/head/size", str(found.head.size)),
        ("/head/root", found.head.root),
        *((f"/reasons/{n}", r) for n, r in enumerate(found.reasons)),
        *((f"/assumptions/{n}", a) for n, a in enumerate(found.assumptions)),
        *((f"/figures/{n}", text(f.as_json())) for n, f in enumerate(found.figures)),
        *((f"/missing/{n}", text(m.as_json())) for n, m in enumerate(found.missing)),
    ]


def _body(ident: str, members: list[tuple[str, str]], number: int, parts: int) -> Body:
    envelope: list[object] = [
        {"at": at, "type": "object" if text.startswith("{") else "string", "text": text}
        for at, text in members
    ]
    return {
        "id": ident if not number else f"{ident}#{number + 1}",
        "name": f"Balance {ident.removeprefix('balance:')}",
        "media_type": "application/json",
        "format": FORMAT,
        "facts": parts,
        "envelope": envelope,
    }

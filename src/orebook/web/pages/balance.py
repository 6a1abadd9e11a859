"""The balance of a chain, a site, a period or the whole book as one network, rivals beside it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import urlencode

from orebook.acts.balance import Near, near
from orebook.acts.closings import closings_of
from orebook.acts.component import MOST, chains
from orebook.acts.reconcile import Told, balance_id, reconcile_view
from orebook.acts.register import every, names
from orebook.engines.balance.suspicions import UNBIASED, VERSION
from orebook.model.absence import known
from orebook.model.event import Event
from orebook.model.place import Facility
from orebook.model.when import when
from orebook.show.called import called, ends_of, plain
from orebook.show.values import say
from orebook.web import network_parts
from orebook.web.addresses import address
from orebook.web.page import Ask, Page
from orebook.web.tables import Table

LISTED = 40
TRIES: tuple[tuple[str, dict[str, str]], ...] = (
    ("as the papers stand", {}),
    ("lots went in whole", {"used_up": "1"}),
    ("figures good to half their last digit", {"used_up": "1", "assume": "as-written"}),
    ("and unstated masses dry", {"used_up": "1", "assume": "as-written;basis=dry"}),
    ("and 8 % moist", {"used_up": "1", "assume": "as-written;basis=dry;moisture=8%"}),
)


def page(ask: Ask) -> Page:
    """What adds up, what explains it if it does not, and what nobody could have seen."""
    query = ask.query
    lot, site = query.get("lot") or None, query.get("site") or None
    period = query.get("period") or None
    assumed = [a for a in query.get("assume", "").split(";") if a.strip()]
    told = reconcile_view(
        ask.view,
        lot=lot,
        site=site,
        period=period,
        assumptions=assumed,
        used_up=query.get("used_up") == "1",
        prices=[p for p in query.get("price", "").split(";") if p.strip()],
        most=MOST,
    )
    beside = near(ask.view, lot, assumed) if lot is not None else ()
    kept = {k: v for k, v in (("lot", lot), ("site", site), ("period", period)) if v}
    edges = told.answer.network.edges if told.answer is not None else ()
    calls = called(ask.view, edges)
    parts: dict[str, object] = {
        "told": told,
        "why": plain(told.sentence(), calls),
        "closed": [
            (f"{c.sentence().partition('. ')[0].rstrip('.')}.", f"/entries/{c.position}")
            for c in reversed(closings_of(ask.view, balance_id(site, period, lot)))
        ],
        "standing": f"{told.standing.partition('. ')[0].rstrip('.')}.",
        "asked": [a.sentence() for a in told.asked],
        "unbiased": UNBIASED,
        "tries": [(words, f"/balance?{urlencode({**kept, **more})}") for words, more in TRIES],
        "lot_href": address("lot", lot) if lot is not None else "",
        **({"chains": (), "sites": (), "periods": ()} if lot is not None else _rooms(ask)),
    }
    tables = _tables(told, beside, calls, lot or "", parts)
    where = _where(ask, lot, site)
    month = say(when(period)).text if period else ""
    title = f"Does it add up? {where[:1].upper()}{where[1:]}{f', {month}' if month else ''}"
    unknown = tuple(plain(f"{p.place}: {p.found}", calls) for p in told.problems)
    data = {k: v for k, v in told.as_json().items() if k not in {"head", "as_of"}}
    if lot is not None:
        data |= {"events": [one.as_json() for one in beside]}
    trail = (("Lots", "/lots"),) if lot is not None else (("Events", "/events"),)
    return Page("network", title, parts, tuple(tables), data, unknown, (VERSION,), trail=trail)


def _tables(
    told: Told, beside: Sequence[Near], calls: Mapping[str, str], focus: str,
    parts: dict[str, object],
) -> list[Table]:  # fmt: skip
    """Every table of the page; `parts` gets what is drawn."""
    tables: list[Table] = []
    parts["gaps"], rivals = network_parts.gaps(told, calls)
    parts["covered"] = network_parts.covered(beside, calls)
    parts["near"] = [n for n in beside if n.rivals is not None]
    tables += rivals
    parts["drawn"] = []
    if told.answer is not None:
        lots, events = ends_of(told.answer.network.edges)
        hrefs = {i: address("lot", i) for i in lots if i in calls}
        hrefs |= {i: address("event", i) for i in events}
        parts["proof"] = network_parts.proof(told.answer)
        parts["drawn"], drawn = network_parts.draw(told.answer, calls, hrefs, focus)
        tables += drawn
        tables += [
            network_parts.blind(told.answer, calls), network_parts.seen(told.answer, calls),
            network_parts.following(told.answer, calls), network_parts.balances(told.answer, calls),
        ]  # fmt: skip
    if beside:
        tables.append(network_parts.events(beside, calls))
    tables.append(network_parts.unused(told, calls))
    return tables


def _rooms(ask: Ask) -> dict[str, object]:
    """The sites and chains of the book, each a link to its balance."""
    stated = every(ask.view, "event", Event)
    weighable = _places(stated)
    ends = chains(stated)
    wanted = [name for group in ends[:LISTED] for name in group]
    labels = names(ask.view, wanted)
    return {
        "sites": [
            (say(f.name).text, f"/balance?{urlencode({'site': f.id})}")
            for f in every(ask.view, "facility", Facility)
            if f.id in weighable
        ],
        "chains": [
            (
                ", ".join(labels.get(name, name) for name in group[:4])
                + (f" and {len(group) - 4} more" if len(group) > 4 else ""),
                f"/balance?{urlencode({'lot': group[0]})}",
            )
            for group in ends[:LISTED]
        ],
        "more_chains": max(len(ends) - LISTED, 0),
        "periods": [
            (say(when(month)).text, f"/balance?{urlencode({'period': month})}")
            for month in _months(stated)[-LISTED:]
        ],
    }


def _where(ask: Ask, lot: str | None, site: str | None) -> str:
    """What is weighed, in words."""
    ident = lot or site
    if ident is None:
        return "the whole book"
    name = names(ask.view, [ident]).get(ident, ident)
    return f"the chain of {name}" if lot is not None else name


def _months(events: Iterable[Event]) -> list[str]:
    """The months in which something can be weighed."""
    days = (known(e.when) for e in events if known(e.inputs) and known(e.outputs))
    return sorted({day.text[:7] for day in days if day is not None and len(day.text) >= 7})


def _places(events: Iterable[Event]) -> set[str | None]:
    """The sites of which something can be weighed: of any other the answer is that none is."""
    return {known(e.facility) for e in events if known(e.inputs) and known(e.outputs)}

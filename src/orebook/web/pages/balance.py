"""The balance of a site, a period or the whole book as one network, with rivals side by side."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from urllib.parse import urlencode

from orebook.acts.closings import closings_of
from orebook.acts.reconcile import Told, balance_id, reconcile_view
from orebook.acts.register import every, names
from orebook.engines.balance.phrases import number, plainly, sentence, span
from orebook.engines.balance.suspicions import UNBIASED, VERSION, Answer, Explanation, Gap
from orebook.model.absence import known
from orebook.model.event import Event
from orebook.model.place import Facility
from orebook.show.network_pictures import network_picture, network_rows, rivals_picture
from orebook.show.values import say
from orebook.web.addresses import address
from orebook.web.page import Ask, Page
from orebook.web.tables import Cell, Table, table

SHOWN = 200
TRIES: tuple[tuple[str, dict[str, str]], ...] = (
    ("as the papers stand", {}),
    ("lots went in whole", {"used_up": "1"}),
    ("figures good to half their last digit", {"used_up": "1", "assume": "as-written"}),
    (
        "and unstated masses dry",
        {"used_up": "1", "assume": "as-written;basis=dry;moisture=8%"},
    ),
)


def page(ask: Ask) -> Page:
    """What adds up, what explains it if it does not, and what nobody could have seen."""
    query = ask.query
    site, period = query.get("site") or None, query.get("period") or None
    told = reconcile_view(
        ask.view,
        site=site,
        period=period,
        assumptions=[a for a in query.get("assume", "").split(";") if a.strip()],
        used_up=query.get("used_up") == "1",
    )
    sites = every(ask.view, "facility", Facility)
    weighable = _places(every(ask.view, "event", Event))
    kept = {k: v for k, v in (("site", site), ("period", period)) if v}
    where = next((say(f.name).text for f in sites if f.id == site), site or "the whole book")
    parts: dict[str, object] = {
        "drawn": [],
        "gaps": [],
        "told": told,
        "why": told.why_not,
        "closed": [
            (c.sentence(), f"/entries/{c.position}")
            for c in reversed(closings_of(ask.view, balance_id(site, period)))
        ],
        "asked": [a.sentence() for a in told.asked],
        "unbiased": UNBIASED,
        "tries": [(words, f"/balance?{urlencode({**kept, **more})}") for words, more in TRIES],
        "sites": [
            (say(f.name).text, f"/balance?{urlencode({'site': f.id})}")
            for f in sites
            if f.id in weighable
        ],
    }
    tables: list[Table] = []
    if told.answer is not None:
        called, hrefs = _names(ask, told.answer)
        parts["why"] = _plain(plainly(told.answer), called)
        parts["proof"] = _proof(told.answer)
        _draw(told.answer, called, hrefs, parts, tables)
    tables.append(_problems(told))
    title = f"Does it add up? {where[:1].upper()}{where[1:]}{f', {period}' if period else ''}"
    unknown = tuple(f"{p.place}: {p.found}" for p in told.problems)
    return Page(
        "network", title, parts, tuple(tables), told.as_json(), unknown, (VERSION,),
        trail=(("Events", "/events"),),
    )  # fmt: skip


def _places(events: Iterable[Event]) -> set[str | None]:
    """The sites of which something can be weighed: of any other the answer is that none is."""
    return {known(e.facility) for e in events if known(e.inputs) and known(e.outputs)}


def _draw(
    told: Answer,
    called: Mapping[str, str],
    hrefs: Mapping[str, str],
    parts: dict[str, object],
    tables: list[Table],
) -> None:
    drawn = []
    for k, name in enumerate(told.network.components):
        picture = network_picture(f"net-{k}", told, k, called, hrefs)
        rows = network_rows(told, k, called, hrefs)[:SHOWN]
        cells = [(Cell(r.source, r.href or ""), Cell(r.target), Cell(r.amount), Cell(r.kind))
                 for r in rows]  # fmt: skip
        columns = (("from", "from"), ("to", "to"), ("amount", "amount"), ("kind", "how known"))
        flows = table(f"flows-{k}", f"{name}: flows as reconciled", columns, cells)
        tables.append(flows)
        drawn.append((name, picture, flows))
    parts["drawn"] = drawn
    gaps = []
    for place, gap in enumerate(told.gaps):
        rivals = _rivals(place, gap, called)
        tables.append(rivals)
        gaps.append((_said(gap.best, called), rivals_picture(f"gap-{place}", gap, called), rivals))
    parts["gaps"] = gaps
    tables.append(_blind(told, called))


def _proof(told: Answer) -> list[str]:
    """What someone needs who reckons it again."""
    found, checked = told.found, told.checked
    test = (
        f"Global test {found.statistic:.4g} against {found.limit:.4g}, which clean data exceed once"
        f" in twenty times, at {found.freedom} independent balances; {found.rounds} rounds."
    )
    again = (
        f"Looked at a second time without the solver: balances close to {checked.balance:.1e} of"
        f" what goes through, and no figure pulls by more than {checked.stationarity:.1e} of its"
        " doubt."
    )
    method = f"Method: {told.method}. SHA-256 of the readings used: {told.digest}."
    return [told.reason, test, again, method]


def _rivals(place: int, gap: Gap, called: Mapping[str, str]) -> Table:
    rows = [
        (
            Cell(_said(e, called)),
            Cell(span(e.size)),
            Cell(f"{e.weight:.1%}" if e.weight >= 5e-4 else "under 0.1 %"),
            Cell("cannot be told apart" if e in gap.near or e is gap.best else "less likely"),
        )
        for e in (gap.best, *gap.near[:12], *gap.rivals)
    ]
    columns = (("what", "explanation"), ("size", "size, 95 % interval"),
               ("weight", "weight"), ("set", "against the first"))  # fmt: skip
    note = (
        "The weights share one among all explanations compared, none preferred beforehand."
        " A gap is closed by any one of them; which is right the figures do not say."
    )
    return table(f"rivals-{place}", "Rival explanations", columns, rows, note=note)


def _blind(told: Answer, called: Mapping[str, str]) -> Table:
    rows = [
        (
            Cell(_plain(b.place, called)),
            Cell(b.component),
            Cell(b.why),
            Cell(number(b.smallest) if b.smallest is not None else "never"),
        )
        for b in told.blind[:SHOWN]
    ]
    columns = (("place", "figure"), ("component", "of"), ("why", "why"),
               ("least", "smallest error seen"))  # fmt: skip
    many = f" (the first {SHOWN} of {len(told.blind)})" if len(told.blind) > SHOWN else ""
    return table("blind", f"What could not have been seen{many}", columns, rows)


def _problems(told: Told) -> Table:
    rows = [(Cell(p.place), Cell(p.found), Cell(p.next_step)) for p in told.problems[:SHOWN]]
    columns = (("place", "figure"), ("why", "why it is not used"), ("next", "next step"))
    return table("unused", "Figures that were not used", columns, rows)


def _said(item: Explanation, called: Mapping[str, str]) -> str:
    return _plain(sentence(item), called)


def _plain(text: str, called: Mapping[str, str]) -> str:
    for ident in sorted(called, key=len, reverse=True):
        text = text.replace(ident, called[ident])
    return text


def _names(ask: Ask, told: Answer) -> tuple[dict[str, str], dict[str, str]]:
    """Names and pages of the lots and events in the network."""
    lots, events = set(), set()
    for edge in told.network.edges:
        for mark in (" into ", " out of "):
            lot, found, event = edge.partition(mark)
            if found:
                lots.add(lot)
                events.add(event)
    called = names(ask.view, sorted(lots | events))
    stated = ask.view.facts(ids=sorted(events)).all(Event)
    called = {**called, **{e.id: f"{say(e.kind).text}, {say(e.when).text}" for e in stated}}
    hrefs = {i: address("lot", i) for i in lots if i in called}
    return called, {**hrefs, **{i: address("event", i) for i in events}}

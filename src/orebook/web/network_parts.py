"""A network's balance as a page shows it: gaps with their rivals, flows, readings, the unseen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from orebook.acts.balance import Near
from orebook.acts.reconcile import Told
from orebook.engines.balance.fingerprint import fingerprint
from orebook.engines.balance.phrases import (
    closes,
    least,
    likely,
    money,
    number,
    odds,
    sentence,
    span,
)
from orebook.engines.balance.suspicions import Answer, Explanation, Gap
from orebook.show.called import plain
from orebook.show.html import Html
from orebook.show.network_pictures import network_picture, network_rows, rivals_picture
from orebook.show.pulls_picture import pulls, pulls_picture
from orebook.show.sentences import figure_text, verdict_text
from orebook.web.addresses import address
from orebook.web.tables import Cell, Table, table

SHOWN = 200


def draw(
    told: Answer, called: Mapping[str, str], hrefs: Mapping[str, str], focus: str
) -> tuple[list[tuple[str, Html | None, Table, Html | None, Table]], list[Table]]:
    """Per component its flows and its readings, each as a picture and a table; and those tables.

    Takes: names and pages by identifier; `focus`, the lot around which a large chain is drawn.
    """
    drawn, tables = [], []
    for k, name in enumerate(told.network.components):
        picture = network_picture(f"net-{k}", told, k, called, hrefs, focus)
        rows = network_rows(told, k, called, hrefs)[:SHOWN]
        cells = [(Cell(r.source, r.href or ""), Cell(r.target), Cell(r.amount), Cell(r.kind))
                 for r in rows]  # fmt: skip
        columns = (("from", "from"), ("to", "to"), ("amount", "amount"), ("kind", "how known"))
        flows = table(f"flows-{k}", f"{name}: flows as reconciled", columns, cells)
        readings, bars = _readings(told, k, called)
        tables += [flows, readings]
        drawn.append((name, picture, flows, bars, readings))
    return drawn, tables


def _readings(told: Answer, component: int, called: Mapping[str, str]) -> tuple[Table, Html | None]:
    every = pulls(told, component, called)
    name = told.network.components[component]
    rows = [
        (
            Cell(p.name), Cell(p.read_text()), Cell(p.told_text()),
            Cell(number(float(f"{p.moved:.2f}"))), Cell(p.kind),
        )
        for p in every[:SHOWN]
    ]  # fmt: skip
    columns = (("figure", "figure"), ("read", "as read, ± 2 deviations"),
               ("reconciled", "as reconciled, ± 2 deviations"),
               ("moved", "moved, in deviations of the reading"), ("class", "class"))  # fmt: skip
    note = "" if rows else "No reading of it could be used."
    of = f" (the first {SHOWN} of {len(every)})" if len(every) > SHOWN else ""
    shown = table(f"readings-{component}", f"{name}: readings and what they were reconciled to{of}",
                  columns, rows, numbers=("read", "reconciled", "moved"), note=note)  # fmt: skip
    return shown, pulls_picture(f"pulls-{component}", every)


def gaps(
    told: Told, called: Mapping[str, str]
) -> tuple[list[tuple[str, Html | None, Table, list[str]]], list[Table]]:
    """Per gap its sentence, the sizes of its rivals drawn, their table, and what else is known."""
    if told.answer is None:
        return [], []
    made, tables = [], []
    for place, (gap, worth) in enumerate(zip(told.answer.gaps, told.worth(), strict=True)):
        shown = _rivals(place, gap, called)
        tables.append(shown)
        more = [*(money(w) for w in worth), *_fits(told.answer, gap, called)]
        said = plain(sentence(gap.best), called)
        picture = rivals_picture(f"gap-{place}", gap, called)
        made.append((said, picture, shown, [f"{m[:1].upper()}{m[1:]}." for m in more]))
    return made, tables


def _fits(told: Answer, gap: Gap, called: Mapping[str, str]) -> list[str]:
    found: list[dict[str, Any]] = fingerprint(told.network, gap.best)
    return [
        f"its composition against {plain(str(one['source']), called)}: so far off or farther"
        f" {odds(one['chance'])}"
        for one in found[:5]
    ]


def _rivals(place: int, gap: Gap, called: Mapping[str, str]) -> Table:
    rows = [
        (
            Cell(plain(sentence(e), called)),
            Cell(span(e.size)),
            Cell(likely(e.weight)),
            Cell("cannot be told apart" if e in gap.near or e is gap.best else "less likely"),
        )
        for e in _side_by_side(gap)
    ]
    columns = (("what", "explanation"), ("size", "size, 95 % interval"),
               ("weight", "weight"), ("set", "against the first"))  # fmt: skip
    note = (
        "The weights share one among all explanations compared, none preferred beforehand."
        " A gap is closed by any one of them; which is right the figures do not say."
    )
    return table(f"rivals-{place}", "Rival explanations", columns, rows,
                 numbers=("weight",), note=note)  # fmt: skip


def _side_by_side(gap: Gap) -> tuple[Explanation, ...]:
    return (gap.best, *gap.near[:12], *gap.rivals)


def proof(told: Answer) -> list[str]:
    """What someone needs who reckons it again."""
    found, checked = told.found, told.checked
    test = (
        f"Global test {number(found.statistic)} against {number(found.limit)}, which clean data"
        f" exceed once in twenty times, at {found.freedom} independent balances;"
        f" {found.rounds} rounds."
    )
    again = (
        f"Looked at a second time without the solver: balances close {closes(checked.balance)} of"
        f" what goes through, and no figure pulls any more, {closes(checked.stationarity)} of its"
        " doubt."
    )
    method = f"Method: {told.method}. SHA-256 of the readings used: {told.digest}."
    return [told.reason, test, again, method]


def blind(told: Answer, called: Mapping[str, str]) -> Table:
    """The figures in which an error leaves no trace, or leaves one only where it is large."""
    rows = [
        (Cell(plain(b.place, called)), Cell(b.component), Cell(b.why), Cell(least(told, b)))
        for b in told.blind[:SHOWN]
    ]
    columns = (("place", "figure"), ("component", "of"), ("why", "why"),
               ("least", "smallest error seen"))  # fmt: skip
    many = f" (the first {SHOWN} of {len(told.blind)})" if len(told.blind) > SHOWN else ""
    return table("blind", f"What could not have been seen{many}", columns, rows)


def seen(told: Answer, called: Mapping[str, str]) -> Table:
    """The smallest loss or bias found nine times in ten, per node, scale and so on."""
    some = [s for s in told.smallest if s.kind not in {"reading", "assay"}]
    rows = [
        (Cell(s.kind), Cell(plain(s.place, called)), Cell(s.component), Cell(_size(s.size, s.unit)))
        for s in some[:SHOWN]
    ]
    columns = (("kind", "kind"), ("place", "where"), ("component", "of"),
               ("size", "found nine times in ten from"))  # fmt: skip
    many = f" (the first {SHOWN} of {len(some)})" if len(some) > SHOWN else ""
    return table("smallest", f"The smallest that would have been seen{many}", columns, rows,
                 numbers=("size",))  # fmt: skip


def _size(size: float, unit: str) -> str:
    if unit == "relative":
        return f"{number(100 * size)} %"
    return (
        f"{number(100 * size)} percentage points"
        if unit == "fraction"
        else f"{number(size)} {unit}"
    )


def unused(told: Told, called: Mapping[str, str]) -> Table:
    """The figures that could not be used, each with why and the next step."""
    rows = [
        (Cell(plain(p.place, called)), Cell(plain(p.found, called)), Cell(p.next_step))
        for p in told.problems[:SHOWN]
    ]
    columns = (("place", "figure"), ("why", "why it is not used"), ("next", "next step"))
    return table("unused", "Figures that were not used", columns, rows)


def events(near: Sequence[Near], called: Mapping[str, str]) -> Table:
    """Each event beside a lot on its own: verdict and gap per component, and its break-evens."""
    rows = []
    for one in near:
        ident = one.finding.subject
        for part in one.finding.parts or (one.finding,):
            gap = part.figure("gap")
            told = figure_text(gap) if gap is not None else "not told"
            rows.append(
                (
                    Cell(called.get(ident, ident), address("event", ident)),
                    Cell(part.component),
                    Cell(verdict_text(part.verdict)),
                    Cell(told),
                )
            )
    columns = (("event", "event"), ("component", "of"), ("verdict", "on its own"),
               ("gap", "out minus in"))  # fmt: skip
    note = "Each event has its break-even values on its own page."
    return table("events", "Event by event, beside this lot", columns, rows, numbers=("gap",),
                 note=note if rows else "")  # fmt: skip

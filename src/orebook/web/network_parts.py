"""A network's balance as a page shows it: gaps with their rivals, flows, readings, the unseen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from orebook.acts.balance import Near
from orebook.acts.reconcile import Told
from orebook.engines.balance.detect import needed
from orebook.engines.balance.fingerprint import fingerprint
from orebook.engines.balance.phrases import (
    closes,
    gains,
    interval,
    least,
    likely,
    money,
    number,
    odds,
    one_more,
    sentence,
)
from orebook.engines.balance.statistics import node_scores
from orebook.engines.balance.suspicions import Answer, Explanation, Gap
from orebook.show.called import plain
from orebook.show.html import Html
from orebook.show.network_pictures import network_picture, network_rows, rivals_picture
from orebook.show.pulls_picture import pulls, pulls_picture
from orebook.show.sankey import SankeyWords
from orebook.show.sentences import figure_text, verdict_text
from orebook.web.addresses import address
from orebook.web.tables import Cell, Table, table

SHOWN = 200
MISSING = SankeyWords().kinds["gap"]
Drawn = tuple[str, Html | None, Table, Html | None, Table, bool]


def draw(
    told: Answer, called: Mapping[str, str], hrefs: Mapping[str, str], focus: str
) -> tuple[list[Drawn], list[Table]]:
    """Per component its flows and its readings, each as a picture and a table; and those tables.

    Each says whether it is shown at once: where a gap is drawn, or else the first.
    Takes: names and pages by identifier; `focus`, the lot around which a large chain is drawn.
    """
    drawn: list[Drawn] = []
    tables: list[Table] = []
    for k, name in enumerate(told.network.components):
        picture = network_picture(f"net-{k}", told, k, called, hrefs, focus)
        rows = network_rows(told, k, called, hrefs)[:SHOWN]
        cells = [(Cell(r.source, r.href or ""), Cell(r.target), Cell(r.amount), Cell(r.kind))
                 for r in rows]  # fmt: skip
        columns = (("from", "from"), ("to", "to"), ("amount", "amount"), ("kind", "how known"))
        flows = table(f"flows-{k}", f"{name}: flows as reconciled", columns, cells)
        readings, bars = _readings(told, k, called)
        tables += [flows, readings]
        drawn.append((name, picture, flows, bars, readings, any(r.kind == MISSING for r in rows)))
    if not any(one[-1] for one in drawn):
        drawn[:1] = [(*one[:-1], True) for one in drawn[:1]]
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
            Cell(plain(sentence(e, brief=True), called)),
            Cell(interval(e)),
            Cell(likely(e.weight)),
            Cell(_against(gap, e)),
        )
        for e in _side_by_side(gap)
    ]
    columns = (("what", "explanation"), ("size", "size, 95 % interval"),
               ("weight", "weight"), ("set", "beside the first"))  # fmt: skip
    note = (
        "The first, or any one that cannot be told apart from it, would close the gap alone; less"
        " likely is what is a hundred times less so. The weights add up to one over all"
        " explanations compared, none preferred beforehand."
    )
    return table(f"rivals-{place}", "Rival explanations", columns, rows,
                 numbers=("weight",), note=note)  # fmt: skip


def _against(gap: Gap, item: Explanation) -> str:
    if item is gap.best:
        return "the first"
    return "cannot be told apart" if item in gap.near else "less likely"


def _side_by_side(gap: Gap) -> tuple[Explanation, ...]:
    return (gap.best, *gap.near[:12], *gap.rivals)


def proof(told: Answer) -> list[str]:
    """What someone needs who reckons it again."""
    found, checked = told.found, told.checked
    model = (
        "Every reading is moved as little as its doubt allows until everything balances: the sum of"
        " ((reconciled − read) / standard deviation)² is the least there is."
    )
    test = (
        f"Global test: that sum is {number(found.statistic)}; clean data exceed"
        f" {number(found.limit)} once in twenty times, at {found.freedom} independent"
        f" {'balance' if found.freedom == 1 else 'balances'}. {found.rounds} rounds."
    )
    again = (
        f"Looked at a second time without the solver: balances close {closes(checked.balance)} of"
        f" what goes through, and no figure pulls any more, {closes(checked.stationarity)} of its"
        " doubt."
    )
    method = f"Method: {told.method}. SHA-256 of the readings used: {told.digest}."
    return [model, test, *_scores(told), again, method]


def _scores(told: Answer) -> list[str]:
    """By how much each gap shows, and how much clean data would show somewhere."""
    level = needed(told.explained)
    many = len(told.explained.known.names)
    return [
        f"Gap {place}: the statistic of its first explanation is {number(gap.best.statistic)};"
        f" among all {number(many)} explanations tried, clean data show one above {number(level)}"
        " once in twenty times."
        for place, gap in enumerate(told.gaps, 1)
    ]


def balances(told: Answer, called: Mapping[str, str]) -> Table:
    """Each balance before anything is moved: inputs minus outputs as read, against its doubt."""
    unit = told.network.unit
    scored = node_scores(told.found)
    rows = [
        (
            Cell(plain(n.node, called)), Cell(n.component), Cell(f"{number(n.gap)} {unit}"),
            Cell("not told" if n.nodal is None else number(float(f"{n.nodal:.2f}"))),
            Cell(number(float(f"{n.loss:.3g}"))),
        )
        for n in scored[:SHOWN]
    ]  # fmt: skip
    columns = (
        ("node", "balance"), ("component", "of"), ("gap", "in minus out, as read"),
        ("nodal", "in its own deviations"), ("statistic", "statistic of a loss"),
    )  # fmt: skip
    many = f" (the first {SHOWN} of {len(scored)})" if len(scored) > SHOWN else ""
    return table("balances", f"Each balance as it was read{many}", columns, rows,
                 numbers=("gap", "nodal", "statistic"))  # fmt: skip


def following(told: Answer, called: Mapping[str, str]) -> Table:
    """Where one more reading would help most, and what it would bring, best first."""
    rows = [
        (Cell(plain(one_more(item), called)), Cell(plain(gains(told, item), called)))
        for item in told.more
    ]
    return table("next", "Where one more reading would help most",
                 (("what", "reading"), ("gain", "what it would bring")), rows)  # fmt: skip


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


def covered(near: Sequence[Near], called: Mapping[str, str]) -> list[str]:
    """The gap of each event beside a lot, and whether the scrap its passport declares covers it."""
    return [
        f"At {called.get(one.finding.subject, one.finding.subject)},"
        f" {one.rivals.reasons[0].partition(';')[0]}. {one.scrap.reasons[0]}"
        for one in near
        if one.scrap is not None and one.rivals is not None and one.rivals.reasons
    ]


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

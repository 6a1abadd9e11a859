"""A balance as pictures: what went in and came out with the gap drawn, and what would close it."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from orebook.model.absence import known
from orebook.model.event import Event
from orebook.model.facts import Facts
from orebook.model.finding import Figure, Finding
from orebook.model.lot import Lot
from orebook.show.bars import Point, number_line
from orebook.show.html import Html
from orebook.show.sankey import FlowRow, Kind, Link, Node, sankey, sankey_table
from orebook.show.svg import responsive
from orebook.show.values import say

Address = Callable[[str, str], str]
_UNIT = "kg"


def flows(
    part: Finding, facts: Facts, address: Address
) -> tuple[tuple[Node, ...], tuple[Link, ...]]:
    """What one component's balance says as places and amounts; an unexplained rest is a gap.

    Unknown: a flow whose amount cannot be told is drawn without thickness and said to be unknown.
    """
    event = facts.get(Event, part.subject)
    kind = say(event.kind).text if event is not None else "event"
    day = say(event.when).text if event is not None else ""
    nodes = [Node("event", kind.capitalize(), day, address("event", part.subject))]
    links = []
    for figure in part.figures:
        if not figure.name.startswith("flow/"):
            continue
        _, side, number = figure.name.split("/", 2)
        name, href = _lot(event, facts, side, number, figure, address)
        nodes.append(Node(figure.name, name, "", href))
        source, target = (figure.name, "event") if side == "in" else ("event", figure.name)
        amount = figure.value if figure.value is not None and figure.value >= 0 else None
        kind_: Kind = "known" if amount is not None else "unknown"
        note = "assumed" if figure.state == "assumed" else ""
        links.append(Link(source, target, amount, note, kind_, href, _half(figure)))
    gap = part.figure("gap")
    if gap is not None and gap.value:
        start, end = (None, "event") if gap.value > 0 else ("event", None)
        links.append(Link(start, end, abs(gap.value), f"{part.component} unexplained", "gap"))
    return tuple(nodes), tuple(links)


def _half(figure: Figure) -> Decimal | None:
    return figure.standard * 2 if figure.standard else None


def _lot(
    event: Event | None, facts: Facts, side: str, number: str, figure: Figure, address: Address
) -> tuple[str, str | None]:
    listed = (event.inputs if side == "in" else event.outputs) if event is not None else None
    streams = known(listed) or ()
    at = int(number) if number.isdecimal() else len(streams)
    ident = known(streams[at].lot) if at < len(streams) else None
    if ident is None:
        return figure.label, None
    lot = facts.get(Lot, ident)
    label = known(lot.label) if lot is not None else None
    return label or ident, address("lot", ident)


def sankey_picture(key: str, part: Finding, facts: Facts, address: Address) -> Html | None:
    """The flows of one component, drawn for a wide and a narrow page; None where none is known."""
    nodes, links = flows(part, facts, address)
    if not any(link.value for link in links):
        return None
    title = f"{part.component}: what went in and what came out"
    said = "; ".join(
        f"{row.source} to {row.target}: {row.amount} {row.kind}"
        for row in flow_rows(part, facts, address)
    )
    return responsive(
        key,
        lambda k, width: sankey(
            k, nodes, links, unit=f"{_UNIT} {part.component}", width=width, title=title, desc=said
        ),
    )


def flow_rows(part: Finding, facts: Facts, address: Address) -> tuple[FlowRow, ...]:
    """The rows behind the picture, with the same numbers."""
    nodes, links = flows(part, facts, address)
    return sankey_table(nodes, links, unit=f"{_UNIT} {part.component}")


def break_evens(part: Finding) -> tuple[Figure, ...]:
    """The values at which each measured figure would close the gap."""
    return tuple(f for f in part.figures if f.name.startswith("break_even/"))


def gap_picture(key: str, part: Finding) -> Html | None:
    """The gap against nothing missing, with its doubt; None while the gap cannot be told."""
    gap = part.figure("gap")
    if gap is None or gap.value is None:
        return None
    points = [
        Point("gap (out minus in)", gap.value, _half(gap)),
        Point("nothing missing, nothing extra", Decimal(0), needed=True),
    ]
    return responsive(
        key,
        lambda k, width: number_line(
            k,
            points,
            unit=f"{_UNIT} {part.component}",
            width=width,
            title=f"The gap in {part.component}",
            include_zero=True,
        ),
    )

"""A reconciled network as pictures: flows with their gaps, and rivals with their intervals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import partial

from orebook.engines.balance.suspicions import Answer, Explanation, Gap
from orebook.show.bars import Point, number_line
from orebook.show.html import Html
from orebook.show.sankey import FlowRow, Kind, Link, Node, sankey, sankey_table
from orebook.show.svg import responsive

DRAWN = 60
CHAINS = 8


def flows(
    told: Answer, component: int, called: Mapping[str, str], hrefs: Mapping[str, str]
) -> tuple[tuple[Node, ...], tuple[Link, ...]]:
    """The transfers of one component as places and amounts; a loss or injection is a hole.

    Unknown: an amount that cannot be known is drawn without thickness.
    """
    network, known = told.network, told.known
    nodes: dict[str, Node] = {}
    links = []

    def place(ident: str) -> str:
        nodes.setdefault(ident, Node(ident, called.get(ident, ident), "", hrefs.get(ident)))
        return ident

    for e, edge in enumerate(network.edges):
        into, mark, out = edge.partition(" into ")
        lot, event = (into, out) if mark else edge.partition(" out of ")[::2]
        ends = [
            network.nodes[n] if n >= 0 else "" for n in (int(network.tail[e]), int(network.head[e]))
        ]
        source = place(ends[0] or (lot if mark else event) or f"into {edge}")
        target = place(ends[1] or (event if mark else lot) or f"out of {edge}")
        amount, half = _amount(told, e, component)
        kind: Kind = "known" if amount is not None else "unknown"
        if known.told[e].any() or amount is not None:
            links.append(Link(source, target, amount, "", kind, None, half))
    for gap in told.gaps:
        links += _hole(gap.best, network.components[component], nodes)
    return tuple(nodes.values()), tuple(links)


def _amount(told: Answer, edge: int, component: int) -> tuple[Decimal | None, Decimal | None]:
    known = told.known
    if not known.told[edge, 0] or not known.told[edge, component]:
        return None, None
    mass, sd = float(known.value[edge, 0]), float(known.sd[edge, 0])
    if component:
        grade = float(known.value[edge, component])
        doubt = float(known.sd[edge, component])
        sd = ((grade * sd) ** 2 + (mass * doubt) ** 2) ** 0.5
        mass *= grade
    return decimal(max(mass, 0.0)), _doubt(2 * sd)


def _hole(item: Explanation, component: str, nodes: Mapping[str, Node]) -> list[Link]:
    amount = item.amounts.get(component)
    if amount is None or not amount.value or item.place not in nodes:
        return []
    value = decimal(abs(amount.value))
    half = _doubt(1.96 * amount.sd)
    source = item.place if amount.value > 0 else None
    target = None if amount.value > 0 else item.place
    return [Link(source, target, value, "unexplained", "gap", None, half)]


def _short(place: str, labels: Mapping[str, str]) -> str:
    lot = place.partition(" into ")[0].partition(" out of ")[0]
    return labels.get(lot, lot)


def decimal(value: float) -> Decimal:
    """Six significant digits, as shown."""
    return Decimal(f"{value:.6g}")


def _doubt(value: float) -> Decimal:
    """A doubt to two significant digits; more would say more than it knows."""
    return Decimal(f"{value:.2g}")


def network_picture(
    key: str, told: Answer, component: int, called: Mapping[str, str], hrefs: Mapping[str, str]
) -> Html | None:
    """The flows of one component, one picture per connected chain; None where nothing is known.

    A chain of more than `DRAWN` flows is left to the table.
    """
    nodes, links = flows(told, component, called, hrefs)
    name = told.network.components[component]
    drawn = []
    for number, (some, between) in enumerate(_chains(nodes, links)):
        if len(between) > DRAWN or not any(link.value for link in between):
            continue
        draw = partial(
            _chain, nodes=some, links=between, unit=told.network.unit,
            title=f"{name}: what moved, as reconciled",
        )  # fmt: skip
        drawn.append(responsive(f"{key}-{number}", draw))
    return Html("".join(drawn[:CHAINS])) if drawn else None


def _chain(
    key: str, width: int, *, nodes: Sequence[Node], links: Sequence[Link], unit: str, title: str
) -> Html:
    return sankey(key, nodes, links, unit=unit, width=width, title=title, fit=True)


def _chains(nodes: Sequence[Node], links: Sequence[Link]) -> list[tuple[list[Node], list[Link]]]:
    """Nodes and links apart where nothing joins them, in the order of their first node."""
    head: dict[str, str] = {node.id: node.id for node in nodes}

    def top(ident: str) -> str:
        while head[ident] != ident:
            head[ident] = head[head[ident]]
            ident = head[ident]
        return ident

    for link in links:
        if link.source is not None and link.target is not None:
            head[top(link.target)] = top(link.source)
    chains: dict[str, tuple[list[Node], list[Link]]] = {}
    for node in nodes:
        chains.setdefault(top(node.id), ([], []))[0].append(node)
    for link in links:
        end = link.source if link.source is not None else link.target
        if end is not None:
            chains[top(end)][1].append(link)
    return [c for c in chains.values() if c[1]]


def network_rows(
    told: Answer, component: int, called: Mapping[str, str], hrefs: Mapping[str, str]
) -> tuple[FlowRow, ...]:
    """The rows behind the picture, with the same numbers."""
    nodes, links = flows(told, component, called, hrefs)
    unit = f"{told.network.unit} {told.network.components[component]}"
    return sankey_table(nodes, links, unit=unit)


def rivals_picture(key: str, gap: Gap, labels: Mapping[str, str]) -> Html | None:
    """The sizes of rival explanations in one unit, each with its 95 % interval, against nothing."""
    unit = gap.best.size.unit
    same = [e for e in (gap.best, *gap.near, *gap.rivals) if e.size.unit == unit][:6]
    if len(same) < 2:
        return None
    factor = 100.0 if unit in {"fraction", "relative"} else 1.0
    shown = "%" if factor > 1 else unit
    points = [
        Point(
            f"{e.kind} {e.component}: {_short(e.place, labels)}",
            Decimal(f"{e.size.value * factor:.4g}"),
            _doubt(1.96 * e.size.sd * factor),
        )
        for e in same
    ]
    points.append(Point("nothing is wrong", Decimal(0), needed=True))
    return responsive(
        key,
        lambda k, width: number_line(
            k, points, unit=shown, width=width, title="How large each would have to be",
            include_zero=True,
        ),
    )  # fmt: skip

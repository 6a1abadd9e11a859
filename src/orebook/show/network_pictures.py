"""A reconciled network as pictures: flows with their gaps, and rivals with their intervals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import partial

import numpy as np

from orebook.engines.balance.suspicions import Answer, Gap
from orebook.show.bars import Point, number_line
from orebook.show.called import plain
from orebook.show.html import Html
from orebook.show.sankey import FlowRow, Kind, Link, Node, sankey, sankey_table
from orebook.show.svg import responsive

DRAWN = 60
CHAINS = 8


def flows(
    told: Answer, component: int, called: Mapping[str, str], hrefs: Mapping[str, str]
) -> tuple[tuple[Node, ...], tuple[Link, ...]]:
    """The transfers of one component as places and amounts; what does not add up is a hole.

    A reconciled balance has no hole: around a gap the flows are drawn as they were read.
    Unknown: an amount that cannot be known is drawn without thickness.
    """
    network, known = told.network, told.known
    nodes: dict[str, Node] = {}
    links = []
    odd = _touched(told)

    def place(ident: str) -> str:
        label = called.get(ident) or plain(ident, called)
        nodes.setdefault(ident, Node(ident, label, "", hrefs.get(ident)))
        return ident

    for e, edge in enumerate(network.edges):
        into, mark, out = edge.partition(" into ")
        lot, event = (into, out) if mark else edge.partition(" out of ")[::2]
        numbers = (int(network.tail[e]), int(network.head[e]))
        ends = [network.nodes[n] if n >= 0 else "" for n in numbers]
        source = place(ends[0] or (lot if mark else event) or f"into {edge}")
        target = place(ends[1] or (event if mark else lot) or f"out of {edge}")
        raw = bool(odd & set(numbers)) and _is_read(told, e, component)
        amount = _amount(told, e, component, raw=raw)
        kind: Kind = "known" if amount is not None else "unknown"
        if known.told[e].any() or amount is not None:
            value, half = _shown(amount)
            links.append(Link(source, target, value, "as read" if raw else "", kind, None, half))
    links += [link for node in sorted(odd) for link in _hole(told, node, component)]
    return tuple(nodes.values()), tuple(links)


def _touched(told: Answer) -> set[int]:
    """The nodes at which the likeliest explanation of a gap is felt."""
    network = told.network
    number = {name: n for n, name in enumerate(network.nodes)}
    found: set[int] = set()
    for gap in told.gaps:
        place = gap.best.place
        if place in number:
            found.add(number[place])
            continue
        group = network.groups.get(gap.best.kind)
        for e, edge in enumerate(network.edges):
            if edge in place if group is None else group[e] == place:
                found |= {int(network.tail[e]), int(network.head[e])}
    return found - {-1}


def _is_read(told: Answer, edge: int, component: int) -> bool:
    return bool(told.network.known[edge, 0] and told.network.known[edge, component])


def _amount(told: Answer, edge: int, component: int, *, raw: bool) -> tuple[float, float] | None:
    """What moved with its standard deviation: as read, or as reconciled where that is known."""
    held = told.network if raw else told.known
    if not raw and not (told.known.told[edge, 0] and told.known.told[edge, component]):
        return None
    mass, sd = float(held.value[edge, 0]), float(held.sd[edge, 0])
    if component:
        grade, doubt = float(held.value[edge, component]), float(held.sd[edge, component])
        sd = ((grade * sd) ** 2 + (mass * doubt) ** 2) ** 0.5
        mass *= grade
    return mass, sd


def _shown(amount: tuple[float, float] | None) -> tuple[Decimal | None, Decimal | None]:
    if amount is None:
        return None, None
    return decimal(max(amount[0], 0.0)), _doubt(2 * amount[1])


def _hole(told: Answer, node: int, component: int) -> list[Link]:
    """What is missing or too much at a node by the flows drawn, where that is beyond its doubt."""
    network = told.network
    if not network.conserves[node, component]:
        return []
    left, variance = 0.0, 0.0
    for e in np.flatnonzero((network.tail == node) | (network.head == node)).tolist():
        amount = _amount(told, e, component, raw=_is_read(told, e, component))
        if amount is None:
            return []
        left += amount[0] if int(network.head[e]) == node else -amount[0]
        variance += amount[1] ** 2
    if abs(left) <= 2 * variance**0.5:
        return []
    name = network.nodes[node]
    source, target = (name, None) if left > 0 else (None, name)
    value, half = _shown((abs(left), variance**0.5))
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
    key: str,
    told: Answer,
    component: int,
    called: Mapping[str, str],
    hrefs: Mapping[str, str],
    focus: str = "",
) -> Html | None:
    """The flows of one component, one picture per connected chain; None where nothing is known.

    Takes: `focus`, a node: of a chain of more than `DRAWN` flows those nearest to it are drawn,
    without one the largest; gaps always. The title says so, and the table has the rest.
    """
    nodes, links = flows(told, component, called, hrefs)
    name = told.network.components[component]
    drawn = []
    for number, (some, between) in enumerate(_chains(nodes, links)):
        if not any(link.value for link in between):
            continue
        shown = _nearest(between, focus)
        ends = {end for link in shown for end in (link.source, link.target)}
        cut = f" ({len(shown)} of {len(between)} flows)" if len(shown) < len(between) else ""
        draw = partial(
            _chain, nodes=[n for n in some if n.id in ends], links=shown, unit=told.network.unit,
            title=f"{name}: what moved, as reconciled{cut}",
        )  # fmt: skip
        drawn.append(responsive(f"{key}-{number}", draw))
    return Html("".join(drawn[:CHAINS])) if drawn else None


def _nearest(links: Sequence[Link], focus: str) -> list[Link]:
    """At most `DRAWN` flows and every gap: step by step away from the focus, else the largest."""
    if len(links) <= DRAWN:
        return list(links)
    far = _steps(links, focus)

    def rank(place: int) -> tuple[bool, int, Decimal, int]:
        link = links[place]
        steps = min(far.get(end or "", len(links)) for end in (link.source, link.target))
        return link.kind != "gap", steps, -(link.value or Decimal(0)), place

    kept = sorted(range(len(links)), key=rank)[:DRAWN]
    return [links[place] for place in sorted(kept)]


def _steps(links: Sequence[Link], focus: str) -> dict[str, int]:
    """How many flows away from the focus each node lies; empty where nothing meets it."""
    beside: dict[str, list[str]] = {}
    for link in links:
        if link.source is not None and link.target is not None:
            beside.setdefault(link.source, []).append(link.target)
            beside.setdefault(link.target, []).append(link.source)
    if focus not in beside:
        return {}
    far, ring = {focus: 0}, [focus]
    while ring:
        following = []
        for node in ring:
            for other in beside[node]:
                if other not in far:
                    far[other] = far[node] + 1
                    following.append(other)
        ring = following
    return far


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

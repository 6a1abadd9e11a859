"""A reconciled network as pictures: flows with their gaps, and rivals with their intervals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import partial

import numpy as np

from orebook.engines.balance.network import Ints, Network
from orebook.engines.balance.phrases import basis_of
from orebook.engines.balance.suspicions import Answer, Explanation, Gap
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
    read = _read_by(network)
    odd = _touched(told, read)

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
        raw = _raw(told, read, e, component) if odd & set(numbers) else -1
        amount = _amount(told, e, component, raw)
        kind: Kind = "known" if amount is not None else "unknown"
        if known.told[e].any() or amount is not None:
            value, half = _shown(amount)
            label = "as read" if raw >= 0 else ""
            links.append(Link(source, target, value, label, kind, None, half))
    links += [link for node in sorted(odd) for link in _hole(told, read, node, component)]
    return tuple(nodes.values()), tuple(links)


def _read_by(network: Network) -> Ints:
    """Per transfer the one whose reading tells it: itself, or the other one of a lot that was
    weighed once on its way from one step to the next; -1 where none does."""
    edges, nodes = np.arange(len(network.edges)), len(network.nodes)
    told = np.where(network.known[:, 0], edges, -1)
    ends = []
    for side in (network.head, network.tail):
        met = np.flatnonzero(side >= 0)
        only = np.full(nodes, -1, dtype=np.int64)
        only[side[met]] = met
        only[np.bincount(side[met], minlength=nodes) != 1] = -1
        ends.append(only)
    through = (ends[0] >= 0) & (ends[1] >= 0) & network.conserves.all(axis=1)
    for made, taken in zip(*(side[through].tolist() for side in ends), strict=True):
        if _lot(network.edges[made]) == _lot(network.edges[taken]):
            for one, other in ((made, taken), (taken, made)):
                if not network.known[one, 0] and network.known[other, 0]:
                    told[one] = other
    return told


def _lot(edge: str) -> str:
    return edge.partition(" into ")[0].partition(" out of ")[0]


def _touched(told: Answer, read: Ints) -> set[int]:
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
        for e, by in enumerate(read.tolist()):
            if by >= 0 and (network.edges[by] in place if group is None else group[by] == place):
                found |= {int(network.tail[e]), int(network.head[e])}
    return found - {-1}


def _raw(told: Answer, read: Ints, edge: int, component: int) -> int:
    """The transfer whose reading of that component tells this one; -1 where none was taken."""
    by, known = int(read[edge]), told.network.known
    return by if by >= 0 and known[by, 0] and known[by, component] else -1


def _amount(told: Answer, edge: int, component: int, raw: int) -> tuple[float, float] | None:
    """What moved with its standard deviation: as read by `raw`, or as reconciled where known."""
    held, at = (told.network, raw) if raw >= 0 else (told.known, edge)
    if raw < 0 and not (told.known.told[edge, 0] and told.known.told[edge, component]):
        return None
    mass, sd = float(held.value[at, 0]), float(held.sd[at, 0])
    if component:
        grade, doubt = float(held.value[at, component]), float(held.sd[at, component])
        sd = ((grade * sd) ** 2 + (mass * doubt) ** 2) ** 0.5
        mass *= grade
    return mass, sd


def _shown(amount: tuple[float, float] | None) -> tuple[Decimal | None, Decimal | None]:
    if amount is None:
        return None, None
    value, half = decimal(max(amount[0], 0.0)), _doubt(2 * amount[1])
    if half:  # no digit far below the doubt
        least = Decimal(1).scaleb(half.adjusted() - 2)
        value = min(value, value.quantize(least), key=lambda v: len(v.as_tuple().digits))
    return Decimal(f"{value:f}"), half


def _hole(told: Answer, read: Ints, node: int, component: int) -> list[Link]:
    """What is missing or too much at a node by the flows drawn, where that is beyond its doubt."""
    network = told.network
    if not network.conserves[node, component]:
        return []
    left, variance = 0.0, 0.0
    for e in np.flatnonzero((network.tail == node) | (network.head == node)).tolist():
        amount = _amount(told, e, component, _raw(told, read, e, component))
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
    lot = _lot(place)
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


# How the picture calls an explanation, by kind and by whether its size is above zero.
_CALLED = {
    "reading": ("weighing too low", "weighing too high"),
    "assay": ("assay of {what} too low", "assay of {what} too high"),
    "scale": ("scale too low", "scale too high"),
    "sampler": ("sampler too low", "sampler too high"),
    "laboratory": ("laboratory too low in {what}", "laboratory too high in {what}"),
    "party": ("all weighings too low", "all weighings too high"),
    "corridor": ("corridor too low", "corridor too high"),
    "loss": ("came in unrecorded", "left unrecorded"),
    "injection": ("came in unrecorded", "came in unrecorded"),
    "moisture": ("water or rock came in", "water or rock left"),
    "substitution": ("metal added, mass unchanged", "metal gone, mass unchanged"),
}


def rivals_picture(key: str, gap: Gap, labels: Mapping[str, str]) -> Html | None:
    """How large each rival explanation of one unit would have to be, with its 95 % interval."""
    unit = gap.best.size.unit
    same = [e for e in (gap.best, *gap.near, *gap.rivals) if e.size.unit == unit][:6]
    if len(same) < 2:
        return None
    factor = 100.0 if unit in {"fraction", "relative"} else 1.0
    shown = {"fraction": "percentage points", "relative": "%"}.get(unit, unit) + basis_of(gap.best)
    points = [
        Point(
            f"{_short_name(e)}: {_short(e.place, labels)}",
            Decimal(f"{abs(e.size.value) * factor:.4g}"),
            _doubt(1.96 * e.size.sd * factor),
        )
        for e in same
    ]
    return responsive(
        key,
        lambda k, width: number_line(
            k, points, unit=shown, width=width, title="How large each would have to be",
            include_zero=True,
        ),
    )  # fmt: skip


def _short_name(item: Explanation) -> str:
    low, high = _CALLED.get(item.kind, (item.kind, item.kind))
    return (high if item.size.value > 0 else low).format(what=item.component)

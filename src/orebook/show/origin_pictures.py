"""The origin of a lot as pictures: share bars with bounds, and the way it came as bands."""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_HALF_EVEN, Decimal

from orebook.acts.origin_flow import LotFlow, Step
from orebook.acts.origin_list import Share, Split
from orebook.show.bars import Share as Bar
from orebook.show.bars import share_bars
from orebook.show.html import Html
from orebook.show.sankey import Link, Node, sankey
from orebook.show.svg import responsive

Address = Callable[[str], str | None]
_BARS_MOST = 12


def origin_bars(key: str, split: Split, title: str) -> Html | None:
    """One bar per name with its bounds; the unknown is the last. None where there is nothing."""
    bars = [_bar(s.name, s) for s in split.shares[:_BARS_MOST]]
    rest = split.shares[_BARS_MOST:]
    if rest:
        total = sum(s.value for s in rest)
        bars.append(_exactly(f"{len(rest)} more names", total))
    if split.not_passed is not None and split.not_passed.high > 0:
        bars.append(_bar("not through this stage", split.not_passed))
    if split.unknown > 0:
        part = fraction(split.unknown)
        bars.append(Bar("unknown", part, part, nobody=True))
    if not bars:
        return None
    return responsive(key, lambda k, width: share_bars(k, bars, width=width, title=title, digits=2))


def _bar(name: str, share: Share) -> Bar:
    return Bar(name, fraction(share.low), fraction(max(share.high, share.low)))


def _exactly(name: str, value: float) -> Bar:
    return Bar(name, fraction(value), fraction(value))


def fraction(value: float) -> Decimal:
    """A share as a decimal of nine places, between 0 and 1."""
    text = Decimal(min(max(value, 0.0), 1.0))
    return text.quantize(Decimal("1e-9"), ROUND_HALF_EVEN).normalize()


def way_picture(key: str, flow: LotFlow, lot: str, title: str) -> Html | None:
    """The steps a lot came by, bands as thick as their share of it; None where none is known."""
    if not flow.passages:
        return None
    nodes = [Node(s.key, lot if s.key == "lot" else s.name, _note(s)) for s in flow.steps]
    links = [
        Link(
            p.source,
            p.target,
            (fraction(p.share) * 100).quantize(Decimal("0.01")),
            "",
            "unknown" if p.source == "unknown" else "known",
        )
        for p in flow.passages
    ]
    return responsive(
        key, lambda k, width: sankey(k, nodes, links, unit="%", width=width, title=title)
    )


def _note(step: Step) -> str:
    stage = step.stage.replace("_", " ")
    return ", ".join(part for part in (stage, step.country) if part)
